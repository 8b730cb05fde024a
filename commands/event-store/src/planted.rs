//! Faults planted on purpose: the fault suite must find each of them. Compiled only with the feature `planted-faults`.

/// A promise to break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlantedFault {
    /// Acknowledge before the commit.
    AnswerBeforeCommit,
    /// After an unanswered commit, write again without looking.
    RetryWithoutLooking,
    /// Take positions before the lock.
    PositionsOutsideLock,
    /// Commit a projection's checkpoint apart from its rows.
    CheckpointInOwnTransaction,
    /// Keep what a failed batch did to the states in memory.
    StateKeptAfterFailedBatch,
}

impl PlantedFault {
    /// Reads `SOUK_PLANTED_FAULT`, the variant's name in kebab case.
    #[must_use]
    pub fn from_env() -> Option<Self> {
        match std::env::var("SOUK_PLANTED_FAULT").ok()?.as_str() {
            "answer-before-commit" => Some(Self::AnswerBeforeCommit),
            "retry-without-looking" => Some(Self::RetryWithoutLooking),
            "positions-outside-lock" => Some(Self::PositionsOutsideLock),
            "checkpoint-in-own-transaction" => Some(Self::CheckpointInOwnTransaction),
            "state-kept-after-failed-batch" => Some(Self::StateKeptAfterFailedBatch),
            _ => None,
        }
    }
}

/// Takes positions from a sequence before the lock, in blocks: with gaps, and out of commit order.
pub(crate) async fn position_outside_lock(
    planted: Option<PlantedFault>,
    connection: &mut sqlx::PgConnection,
) -> Result<Option<i64>, sqlx::Error> {
    if planted != Some(PlantedFault::PositionsOutsideLock) {
        return Ok(None);
    }
    sqlx::query("create sequence if not exists planted_positions increment 10000")
        .execute(&mut *connection)
        .await?;
    sqlx::query_scalar(
        "select nextval('planted_positions') + (select coalesce(max(position), 0) from events)",
    )
    .fetch_one(connection)
    .await
    .map(Some)
}
