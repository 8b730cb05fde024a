//! V11 Cryptography: what is stored of secrets, and what signs. The vault's own tests try its encryption
//! (`commands::vault`).

use std::collections::HashSet;

use serde_json::{Value, json};
use souk_tests::TestApp;

use crate::{
    identity::{
        mailbox::{mail, token_of},
        one_time_codes::code_of,
    },
    security::support::email_of,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v11_4_2_passwords_are_kept_as_argon2id_that_is_costly_enough() {
    let app = TestApp::spawn().await;
    app.customer().await;
    app.customer().await;
    let hashes: Vec<String> = sqlx::query_scalar("select password_hash from credentials")
        .fetch_all(app.server.souk.log.pool())
        .await
        .unwrap();
    let distinct: HashSet<&String> = hashes.iter().collect();
    assert_eq!((hashes.len(), distinct.len()), (3, 3), "one password, three salts");
    for hash in &hashes {
        let parts: Vec<&str> = hash.split('$').collect();
        assert_eq!((parts[1], parts[2]), ("argon2id", "v=19"), "{}", parts[1]);
        let cost = |name: &str| -> u32 {
            let cost = parts[3].split(',').find_map(|cost| cost.strip_prefix(name)).unwrap();
            cost.trim_start_matches('=').parse().unwrap()
        };
        // Of the OWASP cheat sheet's settings that are as good as each other: 19 MiB, twice, one lane.
        assert!(cost("m") >= 19_456 && cost("t") >= 2 && cost("p") >= 1, "{}", parts[3]);
        // 16 bytes of salt and 32 of hash, in base64.
        assert!(parts[4].len() >= 22 && parts[5].len() >= 43);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v11_6_1_tokens_are_signed_with_keys_of_a_good_kind_and_size() {
    let app = TestApp::spawn().await;
    let keys = app.anonymous().get("/.well-known/jwks.json").await.ok();
    for key in keys["keys"].as_array().unwrap() {
        let members: Vec<&Value> = ["kty", "crv", "alg", "use"].iter().map(|name| &key[*name]).collect();
        assert_eq!(members, ["OKP", "Ed25519", "EdDSA", "sig"]);
        assert_eq!(key["x"].as_str().unwrap().len(), 43, "32 bytes");
        // Nothing of the private half.
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key[private].is_null(), "{private} is published");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v11_5_1_what_must_not_be_guessed_is_random_and_never_the_same() {
    let app = TestApp::spawn().await;
    let mut tokens = HashSet::new();
    let mut codes = Vec::new();
    let nobody = app.anonymous();
    for number in 0..6 {
        let email = email_of(&app.customer().await).await;
        nobody.post("/api/v1/auth/forgot-password", &json!({"email": email})).await;
        let token = token_of(&mail(&app, &email, 1).await);
        // 64 characters that say at least 128 bits.
        assert!(token.len() == 64 && token.chars().collect::<HashSet<_>>().len() >= 8, "{number}");
        assert!(tokens.insert(token[..16].to_owned()) && tokens.insert(token[48..].to_owned()));
        nobody.post("/api/v1/auth/login/otp", &json!({"email": email})).await;
        codes.push(code_of(&mail(&app, &email, 2).await));
    }
    // Six of a million: one that comes twice is rare, two that do are no chance.
    let distinct: HashSet<&String> = codes.iter().collect();
    assert!(distinct.len() >= 5, "{codes:?}");
    let keys = (0..8).map(|number| json!({"name": format!("Key {number}"), "scopes": ["read_stock"]}));
    let admin = app.admin().await;
    let mut secrets = HashSet::new();
    for key in keys {
        let made = admin.post("/api/v1/api-keys", &key).await.created();
        let secret = made["secret"].as_str().unwrap().to_owned();
        assert!(secret.len() >= 43, "256 bits in base64 or hex");
        assert!(secrets.insert(secret[..12].to_owned()));
    }
}

/// Whoever has a copy of the database has nothing that signs anybody in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v11_4_1_no_table_holds_a_secret_that_could_be_shown() {
    let app = TestApp::spawn().await;
    let client = app.customer().await;
    let email = email_of(&client).await;
    let nobody = app.anonymous();
    let login = json!({"email": email, "password": souk_tests::PASSWORD});
    let tokens = nobody.post("/api/v1/auth/login", &login).await.ok();
    nobody.post("/api/v1/auth/forgot-password", &json!({"email": email})).await;
    let reset = token_of(&mail(&app, &email, 1).await);
    let setup = client.post("/api/v1/auth/2fa/setup", &json!({"password": souk_tests::PASSWORD})).await.ok();
    let key = json!({"name": "A program", "scopes": ["read_stock"]});
    let key = app.admin().await.post("/api/v1/api-keys", &key).await.created();
    let secrets = [
        ("the password", souk_tests::PASSWORD.to_owned()),
        ("the access token", tokens["access_token"].as_str().unwrap().to_owned()),
        ("the refresh token", tokens["refresh_token"].as_str().unwrap().to_owned()),
        ("the token for a new password", reset),
        ("the secret of the app", setup["secret"].as_str().unwrap().to_owned()),
        ("the API key's secret", key["secret"].as_str().unwrap().to_owned()),
        ("the address", email),
    ];
    app.settle().await;
    let pool = app.server.souk.log.pool();
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', schemaname, tablename) from pg_tables \
          where schemaname not in ('pg_catalog', 'information_schema')",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert!(tables.len() > 30, "{tables:?}");
    let mut rows = 0;
    for table in tables {
        let all: Vec<String> = sqlx::query_scalar(&format!("select to_json(t)::text from {table} t"))
            .fetch_all(pool)
            .await
            .unwrap();
        rows += all.len();
        let all = all.join("\n");
        for (what, secret) in &secrets {
            let packed = base64::Engine::encode(&base64::engine::general_purpose::STANDARD_NO_PAD, secret);
            let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
            for form in [secret.as_str(), packed.as_str(), hex.as_str()] {
                assert!(!all.contains(form), "{table} holds {what}");
            }
        }
    }
    assert!(rows > 20, "only {rows} rows");
}
