//! Why a request to a company is refused.

use crate::refusal::{Fault, refusals};

/// Why a request to a company is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompanyError {
    /// There is no such company.
    #[error("company does not exist")]
    NotFound,
    /// A company is registered once.
    #[error("company is registered already")]
    AlreadyRegistered,
    /// See [`super::MAX_ZONES`].
    #[error("at most {max} zones are allowed")]
    TooManyZones {
        /// The limit.
        max: usize,
    },
    /// Each zone counts once.
    #[error("zone is named twice")]
    RepeatedZone {
        /// The second naming, from 0.
        index: usize,
    },
    /// See [`super::MAX_DELIVERY_FEES`].
    #[error("at most {max} delivery fees are allowed")]
    TooManyDeliveryFees {
        /// The limit.
        max: usize,
    },
    /// A zone has one fee in each currency.
    #[error("there is another fee for this zone and currency")]
    RepeatedDeliveryFee {
        /// The second naming, from 0.
        index: usize,
    },
    /// Fees are zero or more.
    #[error("amount must not be negative")]
    NegativeAmount {
        /// Which fee, from 0.
        index: usize,
    },
    /// A fee and its threshold are in one currency.
    #[error("threshold must be in the currency of the fee")]
    CurrencyMismatch {
        /// Which fee, from 0.
        index: usize,
    },
}

refusals!(CompanyError, faults = details {
    NotFound = "vendors.company_not_found" NotFound,
    AlreadyRegistered = "vendors.company_already_registered" Conflict,
    TooManyZones = "vendors.too_many_zones" Invalid,
    RepeatedZone = "vendors.repeated_zone" Invalid,
    TooManyDeliveryFees = "vendors.too_many_delivery_fees" Invalid,
    RepeatedDeliveryFee = "vendors.repeated_delivery_fee" Invalid,
    NegativeAmount = "vendors.negative_amount" Invalid,
    CurrencyMismatch = "vendors.currency_mismatch" Invalid,
});

impl CompanyError {
    fn details(&self) -> Vec<Fault> {
        let pointer = match self {
            Self::NotFound | Self::AlreadyRegistered => return Vec::new(),
            Self::TooManyZones { .. } => "/zones".to_owned(),
            Self::RepeatedZone { index } => format!("/zones/{index}"),
            Self::TooManyDeliveryFees { .. } => "/delivery_fees".to_owned(),
            Self::RepeatedDeliveryFee { index } => format!("/delivery_fees/{index}"),
            Self::NegativeAmount { index } => format!("/delivery_fees/{index}/fee"),
            Self::CurrencyMismatch { index } => format!("/delivery_fees/{index}/free_from"),
        };
        vec![Fault::at(pointer, self)]
    }
}
