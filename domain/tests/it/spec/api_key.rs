use chrono::{DateTime, Utc};
use domain::{
    fixtures::text,
    identity::{ApiKey, ApiKeyCommand, ApiKeyError, ApiKeyEvent, ApiKeyState},
    spec::given,
};

fn end() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn create(scopes: &[&str]) -> ApiKeyCommand {
    ApiKeyCommand::Create {
        name: text("Scanner"),
        scopes: scopes.iter().map(|scope| text(scope)).collect(),
        zones: vec![text("erbil")],
        company: None,
        expires_at: end(),
    }
}

fn created() -> ApiKeyEvent {
    ApiKeyEvent::ApiKeyCreated {
        name: text("Scanner"),
        scopes: vec![text("read_stock")],
        zones: vec![text("erbil")],
        company: None,
        expires_at: end(),
    }
}

#[test]
fn a_key_is_created_once_and_with_something_that_it_may_do() {
    let state = given::<ApiKey>(&[]).when(create(&["read_stock"])).then(&[created()]);
    assert_eq!(state, ApiKeyState::Valid(end()));
    given::<ApiKey>(&[]).when(create(&[])).then_err(ApiKeyError::ScopesRequired);
    given::<ApiKey>(&[created()]).when(create(&["read_stock"])).then_err(ApiKeyError::AlreadyCreated);
}

#[test]
fn a_revoked_key_stays_revoked() {
    let state = given::<ApiKey>(&[created()]).when(ApiKeyCommand::Revoke).then(&[ApiKeyEvent::ApiKeyRevoked]);
    assert_eq!(state, ApiKeyState::Revoked);
    let history = [created(), ApiKeyEvent::ApiKeyRevoked];
    given::<ApiKey>(&history).when(ApiKeyCommand::Revoke).then_nothing();
    given::<ApiKey>(&history).when(create(&["read_stock"])).then_err(ApiKeyError::AlreadyCreated);
    given::<ApiKey>(&[]).when(ApiKeyCommand::Revoke).then_err(ApiKeyError::NotFound);
}
