//! The log as auditors read it.

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use commands::Permission;
use event_store::EventFilter;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    http::{
        Answer, Problem,
        auth::Signed,
        history::EventBody,
        list::{Params, Rules, invalid_value},
        problem::ProblemBody,
        shapes::ListBody,
    },
    souk::Shared,
};

const RULES: Rules = Rules {
    is_list: true,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &[
        "after",
        "up_to",
        "aggregate_type",
        "aggregate_id",
        "type",
        "actor",
        "from",
        "to",
    ],
};

/// One event of the log.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LogEvent)]
pub(crate) struct LogEventBody {
    /// This event's own id.
    event_id: String,
    /// What kind of thing it happened to.
    aggregate_type: String,
    /// To which one.
    aggregate_id: String,
    #[serde(flatten)]
    event: EventBody,
}

/// The log
///
/// In its total order; filters can be combined. `cursor` goes on where the page ended, also at the end of the log.
#[utoipa::path(
    get,
    path = "/api/v1/audit/events",
    tag = "operations",
    params(
        ("after" = Option<i64>, Query, description = "Only after this position"),
        ("up_to" = Option<i64>, Query, description = "Only up to this position"),
        ("aggregate_type" = Option<String>, Query, description = "Such as `order`"),
        ("aggregate_id" = Option<String>, Query, description = "A UUID, or an id of the API such as `ord_…`"),
        ("type" = Option<String>, Query, description = "Names of events, separated by commas"),
        ("actor" = Option<String>, Query, description = "`usr_…`, `system` or `anonymous`"),
        ("from" = Option<String>, Query, description = "Recorded at or after this time"),
        ("to" = Option<String>, Query, description = "Recorded at or before this time"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
    ),
    responses(
        (status = 200, body = ListBody<LogEventBody>),
        (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody),
        (status = 503, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn audit_events(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
) -> Result<Answer, Problem> {
    signed.require(Permission::ReadAudit)?;
    let params = RULES.read(&request)?;
    let filter = asked(&params)?;
    let limit = usize::try_from(params.limit).unwrap_or(usize::MAX);
    let events = souk.log.reader().read(&filter, limit.saturating_add(1)).await?;
    let has_more = events.len() > limit;
    let items = events.iter().take(limit).map(|event| {
        Ok(LogEventBody {
            event_id: event.metadata.event_id.to_string(),
            aggregate_type: event.aggregate_type.clone(),
            aggregate_id: event.aggregate_id.clone(),
            event: EventBody::new(event)?,
        })
    });
    let items = items.collect::<Result<Vec<_>, Problem>>()?;
    let last = items.last().filter(|_| has_more).map(|item| format!("p{}", item.event.position));
    Answer::ok(&ListBody { items, next_cursor: last, total: None })
}

fn asked(params: &Params) -> Result<EventFilter, Problem> {
    let position = |text: &str| {
        text.parse::<i64>().ok().filter(|position| *position >= 0).ok_or("must be a position of the log")
    };
    let time = |text: &str| DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc));
    let word = |text: &str| {
        let is_word = (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        if is_word {
            Ok(text.to_owned())
        } else {
            Err("must be a name of letters, digits, _ and -")
        }
    };
    let words = |text: &str| text.split(',').map(word).collect::<Result<Vec<_>, _>>();
    let after = params.parse_own("after", position)?.unwrap_or(0);
    let cursor = match params.cursor.as_deref() {
        None => 0,
        Some(cursor) => cursor
            .strip_prefix('p')
            .and_then(|position| position.parse::<i64>().ok())
            .ok_or_else(|| invalid_value("cursor", &"does not belong to this list"))?,
    };
    Ok(EventFilter {
        after: after.max(cursor),
        up_to: params.parse_own("up_to", position)?,
        aggregate_type: params.parse_own("aggregate_type", word)?,
        aggregate_id: params.parse_own("aggregate_id", word)?.map(|id| stream(&id)),
        event_types: params.parse_own("type", words)?.unwrap_or_default(),
        actor: params.parse_own("actor", str::parse)?,
        from: params.parse_own("from", time)?,
        to: params.parse_own("to", time)?,
    })
}

/// The stream that an id of the API names: `ord_…` without its prefix, in the form of the log.
fn stream(id: &str) -> String {
    let bare = id.split_once('_').map_or(id, |(_, bare)| bare);
    Uuid::try_parse(bare).map_or_else(|_| id.to_owned(), |uuid| uuid.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_the_api_names_a_stream() {
        let uuid = "0190c7a2-0000-7000-8000-000000000001";
        assert_eq!(stream("ord_0190c7a2000070008000000000000001"), uuid);
        assert_eq!(stream(uuid), uuid);
        assert_eq!(stream("invoice"), "invoice");
    }
}
