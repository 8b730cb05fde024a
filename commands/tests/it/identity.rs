use std::time::Duration;

use commands::{
    Call, Caller,
    identity::{
        AuthError, Device, Email, FirstAdmin, Identity, IdentityOptions, KeySource, NewAccount, Secret,
        SignedIn,
    },
};
use domain::{
    identity::{PersonalDetails, Role},
    text::Zone,
};
use event_store::{Log, LogOptions};
use futures_util::future::join_all;

use crate::shop::{Database, code, customer, database, vault};

struct Node {
    identity: Identity,
    _folder: tempfile::TempDir,
}

impl Node {
    async fn login(&self, email: &Email, password: &Secret) -> Result<SignedIn, AuthError> {
        let sign_in = self.identity.login(email, password, &Device::default()).await?;
        Ok(sign_in.complete().unwrap())
    }

    async fn refresh(&self, token: &Secret) -> Result<SignedIn, AuthError> {
        self.identity.refresh(token, &Device::default()).await
    }
}

async fn node(database: &Database) -> Node {
    let folder = tempfile::tempdir().unwrap();
    let log = Log::open(LogOptions::new(database.connect.clone())).await.unwrap();
    let source = KeySource::File(folder.path().join("signing.pem"));
    let vault = vault(&log, folder.path()).await;
    let identity = Identity::open(log, source, IdentityOptions::default(), vault).await.unwrap();
    Node { identity, _folder: folder }
}

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

const PASSWORD: &str = "correct horse battery";

fn account(address: &str) -> NewAccount {
    NewAccount {
        email: email(address),
        password: secret(PASSWORD),
        role: Role::Customer,
        zones: Vec::new(),
        company: None,
        details: PersonalDetails::default(),
    }
}

async fn signed_in(node: &Node, address: &str) -> SignedIn {
    node.identity.register_account(&Call::new(Caller::Anonymous), account(address)).await.unwrap();
    node.login(&email(address), &secret(PASSWORD)).await.unwrap()
}

async fn is_valid(node: &Node, tokens: &SignedIn) -> bool {
    node.identity.verifier().verify(tokens.access_token.expose()).await.is_ok()
}

#[tokio::test]
async fn an_account_signs_in_on_one_node_and_is_known_on_another() {
    let database = database().await;
    let (first, second) = (node(&database).await, node(&database).await);
    let mut new = account("Zoe@Example.com");
    new.zones = vec![Zone::parse("north").unwrap()];
    first.identity.register_account(&Call::system(), new).await.unwrap();
    let tokens = first.login(&email("zoe@example.com"), &secret(PASSWORD)).await.unwrap();
    let principal = second.identity.verifier().verify(tokens.access_token.expose()).await.unwrap();
    assert_eq!(*principal, tokens.principal);
    assert_eq!(principal.zones[0].as_str(), "north");
    let me = second.identity.me(&Caller::Account((*principal).clone())).await.unwrap();
    assert_eq!((me.email.as_str(), me.role), ("zoe@example.com", Role::Customer));
    assert_eq!(second.identity.jwks()["keys"].as_array().unwrap().len(), 2);
    let shown = format!("{tokens:?} {me:?}");
    assert!(!shown.contains(tokens.access_token.expose()) && !shown.contains("zoe"));
}

#[tokio::test]
async fn wrong_passwords_and_unknown_addresses_get_the_same_answer_and_lock() {
    let database = database().await;
    let node = node(&database).await;
    signed_in(&node, "ann@example.com").await;
    for address in ["ann@example.com", "nobody@example.com"] {
        for _ in 0..5 {
            let wrong = node.login(&email(address), &secret("not the password")).await;
            assert!(matches!(wrong, Err(AuthError::InvalidCredentials)), "{wrong:?}");
        }
        let locked = node.login(&email(address), &secret(PASSWORD)).await;
        assert!(matches!(locked, Err(AuthError::Locked { retry_after_seconds: 890..=900 })), "{locked:?}");
    }
    sqlx::query("update login_failures set locked_until = now() - interval '1 second'")
        .execute(log_of(&database).await.pool())
        .await
        .unwrap();
    node.login(&email("ann@example.com"), &secret(PASSWORD)).await.unwrap();
}

async fn log_of(database: &Database) -> Log {
    Log::open(LogOptions::new(database.connect.clone())).await.unwrap()
}

#[tokio::test]
async fn attempts_side_by_side_do_not_outrun_the_lock() {
    let database = database().await;
    let node = node(&database).await;
    let (address, wrong) = (email("eve@example.com"), secret("a wrong password"));
    let all = join_all((0..12).map(|_| node.login(&address, &wrong))).await;
    let looked_at = all.iter().filter(|o| matches!(o, Err(AuthError::InvalidCredentials))).count();
    assert_eq!(looked_at, 5);
}

