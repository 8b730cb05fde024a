//! The one place where failures of the inner layers become answers.

use actix_web::http::StatusCode;
use commands::{CommandError, Refused, identity::AuthError, vault::VaultError};
use domain::refusal::RefusalKind;
use event_store::{LogError, subscription::Behind};
use projections::ReadError;

use super::{
    Problem,
    auth::{API_KEY_CHALLENGE, INVALID_TOKEN_CHALLENGE, PASSWORD_CHALLENGE},
    consistency, etag,
    problem::{ErrorItem, Place},
};

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Refused(refused) => refused.into(),
            CommandError::PreconditionFailed { expected, current } => etag::mismatch(expected, current, &[]),
            CommandError::KeyReused => {
                let detail = "another request was already answered under this key: use a new key for it";
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency-key-reused", detail)
            }
            CommandError::Busy => Self::unavailable(
                "busy",
                1,
                "too many commands are waiting; nothing happened: try again soon",
            ),
            CommandError::Unavailable => unavailable(),
            CommandError::OutcomeUnknown => {
                let detail =
                    "it is not known whether it happened: repeat the request with the same Idempotency-Key";
                Self::unavailable("outcome-unknown", 1, detail)
            }
            CommandError::Fault(_) => Self::internal(&error),
        }
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let status = match refused.kind {
            RefusalKind::NotFound => StatusCode::NOT_FOUND,
            RefusalKind::Conflict => StatusCode::CONFLICT,
            RefusalKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            RefusalKind::Forbidden => StatusCode::FORBIDDEN,
        };
        let errors = refused.faults.into_iter().map(ErrorItem::from).collect();
        Self::new(status, refused.code, refused.message).with_errors(errors)
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        CommandError::from(error).into()
    }
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        let (code, detail) = (error.code().unwrap_or("internal"), error.to_string());
        match error {
            AuthError::InvalidCredentials | AuthError::InvalidCode => {
                Self::unauthorized(code, PASSWORD_CHALLENGE, detail)
            }
            AuthError::InvalidToken => Self::unauthorized(code, INVALID_TOKEN_CHALLENGE, detail),
            AuthError::InvalidApiKey => Self::unauthorized(code, API_KEY_CHALLENGE, detail),
            AuthError::EmailUnverified => Self::new(StatusCode::FORBIDDEN, code, detail),
            AuthError::Locked { retry_after_seconds } | AuthError::TooManyMails { retry_after_seconds } => {
                let seconds = u32::try_from(retry_after_seconds).unwrap_or(u32::MAX);
                Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail).retry_after(seconds)
            }
            AuthError::Busy => Self::unavailable(code, 1, detail),
            AuthError::Failed(error) => error.into(),
        }
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::InvalidCursor => Self::invalid_parameters(vec![ErrorItem::new(
                Place::Query("cursor".to_owned()),
                "invalid-cursor",
                error.to_string(),
            )]),
            ReadError::Database(error) => error.into(),
        }
    }
}

impl From<Behind> for Problem {
    fn from(behind: Behind) -> Self {
        consistency::behind(behind.wanted, behind.reached)
    }
}

impl From<LogError> for Problem {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Database(error) => error.into(),
            LogError::Migration(_) | LogError::Decode(_) | LogError::Damaged(_) => Self::internal(&error),
        }
    }
}

impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        if event_store::is_transient(&error) {
            return unavailable().caused_by(&error);
        }
        Self::internal(&error)
    }
}

fn unavailable() -> Problem {
    Problem::unavailable("unavailable", 1, "the database cannot be reached at present: try again soon")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_fail_has_its_status_and_code() {
        let refused = |kind| {
            CommandError::Refused(Refused {
                code: "orders.x",
                kind,
                message: "no".into(),
                faults: Vec::new(),
            })
        };
        for (error, status, code) in [
            (refused(RefusalKind::NotFound), 404, "orders.x"),
            (refused(RefusalKind::Conflict), 409, "orders.x"),
            (refused(RefusalKind::Invalid), 422, "orders.x"),
            (refused(RefusalKind::Forbidden), 403, "orders.x"),
            (CommandError::PreconditionFailed { expected: 1, current: 2 }, 412, "version-mismatch"),
            (CommandError::KeyReused, 422, "idempotency-key-reused"),
            (CommandError::Busy, 503, "busy"),
            (CommandError::Unavailable, 503, "unavailable"),
            (CommandError::OutcomeUnknown, 503, "outcome-unknown"),
            (sqlx::Error::Protocol("a server that hung up".into()).into(), 503, "unavailable"),
            (CommandError::Fault("select secret from x".into()), 500, "internal"),
        ] {
            let problem = Problem::from(error);
            assert_eq!((problem.status().as_u16(), problem.code()), (status, code));
            let is_unavailable = status == 503;
            assert_eq!(problem.respond(None).headers().contains_key("retry-after"), is_unavailable);
            assert!(!problem.to_string().contains("secret"));
        }
    }
}
