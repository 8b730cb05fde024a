//! Signing keys are replaced while everything runs: published before they sign, refused when they are withdrawn.

use std::{fs, path::Path, time::Duration};

use commands::{
    Call,
    identity::{
        Device, Email, Identity, IdentityOptions, KeySource, NewAccount, Secret, SignedIn, SigningKeyState,
        SigningKeys,
    },
};
use domain::identity::{PersonalDetails, Role};
use event_store::{Log, LogOptions};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, jwk::JwkSet,
};
use serde_json::Value;
use sqlx::PgPool;

use crate::shop::{Database, database, vault};

const PASSWORD: &str = "correct horse battery";

struct Node {
    identity: Identity,
    pool: PgPool,
}

async fn node_of(database: &Database, folder: &Path, source: KeySource) -> Node {
    let log = Log::open(LogOptions::new(database.connect.clone())).await.unwrap();
    let (vault, pool) = (vault(&log, folder).await, log.pool().clone());
    let identity = Identity::open(log, source, IdentityOptions::default(), vault).await.unwrap();
    Node { identity, pool }
}

async fn node(database: &Database, folder: &Path) -> Node {
    node_of(database, folder, KeySource::File(folder.join("signing.pem"))).await
}

impl Node {
    async fn register(&self) {
        let ann = NewAccount {
            email: Email::parse("ann@example.com").unwrap(),
            password: Secret::new(PASSWORD.to_owned()),
            role: Role::Customer,
            zones: Vec::new(),
            company: None,
            details: PersonalDetails::default(),
        };
        self.identity.register_account(&Call::system(), ann).await.unwrap();
    }

    async fn login(&self) -> String {
        let (email, password) = (Email::parse("ann@example.com").unwrap(), Secret::new(PASSWORD.to_owned()));
        let signed_in = self.identity.login(&email, &password, &Device::default()).await.unwrap();
        let tokens: SignedIn = signed_in.complete().unwrap();
        tokens.access_token.expose().to_owned()
    }

    async fn lets_in(&self, token: &str) -> bool {
        self.identity.verifier().verify(token).await.is_ok()
    }

    fn key_ids(&self) -> Vec<String> {
        let jwks = self.identity.jwks();
        let ids = jwks["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned());
        ids.collect()
    }

    fn keys(&self) -> SigningKeys {
        SigningKeys::new(self.pool.clone())
    }

    async fn state_of(&self, key_id: &str) -> SigningKeyState {
        let keys = self.keys().list().await.unwrap();
        keys.iter().find(|key| key.key_id == key_id).unwrap().state
    }
}

fn kid(token: &str) -> String {
    decode_header(token).unwrap().kid.unwrap()
}

/// Somebody who knows nothing of Souk but its published keys.
fn outsider_verifies(jwks: &Value, token: &str) -> bool {
    let keys: JwkSet = serde_json::from_value(jwks.clone()).unwrap();
    let header = decode_header(token).unwrap();
    let Some(key) = keys.find(&header.kid.unwrap()) else {
        return false;
    };
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&["souk"]);
    validation.set_audience(&["souk"]);
    decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation).is_ok()
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..200 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("not within ten seconds: {what}");
}

