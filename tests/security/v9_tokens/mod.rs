//! V9 Self-contained tokens: what is forged, old, meant for somebody else or no access token at all opens nothing.

use jsonwebtoken::Algorithm;
use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Reply, TestApp};

use crate::{
    identity::{
        mailbox::{mail, token_of},
        second_factors::with_second_factor,
    },
    security::support::{
        email_of,
        faults::Faults,
        listener::Listener,
        me,
        tokens::{Forge, packed},
    },
};

/// Every way in which a token is shown gets nothing for it.
async fn refused(app: &TestApp, what: &str, token: &str) -> Vec<String> {
    let mut faults = Faults::default();
    let nobody = app.anonymous();
    let bearer =
        |value: String| nobody.request(Method::GET, "/api/v1/auth/me").header("Authorization", value);
    for value in [format!("Bearer {token}"), format!("bearer  {token}")] {
        let reply = Reply::of(bearer(value)).await;
        let is_refused = reply.status == 401 && reply.json()["code"] == "identity.invalid_token";
        faults.unless(is_refused, || format!("{what}: {} {}", reply.status, reply.json()));
    }
    let cookie = nobody.request(Method::GET, "/api/v1/auth/me");
    let reply = Reply::of(cookie.header("Cookie", format!("__Host-souk-access={token}"))).await;
    faults.unless(reply.status == 401, || format!("{what} in a cookie: {}", reply.status));
    let said = nobody.post("/api/v1/auth/verify", &json!({"token": token})).await;
    let is_unknown = said.json() == json!({"active": false}) || said.status == 422;
    faults.unless(is_unknown, || format!("{what} is introspected: {}", said.json()));
    // What is open to all is not opened by it either: a wrong token is told of.
    let seen = nobody.with_token(token).get("/api/v1/products").await;
    faults.unless(seen.status == 401, || format!("{what} on a public route: {}", seen.status));
    faults.into_vec()
}

async fn forge(app: &TestApp) -> Forge {
    let client = app.customer().await;
    let forge = Forge::of(app, client.token().unwrap()).await;
    // The forge makes tokens that are believed, so it is the fault of each forgery that is found.
    let own = forge.signed(&json!({}));
    me(&app.anonymous().with_token(&own)).await;
    forge
}

