//! One thing as it was: the row that its events until then come to.

use event_store::{AsOf, LogReader, Past, RecordedEvent, subscription::ProjectionError};

use super::{Problem, moment};

/// The row of `kind/id` as it was, and the events that it comes from. Who may not see it now does not see it then.
///
/// # Errors
/// `unknown` where there is no such thing or the caller may not see it; 404 where it did not exist yet.
pub async fn row_as_it_was<R>(
    reader: &LogReader,
    (kind, id): (&str, &str),
    past: Past,
    row_of: impl Fn(&[RecordedEvent]) -> Result<Option<R>, ProjectionError>,
    may_see: impl Fn(&R) -> bool,
    unknown: impl Fn() -> Problem,
) -> Result<(R, Vec<RecordedEvent>), Problem> {
    let row_of = |events: &[RecordedEvent]| row_of(events).map_err(|error| Problem::internal(&error));
    let now = reader.read_past(kind, id, 0, Past::Recorded(AsOf::Now), usize::MAX).await?;
    let (Some(first), Some(_)) = (now.first(), row_of(&now)?.filter(&may_see)) else {
        return Err(unknown());
    };
    let then = reader.read_past(kind, id, 0, past, usize::MAX).await?;
    match row_of(&then)? {
        Some(row) if may_see(&row) => Ok((row, then)),
        Some(_) => Err(unknown()),
        None => Err(moment::before_beginning(first, reader.head().epoch)),
    }
}
