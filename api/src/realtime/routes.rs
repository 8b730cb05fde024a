//! The route of server-sent events.

use std::io;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName},
    },
};
use event_store::LogPosition;
use futures_util::{
    StreamExt,
    future::ready,
    stream::{once, try_unfold},
};

use super::{
    follower::{Follower, Wanted},
    message::MessageBody,
    name::Name,
    request::StreamParams,
};
use crate::{
    http::{
        Problem,
        auth::Signed,
        consistency::log_position,
        list::{Op, Rules, exact},
        problem::{ErrorItem, Place, ProblemBody},
        routes::Routes,
    },
    souk::{Shared, Souk},
};

/// Where a browser that comes back says what it heard last.
const LAST_EVENT_ID: &str = "last-event-id";

/// Tells nginx not to hold a stream back.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

const RULES: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[exact("name"), exact("order")],
    sorts: &[],
    fields: &[],
    params: &["after"],
};

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.get("/api/v1/stream", stream);
}

/// What happens, as it happens
///
/// Server-sent events (WHATWG HTML, 9.2): `order:new`, `order:updated`, `stock:low`, `stock:out`, `stock:recovered`, and
/// for those who review fraud `order:flagged` and `order:reviewed`. Everybody hears of what they may see: customers of
/// their orders, vendors of their companies' parts and stock, administrators of their zones. The id of each is its
/// position in the log; whoever comes back with it as `Last-Event-ID` misses nothing and hears nothing twice. Each
/// message is told once everything that lists and single reads show holds it.
///
/// Every 15 seconds (by default) an event without data tells the position only. The stream ends when the session does, and
/// when the node stops.
#[utoipa::path(
    get,
    path = "/api/v1/stream",
    tag = "realtime",
    params(
        StreamParams,
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last message that was heard; goes before `after`"),
    ),
    responses(
        (status = 200, body = MessageBody, content_type = "text/event-stream"),
        (status = 412, body = ProblemBody, description = "A position of another epoch: read everything again"),
        (status = 503, body = ProblemBody, description = "`streams-busy`, `draining`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn stream(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let params = RULES.read(&request)?;
    let wanted = Wanted {
        names: params.filter("name", Op::Eq, Name::parse_list)?,
        order: params.filter("order", Op::Eq, str::parse)?,
    };
    let asked = match heard(&request)? {
        Some(heard) => Some((Place::Header(LAST_EVENT_ID), (Some(heard.epoch), heard.position))),
        None => {
            params.parse_own("after", log_position)?.map(|after| (Place::Query("after".to_owned()), after))
        }
    };
    let after = match asked {
        Some((at, position)) => Some(checked(&souk, at, position).await?),
        None => None,
    };
    if souk.traffic.is_draining() {
        return Err(Problem::unavailable("draining", 1, "this node stops: the next one goes on"));
    }
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((ACCEL_BUFFERING, "no"));
    if request.method() == Method::HEAD {
        return Ok(response.finish());
    }
    let place = souk.feed.places.take(&signed)?;
    let from = (souk.reads.clone(), souk.feed.clone());
    let follower = Follower::new((request, signed), wanted, from, place, after);
    let greeting = once(ready(Ok(follower.greeting())));
    let messages = try_unfold(follower, |mut follower| async move {
        let part = follower.next().await.map_err(io::Error::other)?;
        Ok::<_, io::Error>(part.map(|part| (part, follower)))
    });
    Ok(response.streaming(greeting.chain(messages)))
}

fn heard(request: &HttpRequest) -> Result<Option<LogPosition>, Problem> {
    // A client that has heard nothing yet may send it empty.
    let Some(value) = request.headers().get(LAST_EVENT_ID).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    value.to_str().ok().and_then(|text| text.trim().parse().ok()).map(Some).ok_or_else(|| {
        let detail = "must be the id of a message that this stream sent, such as 1.42";
        let item = ErrorItem::new(Place::Header(LAST_EVENT_ID), "invalid-position", detail);
        Problem::bad_request("invalid-position", detail).with_error(item)
    })
}

/// A position of this log, which has come so far.
async fn checked(souk: &Souk, at: Place, (epoch, position): (Option<u32>, i64)) -> Result<i64, Problem> {
    let head = souk.reads.log.head();
    let asked = LogPosition { epoch: epoch.unwrap_or(head.epoch), position };
    souk.reads.check_epoch(asked).await?;
    if position > head.position && position > souk.reads.log.refresh_head().await?.position {
        let item = ErrorItem::new(at, "position-beyond-log", "the log has not come that far");
        return Err(Problem::invalid_parameters(vec![item]));
    }
    Ok(position)
}
