//! How auditors ask for events.

use std::convert::Infallible;

use chrono::{DateTime, Utc};
use event_store::{EventFilter, LogPosition};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::http::{
    Problem,
    consistency::log_position,
    list::{FilterRule, Op, Params, Rules, exact, invalid_value, range},
};

/// How events are asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListEventsParams {
    /// At this position; also `[gt]`, `[gte]`, `[lt]` and `[lte]`. `42`, or `1.42` as `Event-Position` has it.
    #[param(rename = "filter[position]")]
    pub position: Option<String>,
    /// Of this kind of aggregate: `order`, `product`, …
    #[param(rename = "filter[aggregate_type]")]
    pub aggregate_type: Option<String>,
    /// Of this aggregate: its id as it is stored, or as the API shows it (`ord_…`).
    #[param(rename = "filter[aggregate_id]")]
    pub aggregate_id: Option<String>,
    /// Of these types, separated by commas: `OrderPlaced,OrderCancelled`.
    #[param(rename = "filter[event_type]")]
    pub event_type: Option<String>,
    /// Caused by `usr_…`, `key_…`, `system` or `anonymous`.
    #[param(rename = "filter[actor]")]
    pub actor: Option<String>,
    /// Recorded at or after this time (RFC 3339).
    #[param(rename = "filter[recorded_at][gte]")]
    pub recorded_gte: Option<String>,
    /// Recorded at or before this time (RFC 3339).
    #[param(rename = "filter[recorded_at][lte]")]
    pub recorded_lte: Option<String>,
    /// `position`, or `-position` for the newest first.
    #[param(default = "position")]
    pub sort: Option<String>,
    /// Events per page, 1 to 200.
    #[param(default = 20, maximum = 200, minimum = 1)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What lists of events understand.
pub(super) const RULES: Rules = Rules {
    is_list: true,
    has_total: false,
    filters: &[
        range("position"),
        exact("aggregate_type"),
        exact("aggregate_id"),
        exact("event_type"),
        exact("actor"),
        FilterRule { name: "recorded_at", ops: &[Op::Gte, Op::Lte] },
    ],
    sorts: &["position"],
    fields: &[],
    params: &[],
};

/// The wanted events.
#[derive(Debug)]
pub(super) struct EventsWanted {
    pub(super) filter: EventFilter,
    pub(super) newest_first: bool,
    /// Positions that were named with their epoch: it must be the log's.
    pub(super) positions: Vec<LogPosition>,
}

impl EventsWanted {
    /// Reads the parameters.
    pub(super) fn of(params: &Params) -> Result<Self, Problem> {
        let newest_first = params.sort.is_some_and(|sort| sort.is_descending);
        let mut positions = Vec::new();
        let (after, up_to) = window(params, newest_first, &mut positions)?;
        let text = |name| params.filter(name, Op::Eq, bounded);
        let time = |op| params.filter("recorded_at", op, time);
        let types = text("event_type")?.unwrap_or_default();
        let filter = EventFilter {
            after,
            up_to,
            aggregate_type: text("aggregate_type")?,
            aggregate_id: text("aggregate_id")?.map(stored_id),
            event_types: types
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
            actor: params.filter("actor", Op::Eq, str::parse)?,
            from: time(Op::Gte)?,
            to: time(Op::Lte)?,
        };
        Ok(Self { filter, newest_first, positions })
    }
}

/// The positions that are wanted: after the first, up to the second.
fn window(
    params: &Params,
    newest_first: bool,
    positions: &mut Vec<LogPosition>,
) -> Result<(i64, Option<i64>), Problem> {
    let mut bound = |op| {
        let given = params.filter("position", op, log_position)?;
        Ok::<_, Problem>(given.map(|(epoch, position)| {
            positions.extend(epoch.map(|epoch| LogPosition { epoch, position }));
            position
        }))
    };
    let equal = bound(Op::Eq)?;
    let lows = [bound(Op::Gt)?, bound(Op::Gte)?.map(before), equal.map(before)];
    let highs = [bound(Op::Lte)?, bound(Op::Lt)?.map(before), equal];
    let mut after = lows.into_iter().flatten().max().unwrap_or(0);
    let mut up_to = highs.into_iter().flatten().min();
    if let Some(cursor) = &params.cursor {
        let cursor: LogPosition =
            cursor.parse().map_err(|_| invalid_value("cursor", &"must be a next_cursor of this list"))?;
        positions.push(cursor);
        if newest_first {
            let below = before(cursor.position);
            up_to = Some(up_to.map_or(below, |up_to| up_to.min(below)));
        } else {
            after = after.max(cursor.position);
        }
    }
    Ok((after, up_to))
}

