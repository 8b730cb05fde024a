//! What a promotion was.

use chrono::{DateTime, Utc};
use domain::{
    decider::Decider,
    ids::PromotionId,
    pricing::{Promotion, PromotionEvent, PromotionState},
};
use event_store::{AsOf, Past};
use projections::pricing::promotion_list::PromotionRow;

use super::promotions::unknown;
use crate::{
    http::{Problem, moment},
    souk::Shared,
};

const NOW: Past = Past::Recorded(AsOf::Now);

/// The row as it was, without what it had granted, and the time of that moment.
///
/// # Errors
/// 404 where it did not exist yet.
pub(super) async fn promotion(
    souk: &Shared,
    id: PromotionId,
    past: Past,
    now: DateTime<Utc>,
) -> Result<(PromotionRow, DateTime<Utc>), Problem> {
    let (reader, stream) = (souk.log.reader(), id.stream());
    let first = reader.read_past(Promotion::KIND, &stream, 0, NOW, 1).await?.pop();
    let first = first.ok_or_else(unknown)?;
    let loaded = reader.load_kept::<Promotion>(&stream, past).await?;
    let (terms, ended) = match loaded.state {
        PromotionState::Absent => return Err(moment::before_beginning(&first, reader.head().epoch)),
        PromotionState::Live(promotion) => (promotion.terms, false),
        PromotionState::Ended(promotion) => (promotion.terms, true),
    };
    let last = reader.read_past(Promotion::KIND, &stream, loaded.version - 1, past, 1).await?.pop();
    let last = last.ok_or_else(unknown)?;
    let end_reason = match last.typed::<PromotionEvent>().map_err(|error| Problem::internal(&error))? {
        PromotionEvent::PromotionEnded { reason } => reason.as_ref().map(|reason| reason.as_str().to_owned()),
        PromotionEvent::PromotionCreated { .. } | PromotionEvent::PromotionRevised { .. } => None,
    };
    let then = match past {
        Past::Happened(time) | Past::Recorded(AsOf::Time(time)) => time,
        Past::Recorded(AsOf::Position(position)) => reader.recorded_at(position).await?.unwrap_or(now),
        Past::Recorded(AsOf::Now) => now,
    };
    let row = PromotionRow {
        id,
        terms: *terms,
        ended,
        end_reason,
        usage: Vec::new(),
        version: loaded.version,
        created_at: first.recorded_at,
        updated_at: last.recorded_at,
    };
    Ok((row, then))
}