#[tokio::test]
async fn failures_are_forgotten_by_a_success() {
    let database = database().await;
    let node = node(&database).await;
    signed_in(&node, "ann@example.com").await;
    for _ in 0..3 {
        for _ in 0..4 {
            node.login(&email("ann@example.com"), &secret("wrong wrong")).await.unwrap_err();
        }
        node.login(&email("ann@example.com"), &secret(PASSWORD)).await.unwrap();
    }
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_reuse_ends_the_family() {
    let database = database().await;
    let node = node(&database).await;
    let first = signed_in(&node, "ann@example.com").await;
    let second = node.refresh(&first.refresh_token).await.unwrap();
    assert_eq!(second.principal.session, first.principal.session);
    assert!(is_valid(&node, &second).await);
    let reuse = node.refresh(&first.refresh_token).await;
    assert!(matches!(reuse, Err(AuthError::InvalidToken)));
    let family = node.refresh(&second.refresh_token).await;
    assert!(matches!(family, Err(AuthError::InvalidToken)));
    assert!(!is_valid(&node, &second).await);
    let unknown = node.refresh(&secret("nothing")).await;
    assert!(matches!(unknown, Err(AuthError::InvalidToken)));
}

#[tokio::test]
async fn signing_out_ends_the_session_on_every_node_within_seconds() {
    let database = database().await;
    let (first, second) = (node(&database).await, node(&database).await);
    let tokens = signed_in(&first, "ann@example.com").await;
    let other = first.login(&email("ann@example.com"), &secret(PASSWORD)).await.unwrap();
    assert!(is_valid(&second, &tokens).await);
    first.identity.logout(&tokens.principal).await.unwrap();
    assert!(!is_valid(&first, &tokens).await, "at once where it was asked");
    let gone = async {
        while is_valid(&second, &tokens).await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.expect("the other node learns of it");
    assert!(is_valid(&second, &other).await, "other sessions go on");
    assert!(first.refresh(&tokens.refresh_token).await.is_err());
}

#[tokio::test]
async fn a_deactivated_account_is_out_until_it_is_let_in_again() {
    let database = database().await;
    let node = node(&database).await;
    let driver = NewAccount { role: Role::Driver, ..account("ann@example.com") };
    node.identity.register_account(&Call::system(), driver).await.unwrap();
    let tokens = node.login(&email("ann@example.com"), &secret(PASSWORD)).await.unwrap();
    let account = tokens.principal.account;
    node.identity.set_active(&Call::system(), account, false).await.unwrap();
    assert!(!is_valid(&node, &tokens).await);
    assert!(node.refresh(&tokens.refresh_token).await.is_err());
    assert!(node.login(&email("ann@example.com"), &secret(PASSWORD)).await.is_err());
    node.identity.set_active(&Call::system(), account, true).await.unwrap();
    node.login(&email("ann@example.com"), &secret(PASSWORD)).await.unwrap();
    assert_eq!(code(node.identity.set_active(&customer(), account, false).await), "permission_denied");
}

#[tokio::test]
async fn addresses_are_unique_and_roles_are_given_not_taken() {
    let database = database().await;
    let node = node(&database).await;
    let anybody = Call::new(Caller::Anonymous);
    let all =
        join_all((0..4).map(|_| node.identity.register_account(&anybody, account("one@example.com")))).await;
    assert_eq!(all.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let taken = all.into_iter().find(Result::is_err).unwrap();
    assert_eq!(code(taken), "identity.email_taken");
    let admin = NewAccount { role: Role::SuperAdmin, ..account("two@example.com") };
    assert_eq!(code(node.identity.register_account(&anybody, admin).await), "permission_denied");
    let weak = NewAccount {
        password: secret("password1"),
        ..account("three@example.com")
    };
    assert_eq!(code(node.identity.register_account(&anybody, weak).await), "identity.password_weak");
}

#[tokio::test]
async fn of_nodes_that_start_together_one_makes_the_first_admin() {
    let database = database().await;
    let (first, second) = (node(&database).await, node(&database).await);
    let address = || email("admin@souk.example");
    let (a, b) = tokio::join!(
        first.identity.ensure_first_admin(address(), None),
        second.identity.ensure_first_admin(address(), None)
    );
    let made: Vec<Secret> = [a.unwrap(), b.unwrap()]
        .into_iter()
        .filter_map(|outcome| match outcome {
            FirstAdmin::Created { generated, .. } => generated,
            FirstAdmin::Existing => None,
        })
        .collect();
    assert_eq!(made.len(), 1);
    let tokens = second.login(&address(), &made[0]).await.unwrap();
    assert_eq!(tokens.principal.role, Role::SuperAdmin);
}

#[tokio::test]
async fn forged_tokens_are_refused() {
    let database = database().await;
    let node = node(&database).await;
    let tokens = signed_in(&node, "ann@example.com").await;
    assert!(is_valid(&node, &tokens).await);
    let token = tokens.access_token.expose();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (head, body) = signed.split_once('.').unwrap();
    let flipped = if body.ends_with('A') { "B" } else { "A" };
    for forged in [
        format!("{head}.{}{flipped}.{signature}", &body[..body.len() - 1]),
        format!("{signed}."),
        String::new(),
        "a.b.c".to_owned(),
        "x".repeat(10_000),
    ] {
        assert!(node.identity.verifier().verify(&forged).await.is_err());
    }
}
