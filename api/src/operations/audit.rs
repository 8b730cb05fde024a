//! The log as auditors read it.

use actix_web::HttpRequest;
use commands::UseCase;

use super::{
    request::{EventsWanted, ListEventsParams, RULES},
    response::AuditEventBody,
};
use crate::{
    http::{Answer, Problem, auth::Signed, consistency::MinPosition, problem::ProblemBody, shapes::ListBody},
    souk::Shared,
};

/// The log, event by event
///
/// As it is stored: payload and metadata are the very text that was written. Positions have no gap, so an auditor who
/// has read up to one has seen everything before it.
#[utoipa::path(
    get,
    path = "/api/v1/audit/events",
    tag = "operations",
    params(ListEventsParams, ("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 200, body = ListBody<AuditEventBody>),
        (status = 412, body = ProblemBody, description = "A position of another epoch"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn audit_events(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require_everywhere(UseCase::ReadEvents)?;
    let params = RULES.read(&request)?;
    let wanted = EventsWanted::of(&params)?;
    for position in wanted.positions.iter().copied().chain(min.0) {
        souk.reads.check_epoch(position).await?;
    }
    let log = &souk.reads.log;
    let limit = usize::try_from(params.limit).unwrap_or(1);
    // One more tells whether there is a next page.
    let mut events = log.read_stored(&wanted.filter, wanted.newest_first, limit.saturating_add(1)).await?;
    let has_more = events.len() > limit;
    events.truncate(limit);
    let epoch = log.head().epoch;
    let last = events.last().filter(|_| has_more);
    let next_cursor = last.map(|event| format!("{epoch}.{}", event.position));
    let items: Result<Vec<_>, _> = events.into_iter().map(AuditEventBody::try_from).collect();
    let items = items.map_err(|error| Problem::internal(&error))?;
    Ok(Answer::ok(&ListBody { items, next_cursor, total: None })?.position(log.head()))
}
