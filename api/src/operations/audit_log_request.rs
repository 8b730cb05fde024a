//! How entries of the audit log are asked for.

use commands::audit::AuditFilter;
use domain::ids::AccountId;
use utoipa::IntoParams;
use uuid::Uuid;

use super::request::{bounded, time};
use crate::http::{
    Problem,
    list::{FilterRule, Op, Params, Rules, exact},
};

/// How entries are asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "the parameters, for the OpenAPI document")]
pub(crate) struct ListAuditLogParams {
    /// Who asked: `usr_…`, `key_…` or `anonymous`.
    #[param(rename = "filter[actor]")]
    actor: Option<String>,
    /// Whom it was about (`usr_…`): the account stands in the path, or somebody tried to sign in with its address.
    #[param(rename = "filter[account_id]")]
    account_id: Option<String>,
    /// Within one request: the UUID of its `x-request-id`.
    #[param(rename = "filter[request_id]")]
    request_id: Option<String>,
    /// `POST`, `PUT`, `PATCH`, `DELETE`, `GET`.
    #[param(rename = "filter[method]")]
    method: Option<String>,
    /// The pattern of the path: `/api/v1/orders/{id}`.
    #[param(rename = "filter[route]")]
    route: Option<String>,
    /// With this id in the path: `ord_…`, …
    #[param(rename = "filter[target]")]
    target: Option<String>,
    /// Refused with this code: `forbidden`, `identity.locked`, …
    #[param(rename = "filter[code]")]
    code: Option<String>,
    /// The status of the answer; also `[gte]` and `[lte]`.
    #[param(rename = "filter[status]")]
    status: Option<u16>,
    /// At or after this time (RFC 3339).
    #[param(rename = "filter[at][gte]")]
    at_gte: Option<String>,
    /// At or before this time (RFC 3339).
    #[param(rename = "filter[at][lte]")]
    at_lte: Option<String>,
    /// `-at`, the newest first, or `at`.
    #[param(default = "-at")]
    sort: Option<String>,
    /// Entries per page, 1 to 200.
    #[param(default = 20, maximum = 200, minimum = 1)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// What the list understands.
pub(super) const RULES: Rules = Rules {
    is_list: true,
    has_total: false,
    filters: &[
        exact("actor"),
        exact("account_id"),
        exact("request_id"),
        exact("method"),
        exact("route"),
        exact("target"),
        exact("code"),
        FilterRule { name: "status", ops: &[Op::Eq, Op::Gte, Op::Lte] },
        FilterRule { name: "at", ops: &[Op::Gte, Op::Lte] },
    ],
    sorts: &["at"],
    fields: &[],
    params: &[],
};

/// The wanted entries.
pub(super) fn filter(params: &Params) -> Result<AuditFilter, Problem> {
    let text = |name| params.filter(name, Op::Eq, bounded);
    let status = |op| params.filter("status", op, status);
    let time = |op| params.filter("at", op, time);
    let exactly = status(Op::Eq)?;
    Ok(AuditFilter {
        actor: params.filter("actor", Op::Eq, str::parse)?,
        about: params.filter("account_id", Op::Eq, str::parse::<AccountId>)?,
        request: params.filter("request_id", Op::Eq, Uuid::try_parse)?,
        method: text("method")?,
        route: text("route")?,
        target: text("target")?,
        code: text("code")?,
        status_from: exactly.or(status(Op::Gte)?),
        status_to: exactly.or(status(Op::Lte)?),
        from: time(Op::Gte)?,
        to: time(Op::Lte)?,
    })
}

fn status(text: &str) -> Result<i16, &'static str> {
    match text.parse() {
        Ok(status @ 100..=599) => Ok(status),
        _ => Err("must be a status of HTTP, such as 403"),
    }
}
