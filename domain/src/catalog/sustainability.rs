//! How sustainable a product is: what is known of it, and a score from 0 to 100 that anybody can work out again.
//!
//! | part | points | full | none |
//! | --- | --- | --- | --- |
//! | carbon | 40 | nothing | 20 kg of CO2 equivalents per base unit, and above |
//! | recycled | 25 | all of it is recycled material | none of it |
//! | packaging | 15 | all packaging can be recycled | none of it |
//! | transport | 10 | no way | 10,000 km, and above |
//! | certifications | 10 | two, and above (5 each) | none |
//!
//! Between, points are in proportion, rounded down. What is not known earns nothing: nobody wins by silence.

use super::{ProductError, Sustainability};

/// The most certifications of one product.
pub const MAX_CERTIFICATIONS: usize = 20;

const CARBON: (u64, u64) = (40, 20_000);
const RECYCLED: u64 = 25;
const PACKAGING: u64 = 15;
const TRANSPORT: (u64, u64) = (10, 10_000);
const CERTIFICATION: usize = 5;
const CERTIFICATIONS: usize = 10;

/// The points of each part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    /// Of 40.
    pub carbon: u8,
    /// Of 25.
    pub recycled: u8,
    /// Of 15.
    pub packaging: u8,
    /// Of 10.
    pub transport: u8,
    /// Of 10.
    pub certifications: u8,
}

impl Score {
    /// Of 100.
    #[must_use]
    pub const fn total(self) -> u8 {
        self.carbon
            .saturating_add(self.recycled)
            .saturating_add(self.packaging)
            .saturating_add(self.transport)
            .saturating_add(self.certifications)
    }
}

impl Sustainability {
    /// The score.
    #[must_use]
    pub fn score(&self) -> Score {
        let certified = self.certifications.len().saturating_mul(CERTIFICATION).min(CERTIFICATIONS);
        Score {
            carbon: falling(self.carbon_grams, CARBON),
            recycled: share(self.recycled_percent, RECYCLED),
            packaging: share(self.recyclable_packaging_percent, PACKAGING),
            transport: falling(self.transport_km.map(u64::from), TRANSPORT),
            certifications: u8::try_from(certified).unwrap_or(u8::MAX),
        }
    }

    pub(super) fn check(&self) -> Result<(), ProductError> {
        for (percent, pointer) in [
            (self.recycled_percent, "/recycled_percent"),
            (self.recyclable_packaging_percent, "/recyclable_packaging_percent"),
        ] {
            if percent.is_some_and(|percent| percent > 100) {
                return Err(ProductError::PercentTooGreat { pointer });
            }
        }
        if self.certifications.len() > MAX_CERTIFICATIONS {
            return Err(ProductError::TooManyCertifications { max: MAX_CERTIFICATIONS });
        }
        Ok(())
    }
}

/// All points for nothing, none from `limit` on.
fn falling(value: Option<u64>, (points, limit): (u64, u64)) -> u8 {
    let Some(value) = value else { return 0 };
    let left = limit.saturating_sub(value).saturating_mul(points);
    u8::try_from(left.checked_div(limit).unwrap_or_default()).unwrap_or(u8::MAX)
}

/// That part of the points.
fn share(percent: Option<u8>, points: u64) -> u8 {
    let earned = u64::from(percent.unwrap_or_default().min(100)).saturating_mul(points);
    u8::try_from(earned / 100).unwrap_or(u8::MAX)
}
