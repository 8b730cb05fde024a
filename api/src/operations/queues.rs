//! Background jobs, and what follows the log to act on it.

use actix_web::{HttpRequest, http::StatusCode};
use chrono::DateTime;
use commands::{UseCase, jobs::DeadLetterMark};
use domain::ids::JobId;
use event_store::subscription::ProjectionStatus;
use integrations::broker::BrokerState;

use super::queue_response::{
    BrokerBody, DeadLetterBody, JobKindBody, ListDeadLettersParams, QueuesBody, ReactorBody, RetriedBody,
};
use crate::{
    http::{
        Answer, Problem,
        auth::Signed,
        list::{Rules, invalid_value},
        path::Id,
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
    params: &[],
};

/// Queues: jobs that wait, run, are tried again or were given up
///
/// Over all nodes; with the broker, as this node sees it, and the reactors, which make jobs of events and relay events
/// to the broker.
#[utoipa::path(
    get,
    path = "/api/v1/monitoring/queues",
    tag = "operations",
    responses(
        (status = 200, body = QueuesBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_queues(signed: Signed, souk: Shared) -> Result<Answer, Problem> {
    signed.require(UseCase::ListQueues)?;
    let outside = &souk.outside;
    let broker = outside.broker.as_ref().map(|broker| match broker.state() {
        BrokerState::Connected => BrokerBody { status: "ok", error: None, prefix: outside.prefix.clone() },
        BrokerState::Disconnected(error) => BrokerBody {
            status: "unreachable",
            error: Some(error),
            prefix: outside.prefix.clone(),
        },
    });
    let reactors = souk.reads.subscriptions.status().await?;
    let reactors = reactors.iter().filter(|status| !status.is_read_model);
    let limit = souk.http.ready_lag;
    let jobs = outside.jobs.status().await?;
    Answer::ok(&QueuesBody {
        broker,
        reactors: reactors.map(|status: &ProjectionStatus| ReactorBody::new(status, limit)).collect(),
        items: jobs.into_iter().map(JobKindBody::from).collect(),
    })
}

/// Dead letters: jobs that were given up, the newest first
///
/// They stay until they are retried.
#[utoipa::path(
    get,
    path = "/api/v1/monitoring/dead-letters",
    tag = "operations",
    params(ListDeadLettersParams),
    responses(
        (status = 200, body = ListBody<DeadLetterBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_dead_letters(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListDeadLetters)?;
    let params = RULES.read(&request)?;
    let after = params.cursor.as_deref().map(mark).transpose()?;
    let limit = usize::try_from(params.limit).unwrap_or(1);
    // One more tells whether there is a next page.
    let wanted = i64::from(params.limit).saturating_add(1);
    let mut letters = souk.outside.jobs.dead_letters(after, wanted).await?;
    let has_more = letters.len() > limit;
    letters.truncate(limit);
    let last = letters.last().filter(|_| has_more);
    let next_cursor = last.map(|last| format!("{}.{}", last.dead_at.timestamp_micros(), last.id.simple()));
    let items = letters.into_iter().map(DeadLetterBody::from).collect();
    Answer::ok(&ListBody { items, next_cursor, total: None })
}

fn mark(cursor: &str) -> Result<DeadLetterMark, Problem> {
    let read = || {
        let (time, id) = cursor.split_once('.')?;
        let dead_at = DateTime::from_timestamp_micros(time.parse().ok()?)?;
        Some(DeadLetterMark { dead_at, id: uuid::Uuid::try_parse(id).ok()? })
    };
    read().ok_or_else(|| invalid_value("cursor", &"must be a next_cursor of this list"))
}

/// Retry a dead letter
///
/// The job is run as if it were new, with all its attempts before it; when it fails again, it is a dead letter again.
#[utoipa::path(
    post,
    path = "/api/v1/monitoring/dead-letters/{id}/retry",
    tag = "operations",
    params(("id" = String, Path, description = "`job_…`")),
    responses(
        (status = 202, body = RetriedBody),
        (status = 404, body = ProblemBody, description = "`operations.dead_letter_not_found`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn retry_dead_letter(
    signed: Signed,
    souk: Shared,
    id: Id<JobId>,
) -> Result<Answer, Problem> {
    signed.require(UseCase::RetryDeadLetter)?;
    if !souk.outside.jobs.retry(id.0.as_uuid()).await? {
        let detail = "there is no such dead letter; perhaps it has been retried already";
        return Err(Problem::missing("operations.dead_letter_not_found", detail));
    }
    tracing::info!(actor.id = %signed.actor(), job.id = %id.0.as_uuid(), "a dead letter is retried");
    Answer::json(StatusCode::ACCEPTED, &RetriedBody { id: id.0.to_string(), status: "waiting" })
}