const fn before(position: i64) -> i64 {
    position.saturating_sub(1)
}

pub(super) fn time(text: &str) -> Result<DateTime<Utc>, &'static str> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| "must be a time, such as 2026-01-31T12:00:00Z")
}

pub(super) fn bounded(text: &str) -> Result<String, Infallible> {
    Ok(text.to_owned())
}

/// An id of the API (`ord_` and 32 digits) stands in the log as a UUID; everything else as it is.
fn stored_id(text: String) -> String {
    let uuid = text
        .split_once('_')
        .filter(|(prefix, digits)| prefix.len() == 3 && digits.len() == 32)
        .and_then(|(_, digits)| Uuid::try_parse(digits).ok());
    uuid.map_or(text, |uuid| uuid.to_string())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use domain::ids::OrderId;

    use super::*;

    fn wanted(query: &str) -> Result<EventsWanted, Problem> {
        let request = TestRequest::with_uri(&format!("/audit/events?{query}")).to_http_request();
        EventsWanted::of(&RULES.read(&request)?)
    }

    fn window_of(query: &str) -> (i64, Option<i64>) {
        let wanted = wanted(query).unwrap();
        (wanted.filter.after, wanted.filter.up_to)
    }

    #[test]
    fn comparisons_of_positions_make_one_window() {
        assert_eq!(window_of(""), (0, None));
        assert_eq!(window_of("filter[position]=7"), (6, Some(7)));
        assert_eq!(window_of("filter[position][gte]=7&filter[position][lt]=9"), (6, Some(8)));
        assert_eq!(window_of("filter[position][gt]=7&filter[position][lte]=9"), (7, Some(9)));
        assert_eq!(window_of("filter[position][gte]=7&filter[position][gt]=7"), (7, None));
    }

    #[test]
    fn a_cursor_goes_on_in_either_direction() {
        assert_eq!(window_of("cursor=1.20&filter[position][gt]=7"), (20, None));
        assert_eq!(window_of("cursor=1.5&filter[position][gt]=7"), (7, None));
        assert_eq!(window_of("cursor=1.20&sort=-position&filter[position][gt]=7"), (7, Some(19)));
        assert_eq!(window_of("cursor=1.20&sort=-position&filter[position][lte]=9"), (0, Some(9)));
    }

    #[test]
    fn epochs_are_remembered_so_that_they_can_be_checked() {
        let positions = |query| wanted(query).unwrap().positions;
        assert!(positions("filter[position]=7").is_empty());
        assert_eq!(
            positions("filter[position][gt]=1.7&cursor=2.9"),
            [
                LogPosition { epoch: 1, position: 7 },
                LogPosition { epoch: 2, position: 9 }
            ]
        );
    }

    #[test]
    fn everything_else_narrows_too() {
        let id = OrderId::from_uuid(Uuid::from_u128(5));
        let query = format!(
            "filter[aggregate_type]=order&filter[aggregate_id]={id}&filter[event_type]=OrderPlaced,%20OrderCancelled\
             &filter[actor]=system&filter[recorded_at][gte]=2010-12-01T00:00:00Z\
             &filter[recorded_at][lte]=2010-12-31T23:59:59%2B02:00"
        );
        let filter = wanted(&query).unwrap().filter;
        assert_eq!(filter.aggregate_type.as_deref(), Some("order"));
        assert_eq!(filter.aggregate_id, Some(id.stream()));
        assert_eq!(filter.event_types, ["OrderPlaced", "OrderCancelled"]);
        assert_eq!(filter.actor, Some(event_store::Actor::SYSTEM));
        assert_eq!(filter.from.unwrap().to_rfc3339(), "2010-12-01T00:00:00+00:00");
        assert_eq!(filter.to.unwrap().to_rfc3339(), "2010-12-31T21:59:59+00:00");
    }

    #[test]
    fn an_id_is_taken_as_it_is_stored_or_as_it_is_shown() {
        assert_eq!(stored_id("main".into()), "main");
        assert_eq!(stored_id("ord_123".into()), "ord_123");
        let uuid = Uuid::from_u128(5);
        assert_eq!(stored_id(uuid.to_string()), uuid.to_string());
        assert_eq!(stored_id(format!("ord_{}", uuid.simple())), uuid.to_string());
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for query in [
            "filter[position]=-1",
            "filter[position][gt]=x",
            "filter[actor]=bob",
            "filter[recorded_at][gte]=yesterday",
            "filter[recorded_at]=2010-12-01T00:00:00Z",
            "cursor=20",
            "sort=actor",
            "total=true",
            "limit=201",
        ] {
            assert_eq!(wanted(query).unwrap_err().status(), 400, "{query}");
        }
    }
}
