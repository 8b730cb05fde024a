//! Tree heads and proofs: what auditors need to check the log without believing us.

use actix_web::{HttpRequest, http::StatusCode};
use commands::UseCase;
use event_store::evidence::{Evidence, Hash, NotSealed};

use super::evidence_response::{
    CheckpointBody, ConsistencyBody, ConsistencyParams, InclusionBody, InclusionParams, ListCheckpointsParams,
};
use crate::{
    http::{
        Answer, Problem,
        auth::Signed,
        consistency::log_position,
        list::{Rules, invalid_value},
        problem::{ErrorItem, Place, ProblemBody},
        shapes::ListBody,
    },
    souk::Shared,
};

const CHECKPOINTS: Rules = Rules {
    is_list: true,
    has_total: false,
    filters: &[],
    sorts: &["tree_size"],
    fields: &[],
    params: &[],
};

const INCLUSION: Rules = Rules { params: &["tree_size"], ..NOTHING };
const CONSISTENCY: Rules = Rules { params: &["from", "to"], ..NOTHING };
const NOTHING: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &[],
};

/// Seconds after which an event is under a head, if nobody says otherwise.
const SEALED_AFTER_S: u32 = 60;

/// Signed tree heads, the newest first
///
/// Each is a signed note (c2sp.org/tlog-checkpoint) over the first `tree_size` events of the log. Keep those that you
/// have seen: whoever changes an event that one of them covers can be found out (docs/evidence.md).
#[utoipa::path(
    get,
    path = "/api/v1/audit/checkpoints",
    tag = "operations",
    params(ListCheckpointsParams),
    responses(
        (status = 200, body = ListBody<CheckpointBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_checkpoints(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
) -> Result<Answer, Problem> {
    signed.require_everywhere(UseCase::ReadEvidence)?;
    let params = CHECKPOINTS.read(&request)?;
    let newest_first = params.sort.is_none_or(|sort| sort.is_descending);
    let cursor = params.cursor.as_deref().map(size).transpose();
    let cursor = cursor.map_err(|_| invalid_value("cursor", &"must be a next_cursor of this list"))?;
    let limit = usize::try_from(params.limit).unwrap_or(1);
    // One more tells whether there is a next page.
    let wanted = i64::from(params.limit).saturating_add(1);
    let mut heads = evidence(&souk).heads(newest_first, cursor, wanted).await?;
    let has_more = heads.len() > limit;
    heads.truncate(limit);
    let next_cursor = heads.last().filter(|_| has_more).map(|head| head.size.to_string());
    let items = heads.into_iter().map(CheckpointBody::from).collect();
    Answer::ok(&ListBody { items, next_cursor, total: None })
}

/// Proof that an event is in the log
///
/// With the hash of the event's stored bytes, this path leads to the root of the tree head (RFC 6962). The answer is a
/// file for `souk-replay verify --evidence --event POSITION --proof FILE`.
#[utoipa::path(
    get,
    path = "/api/v1/audit/proofs/{position}",
    tag = "operations",
    params(("position" = String, Path, description = "`42`, or `1.42` with its epoch"), InclusionParams),
    responses(
        (status = 200, body = InclusionBody),
        (status = 404, body = ProblemBody,
         description = "`operations.event_not_found`, `operations.checkpoint_not_found`"),
        (status = 409, body = ProblemBody,
         description = "`operations.not_sealed`: not under a tree head yet; `sealed` says how far they reach"),
        (status = 412, body = ProblemBody, description = "A position of another epoch"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn prove_inclusion(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
) -> Result<Answer, Problem> {
    signed.require_everywhere(UseCase::ReadEvidence)?;
    let params = INCLUSION.read(&request)?;
    let tree_size = params.parse_own("tree_size", size)?;
    let text = request.match_info().get("position").unwrap_or_default();
    let (epoch, position) = log_position(text).map_err(|detail| {
        let item = ErrorItem::new(Place::Path("position"), "invalid-position", detail);
        Problem::bad_request("invalid-position", detail).with_error(item)
    })?;
    if let Some(epoch) = epoch {
        souk.reads.check_epoch(event_store::LogPosition { epoch, position }).await?;
    }
    if !(1..=souk.reads.log.refresh_head().await?.position).contains(&position) {
        return Err(Problem::missing("operations.event_not_found", "there is no event at this position"));
    }
    let proof = evidence(&souk).inclusion(position, tree_size).await.map_err(unproved)?;
    Answer::ok(&InclusionBody::new(position, proof))
}

/// Proof that the log has only grown between two tree heads
///
/// That the tree of the newer head begins with the one of the older (RFC 6962, section 2.1.2).
#[utoipa::path(
    get,
    path = "/api/v1/audit/consistency",
    tag = "operations",
    params(ConsistencyParams),
    responses(
        (status = 200, body = ConsistencyBody),
        (status = 409, body = ProblemBody,
         description = "`operations.not_sealed`: not so many events are under a tree head yet"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn prove_consistency(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
) -> Result<Answer, Problem> {
    signed.require_everywhere(UseCase::ReadEvidence)?;
    let params = CONSISTENCY.read(&request)?;
    let from = params.parse_own("from", size)?.unwrap_or(1);
    let evidence = evidence(&souk);
    let to = match params.parse_own("to", size)? {
        Some(to) => to,
        None => evidence.heads(true, None, 1).await?.first().map_or(1, |head| head.size),
    };
    if from > to {
        return Err(invalid_value("from", &"must not be greater than to"));
    }
    let path = evidence.consistency(from, to).await.map_err(unproved)?;
    Answer::ok(&ConsistencyBody { from, to, path: path.iter().map(Hash::to_string).collect() })
}

fn evidence(souk: &Shared) -> Evidence {
    Evidence::new(souk.log.pool().clone())
}

fn size(text: &str) -> Result<i64, &'static str> {
    match text.parse() {
        Ok(size @ 1..) => Ok(size),
        _ => Err("must be the size of a tree: a whole number from 1"),
    }
}

fn unproved(error: NotSealed) -> Problem {
    match error {
        NotSealed::Log(error) => error.into(),
        NotSealed::NoSuchHead(_) => Problem::missing("operations.checkpoint_not_found", error.to_string()),
        NotSealed::Beyond(sealed) => {
            let problem = Problem::new(StatusCode::CONFLICT, "operations.not_sealed", error.to_string());
            problem.with_member("sealed", sealed).retry_after(SEALED_AFTER_S)
        }
    }
}
