//! Who asked for what.

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use commands::{
    UseCase,
    audit::{AuditRow, Direction},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::audit_log_request::{ListAuditLogParams, RULES, filter};
use crate::{
    http::{Answer, Problem, auth::Signed, list::invalid_value, shapes::ListBody},
    souk::Shared,
};

/// Somebody asked for something.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditLogEntry, example = json!({
    "at": "2026-11-21T09:00:00Z",
    "request_id": "0190c7a2-0000-7000-8000-000000000001",
    "actor": "anonymous",
    "tried_account_id": "usr_0190c7a2000070008000000000000001",
    "method": "POST",
    "route": "/api/v1/auth/login",
    "target": [],
    "result": "refused",
    "status": 401,
    "code": "identity.invalid_credentials",
    "event_position": null,
    "address": "203.0.113.7",
    "user_agent": "Mozilla/5.0",
}))]
pub(crate) struct AuditLogEntryBody {
    /// When it was answered.
    at: DateTime<Utc>,
    /// The request; the events that it caused have it as their `correlation_id`.
    request_id: Uuid,
    /// Who: `usr_…`, `key_…` or `anonymous`.
    actor: String,
    /// As whom somebody tried to sign in (`usr_…`), where there is such an account.
    tried_account_id: Option<String>,
    /// The method.
    method: String,
    /// The pattern of the path; null where there is no such route, or the answer was given up.
    route: Option<String>,
    /// The ids in the path.
    target: Vec<String>,
    /// `accepted`, `refused`, or `failed` where the fault was ours and the outcome may be unknown.
    result: &'static str,
    /// The status of the answer.
    status: i16,
    /// Why it was refused.
    code: Option<String>,
    /// Where the log stood when it had taken the command.
    event_position: Option<i64>,
    /// The network address; null where its person is erased, or it was a stranger's and is months old.
    address: Option<String>,
    /// What the program called itself; null likewise.
    user_agent: Option<String>,
}

impl From<AuditRow> for AuditLogEntryBody {
    fn from(row: AuditRow) -> Self {
        let ids = row.target.as_deref().unwrap_or_default();
        Self {
            at: row.at,
            request_id: row.request,
            actor: row.actor,
            tried_account_id: row.tried.map(|account| account.to_string()),
            method: row.method,
            route: row.route,
            target: ids.split_whitespace().map(str::to_owned).collect(),
            result: match row.status {
                ..400 => "accepted",
                400..500 => "refused",
                500.. => "failed",
            },
            status: row.status,
            code: row.code,
            event_position: row.position,
            address: row.device.address,
            user_agent: row.device.user_agent,
        }
    }
}

/// Who asked for what
///
/// Every command, accepted or refused, whatever was refused for lack of rights, and every look at what is sensitive (this
/// list, the log, exports, data exports): with actor, address, user agent, result and request. An entry appears within a
/// second of its answer. Nobody can change one; addresses and user agents go when their person is erased.
#[utoipa::path(
    get,
    path = "/api/v1/audit/log",
    tag = "operations",
    params(ListAuditLogParams),
    responses(
        (status = 200, body = ListBody<AuditLogEntryBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_audit_log(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
) -> Result<Answer, Problem> {
    signed.require_everywhere(UseCase::ReadAuditLog)?;
    let params = RULES.read(&request)?;
    let filter = filter(&params)?;
    let is_cursor = |_| invalid_value("cursor", &"must be a next_cursor of this list");
    let after = params.cursor.as_deref().map(Uuid::try_parse).transpose().map_err(is_cursor)?;
    let direction = match params.sort {
        Some(sort) if !sort.is_descending => Direction::Forwards,
        _ => Direction::Backwards,
    };
    // One more tells whether there is a next page.
    let mut rows = souk.audit.entries(&filter, direction, after, params.limit.saturating_add(1)).await?;
    let limit = usize::try_from(params.limit).unwrap_or(1);
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| has_more).map(|row| row.id.simple().to_string());
    let items = rows.into_iter().map(AuditLogEntryBody::from).collect::<Vec<_>>();
    Answer::ok(&ListBody { items, next_cursor, total: None })
}