async fn check(app: &TestApp, forgeries: Vec<(String, String)>) {
    let mut faults = Faults::default();
    for (what, token) in forgeries {
        faults.extend(refused(app, &what, &token).await);
    }
    faults.none();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v9_1_1_tokens_that_were_changed_are_refused() {
    let app = TestApp::spawn().await;
    let forge = forge(&app).await;
    let signature = forge.signature();
    let admin = json!({"role": "super_admin"});
    let header = packed(&forge.header);
    let claims = packed(&forge.claims_with(&admin));
    let real: Vec<&str> = forge.token.split('.').collect();
    let mut flipped = real[2].to_owned().into_bytes();
    flipped[10] = if flipped[10] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).unwrap();
    let other = Forge::of(&app, app.customer().await.token().unwrap()).await;
    let forgeries = [
        ("another role", format!("{header}.{claims}.{signature}")),
        ("another account", {
            let claims = forge.claims_with(&json!({"sub": other.claims["sub"]}));
            format!("{header}.{}.{signature}", packed(&claims))
        }),
        ("another's signature", format!("{}.{}.{}", real[0], real[1], other.signature())),
        ("another's claims", {
            let claims = other.token.split('.').nth(1).unwrap();
            format!("{}.{claims}.{}", real[0], real[2])
        }),
        ("no signature", format!("{}.{}.", real[0], real[1])),
        ("no third part", format!("{}.{}", real[0], real[1])),
        ("a short signature", format!("{}.{}.{}", real[0], real[1], &real[2][..20])),
        ("a changed signature", format!("{}.{}.{flipped}", real[0], real[1])),
        ("a longer signature", format!("{}AAAA", forge.token)),
        ("a fourth part", format!("{}.x", forge.token)),
        ("all zeros", format!("{}.{}.{}", real[0], real[1], "A".repeat(86))),
        ("padding", format!("{}==", forge.token)),
        ("nothing", String::new()),
        ("dots", "..".to_owned()),
        ("no text", format!("{}.{}.{}", "_".repeat(20), "-".repeat(20), real[2])),
        ("very long", format!("{}.{}.{}", real[0], real[1].repeat(40), real[2])),
    ];
    check(&app, forgeries.map(|(what, token)| (what.to_owned(), token)).into()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v9_1_2_tokens_with_alg_none_or_another_algorithm_are_refused() {
    let app = TestApp::spawn().await;
    let forge = forge(&app).await;
    let mut forgeries = Vec::new();
    let claims = forge.claims_with(&json!({"role": "super_admin"}));
    for none in ["none", "None", "NONE", "nOnE", "", " none", "none\u{0}"] {
        let header = packed(&forge.header_with(&json!({"alg": none})));
        forgeries.push((format!("alg {none:?}"), format!("{header}.{}.", packed(&claims))));
        let signed = format!("{header}.{}.{}", packed(&claims), forge.signature());
        forgeries.push((format!("alg {none:?} with a signature"), signed));
    }
    // Key confusion: the public key as the secret of an HMAC, in every form in which it can be read.
    let x = forge.jwk["x"].as_str().unwrap();
    let raw = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, x).unwrap();
    let der = [&hex("302a300506032b6570032100")[..], &raw].concat();
    let packed_der = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &der);
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{packed_der}\n-----END PUBLIC KEY-----\n");
    let jwk = forge.jwk.to_string();
    let secrets: [(&str, &[u8]); 7] = [
        ("x", x.as_bytes()),
        ("the raw key", &raw),
        ("DER", &der),
        ("PEM", pem.as_bytes()),
        ("the JWK", jwk.as_bytes()),
        ("nothing", b""),
        ("its id", forge.jwk["kid"].as_str().unwrap().as_bytes()),
    ];
    for (name, secret) in secrets {
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            forgeries.push((format!("{algorithm:?} with {name}"), forge.hmac(algorithm, secret)));
        }
    }
    for algorithm in [
        "RS256", "PS512", "ES256", "ES384", "HS256", "Ed448", "EdDSA ", "eddsa", "RSA1_5", "dir", "ES256K",
    ] {
        let token = forge.signed_as(&json!({"alg": algorithm}), &forge.claims);
        forgeries.push((format!("alg {algorithm}"), token));
    }
    for (what, alg) in [
        ("no alg", Value::Null),
        ("a number", json!(1)),
        ("a list", json!(["EdDSA"])),
    ] {
        forgeries.push((what.to_owned(), forge.signed_as(&json!({"alg": alg}), &forge.claims)));
    }
    check(&app, forgeries).await;
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v9_1_3_no_token_brings_its_own_key() {
    let app = TestApp::spawn().await;
    let forge = forge(&app).await;
    let stranger = TestApp::spawn().await;
    let client = stranger.admin().await;
    // Well signed, with the key of another shop, which is offered in every way that JOSE knows.
    let foreign = Forge::of(&stranger, client.token().unwrap()).await;
    let listener = Listener::wait().await;
    let url = format!("http://{}/jwks.json", listener.address);
    let own = forge.header["kid"].clone();
    let mut forgeries = vec![("another shop's token".to_owned(), foreign.token.clone())];
    for (what, header) in [
        ("our kid", json!({"kid": own})),
        ("jwk", json!({"jwk": foreign.jwk})),
        ("jwk and our kid", json!({"jwk": foreign.jwk, "kid": own})),
        ("jku", json!({"jku": url})),
        ("jku and our kid", json!({"jku": url, "kid": own})),
        ("x5u", json!({"x5u": url, "kid": own})),
        ("x5c", json!({"x5c": ["MIIB"], "kid": own})),
        ("a URL as kid", json!({"kid": url})),
        ("no kid", json!({"kid": null})),
        ("an empty kid", json!({"kid": ""})),
        ("a file as kid", json!({"kid": "../../../../../../dev/null"})),
        ("SQL as kid", json!({"kid": "' union select 'AAAA' --"})),
        ("a kid of another type", json!({"kid": [own]})),
        ("an unknown critical header", json!({"kid": own, "crit": ["b64"], "b64": false})),
    ] {
        forgeries.push((what.to_owned(), foreign.signed_as(&header, &forge.claims)));
    }
    // Ours in all, but for a header that a careless reader would follow first: refused or simply not followed.
    for header in [
        json!({"jku": url}),
        json!({"x5u": url}),
        json!({"jwk": foreign.jwk}),
    ] {
        let token = forge.signed_as(&header, &forge.claims);
        let reply = app.anonymous().with_token(&token).get("/api/v1/auth/me").await;
        assert!([200, 401].contains(&reply.status.as_u16()));
    }
    check(&app, forgeries).await;
    assert_eq!(listener.calls().await, 0, "the server has fetched a key");
    // Nobody's forged key id gets among the published ones.
    let keys = app.anonymous().get("/.well-known/jwks.json").await.ok();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1, "{keys}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v9_2_1_tokens_are_good_in_their_time_only() {
    let app = TestApp::spawn().await;
    let forge = forge(&app).await;
    let now = event_store::ids::now().timestamp();
    let forgeries = [
        ("expired", json!({"exp": now - 1})),
        ("expired this second", json!({"exp": now})),
        ("expired long ago", json!({"exp": 1, "iat": 0})),
        ("without an end", json!({"exp": null})),
        ("an end before time", json!({"exp": -1})),
        ("an end in words", json!({"exp": "never"})),
        ("an end as text", json!({"exp": (now + 3_600).to_string()})),
        ("an end beyond numbers", json!({"exp": u64::MAX})),
        ("an end beyond fractions", json!({"exp": 1e300})),
        ("an end of another type", json!({"exp": [now + 3_600]})),
        ("not yet good", json!({"nbf": now + 600})),
        ("good in words", json!({"nbf": "tomorrow"})),
    ];
    let forgeries = forgeries.map(|(what, claims)| (what.to_owned(), forge.signed(&claims)));
    check(&app, forgeries.into()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v9_2_2_only_an_access_token_is_an_access_token() {
    let app = TestApp::spawn().await;
    let forge = forge(&app).await;
    let client = app.customer().await;
    let email = email_of(&client).await;
    let login = json!({"email": email, "password": souk_tests::PASSWORD});
    let tokens = app.anonymous().post("/api/v1/auth/login", &login).await.ok();
    let refresh = tokens["refresh_token"].as_str().unwrap().to_owned();
    app.anonymous().post("/api/v1/auth/forgot-password", &json!({"email": email})).await;
    let reset = token_of(&mail(&app, &email, 1).await);
    let register = json!({"email": "new@example.com", "password": souk_tests::PASSWORD});
    app.anonymous().post("/api/v1/auth/register", &register).await;
    let confirm = token_of(&mail(&app, "new@example.com", 1).await);
    let person = with_second_factor(&app).await;
    let challenge = person.challenge(&app).await;
    let csrf = client.get("/api/v1/auth/csrf").await.ok()["csrf_token"].as_str().unwrap().to_owned();
    let key = json!({"name": "A program", "scopes": ["read_orders"]});
    let key = app.admin().await.post("/api/v1/api-keys", &key).await.created();
    let secret = key["secret"].as_str().unwrap().to_owned();
    let own = |header: Value, claims: Value| forge.signed_as(&header, &forge.claims_with(&claims));
    check(
        &app,
        vec![
            ("a refresh token".into(), refresh.clone()),
            ("a token for a new password".into(), reset.clone()),
            ("a token that confirms an address".into(), confirm.clone()),
            ("a challenge".into(), challenge.clone()),
            ("a CSRF token".into(), csrf),
            ("an API key's secret".into(), secret.clone()),
            ("an API key's id".into(), key["id"].as_str().unwrap().into()),
            ("no session".into(), own(json!({}), json!({"sid": null}))),
            ("no account".into(), own(json!({}), json!({"sub": null}))),
            ("an account of another kind".into(), own(json!({}), json!({"sub": forge.claims["sid"]}))),
            ("no role".into(), own(json!({}), json!({"role": null}))),
            ("an unknown role".into(), own(json!({}), json!({"role": "root"}))),
            ("another type".into(), own(json!({"typ": "logout+jwt"}), json!({}))),
            ("an identity token".into(), own(json!({"typ": "id_token+jwt"}), json!({}))),
        ],
    )
    .await;
    // Nor is one of them another of them.
    let nobody = app.anonymous();
    let access = client.token().unwrap();
    for (path, body) in [
        ("refresh", json!({"refresh_token": access})),
        ("refresh", json!({"refresh_token": reset})),
        ("refresh", json!({"refresh_token": challenge})),
        ("verify-email", json!({"token": reset})),
        ("verify-email", json!({"token": refresh})),
        ("reset-password", json!({"token": confirm, "password": "four other plain words"})),
        ("reset-password", json!({"token": access, "password": "four other plain words"})),
        ("2fa/verify", json!({"challenge": refresh, "code": "000000"})),
        ("verify-otp", json!({"email": email, "code": reset})),
    ] {
        let reply = nobody.post(&format!("/api/v1/auth/{path}"), &body).await;
        assert!(matches!(reply.status.as_u16(), 401 | 404 | 409 | 422), "{path} {body}: {}", reply.status);
        assert!(reply.json()["access_token"].is_null(), "{path}");
    }
    // Shown in the wrong place, they have not been used up.
    nobody.post("/api/v1/auth/refresh", &json!({"refresh_token": refresh})).await.ok();
    assert_eq!(nobody.post("/api/v1/auth/verify-email", &json!({"token": confirm})).await.status, 204);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v9_2_3_tokens_for_another_audience_or_of_another_issuer_are_refused() {
    let app = TestApp::spawn().await;
    let forge = forge(&app).await;
    let forgeries = [
        ("another issuer", json!({"iss": "https://evil.example"})),
        ("no issuer", json!({"iss": null})),
        ("a list of issuers", json!({"iss": ["evil", forge.claims["iss"]]})),
        ("an issuer of another case", json!({"iss": "SOUK"})),
        ("another audience", json!({"aud": "another-shop"})),
        ("no audience", json!({"aud": null})),
        ("an empty audience", json!({"aud": ""})),
        ("no audience at all", json!({"aud": []})),
        ("other audiences", json!({"aud": ["another-shop", "a-third"]})),
    ];
    assert!(forge.claims["aud"].is_string(), "tokens say for whom they are: {}", forge.claims);
    let forgeries = forgeries.map(|(what, claims)| (what.to_owned(), forge.signed(&claims)));
    check(&app, forgeries.into()).await;
}