/// A token of somebody who has copied a private key, good for a day more than any other.
fn forged(pem: &str, token: &str) -> String {
    let mut claims = jsonwebtoken::dangerous::insecure_decode::<Value>(token).unwrap().claims;
    claims["exp"] = (claims["exp"].as_i64().unwrap() + 86_400).into();
    let mut header = Header { kid: Some(kid(token)), ..Header::new(Algorithm::EdDSA) };
    header.typ = Some("at+jwt".to_owned());
    jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_pem(pem.as_bytes()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_key_is_published_before_it_signs_and_verifies_after_it_signed() {
    let database = database().await;
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let first = node(&database, folders[0].path()).await;
    let second = node(&database, folders[1].path()).await;
    first.register().await;
    let before = first.login().await;
    let old = kid(&before);
    let old_pem = fs::read_to_string(folders[0].path().join("signing.pem")).unwrap();
    assert_eq!(second.key_ids().len(), 2, "one of each node");

    let signs_from = first.keys().rotate(chrono::TimeDelta::seconds(4)).await.unwrap();
    until("the successors are published", async || second.key_ids().len() == 4).await;
    assert!(event_store::ids::now() < signs_from);
    let meanwhile = first.login().await;
    assert_eq!(kid(&meanwhile), old, "nobody signs with what others may not have yet");
    let published = second.key_ids();
    let early = second.identity.jwks();
    until("the successor signs", async || kid(&first.login().await) != old).await;
    assert!(event_store::ids::now() >= signs_from);
    let after = first.login().await;
    assert!(published.contains(&kid(&after)), "it was published before");
    until("the old key is retired", async || first.state_of(&old).await == SigningKeyState::Retired).await;
    assert_eq!(first.state_of(&kid(&after)).await, SigningKeyState::Signing);
    for node in [&first, &second] {
        for token in [&before, &meanwhile, &after] {
            assert!(node.lets_in(token).await);
            assert!(outsider_verifies(&node.identity.jwks(), token));
            assert!(outsider_verifies(&early, token), "who read the keys before the change needs no others");
        }
    }
    // Of the old private half nothing is left.
    for file in fs::read_dir(folders[0].path()).unwrap() {
        let text = fs::read(file.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&text).contains(old_pem.lines().nth(1).unwrap()));
    }

    // When its last token has expired, what is signed with a copy of it is worth nothing.
    let forged = forged(&old_pem, &before);
    assert!(first.lets_in(&forged).await && second.lets_in(&forged).await, "until then it is a key");
    sqlx::query("update signing_keys set retired_at = retired_at - interval '2 hours'")
        .execute(&first.pool)
        .await
        .unwrap();
    for node in [&first, &second] {
        until("the old key is gone", async || !node.key_ids().contains(&old)).await;
        for token in [&before, &forged] {
            assert!(!node.lets_in(token).await, "though it was let in a moment ago");
            assert!(!outsider_verifies(&node.identity.jwks(), token));
        }
        assert!(node.lets_in(&after).await);
    }
}

#[tokio::test]
async fn a_withdrawn_key_is_refused_at_once_and_does_not_come_back() {
    let database = database().await;
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let path = folders[0].path().join("signing.pem");
    let first = node(&database, folders[0].path()).await;
    let second = node(&database, folders[1].path()).await;
    first.register().await;
    let token = first.login().await;
    let others = second.login().await;
    let stolen = fs::read_to_string(&path).unwrap();
    assert!(first.lets_in(&token).await && second.lets_in(&token).await);
    assert!(!first.keys().withdraw("none").await.unwrap());
    assert!(first.keys().withdraw(&kid(&token)).await.unwrap());
    for node in [&first, &second] {
        until("its tokens are refused", async || !node.lets_in(&token).await).await;
        assert!(!node.key_ids().contains(&kid(&token)));
    }
    until("another key signs", async || kid(&first.login().await) != kid(&token)).await;
    let anew = first.login().await;
    for token in [&anew, &others] {
        until("it is let in", async || second.lets_in(token).await).await;
        assert!(first.lets_in(token).await, "others are not touched");
    }
    // Somebody puts the old folder back.
    drop(first);
    fs::write(&path, &stolen).unwrap();
    let first = node(&database, folders[0].path()).await;
    assert_ne!(kid(&first.login().await), kid(&token));
    assert!(!first.lets_in(&token).await && !second.lets_in(&token).await);
    assert_ne!(fs::read_to_string(&path).unwrap(), stolen);
    assert_eq!(first.state_of(&kid(&token)).await, SigningKeyState::Withdrawn);
}

#[tokio::test]
async fn nodes_on_one_folder_come_to_one_successor() {
    let database = database().await;
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (node(&database, folder.path()).await, node(&database, folder.path()).await);
    first.register().await;
    let before = first.login().await;
    assert_eq!(kid(&before), kid(&second.login().await));
    first.keys().rotate(chrono::TimeDelta::seconds(1)).await.unwrap();
    for node in [&first, &second] {
        until("it signs with another", async || kid(&node.login().await) != kid(&before)).await;
        assert!(node.lets_in(&before).await);
    }
    let (one, two) = (first.login().await, second.login().await);
    assert_eq!(kid(&one), kid(&two));
    assert!(first.lets_in(&two).await && second.lets_in(&one).await);
}

#[tokio::test]
async fn configured_keys_are_published_together_and_the_first_signs() {
    let database = database().await;
    let folder = tempfile::tempdir().unwrap();
    // Any node makes a key.
    let pem = async |name: &str| {
        let place = folder.path().join(name);
        drop(node_of(&database, folder.path(), KeySource::File(place.clone())).await);
        fs::read_to_string(place).unwrap()
    };
    let (old, new) = (pem("old").await, pem("new").await);
    let configured =
        async |text: String| node_of(&database, folder.path(), KeySource::Pem(Secret::new(text))).await;
    let node = configured(format!("{old}{new}")).await;
    node.register().await;
    let before = node.login().await;
    drop(node);
    let node = configured(format!("{new}{old}")).await;
    let after = node.login().await;
    assert_ne!(kid(&before), kid(&after));
    for token in [&before, &after] {
        assert!(node.lets_in(token).await && outsider_verifies(&node.identity.jwks(), token));
    }
    // What is configured is not replaced by a command, but it is withdrawn by one.
    node.keys().rotate(chrono::TimeDelta::zero()).await.unwrap();
    node.keys().withdraw(&kid(&after)).await.unwrap();
    until("the next one signs", async || kid(&node.login().await) == kid(&before)).await;
    assert!(!node.lets_in(&after).await && node.lets_in(&before).await);
    drop(node);
    let node = configured(format!("{new}{old}")).await;
    assert_eq!(kid(&node.login().await), kid(&before));
}
