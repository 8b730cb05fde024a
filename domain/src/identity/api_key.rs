//! An API key: how a program, not a person, is let in. The log knows what it may do and until when; its secret's hash lives
//! beside the log.

use chrono::{DateTime, Utc};

use super::{ApiKeyCommand, ApiKeyError, ApiKeyEvent};
use crate::decider::Decider;

/// A key that programs show.
#[derive(Debug)]
pub struct ApiKey;

/// What is known of a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ApiKeyState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It is good until then.
    Valid(DateTime<Utc>),
    /// It is good for nothing any more.
    Revoked,
}

impl ApiKeyState {
    /// It was created, whether or not it is good for anything still.
    #[must_use]
    pub const fn exists(&self) -> bool {
        !matches!(self, Self::Absent)
    }
}

impl Decider for ApiKey {
    const KIND: &'static str = "api_key";

    type State = ApiKeyState;
    type Command = ApiKeyCommand;
    type Event = ApiKeyEvent;
    type Error = ApiKeyError;

    fn decide(state: &ApiKeyState, command: ApiKeyCommand) -> Result<Vec<ApiKeyEvent>, ApiKeyError> {
        match command {
            ApiKeyCommand::Create { name, scopes, zones, company, expires_at } => {
                if state.exists() {
                    return Err(ApiKeyError::AlreadyCreated);
                }
                if scopes.is_empty() {
                    return Err(ApiKeyError::ScopesRequired);
                }
                Ok(vec![ApiKeyEvent::ApiKeyCreated { name, scopes, zones, company, expires_at }])
            }
            ApiKeyCommand::Revoke => match state {
                ApiKeyState::Absent => Err(ApiKeyError::NotFound),
                ApiKeyState::Valid(_) => Ok(vec![ApiKeyEvent::ApiKeyRevoked]),
                ApiKeyState::Revoked => Ok(Vec::new()),
            },
        }
    }

    fn evolve(state: &mut ApiKeyState, event: &ApiKeyEvent) {
        *state = match event {
            ApiKeyEvent::ApiKeyCreated { expires_at, .. } => ApiKeyState::Valid(*expires_at),
            ApiKeyEvent::ApiKeyRevoked => ApiKeyState::Revoked,
        };
    }
}
