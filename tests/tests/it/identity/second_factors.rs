//! The second factor, from set-up to the day when the app is lost.

use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};
use totp_rs::{Builder, Totp};

use super::mailbox::mail;

const PASSWORD: &str = "four plain words";

pub(crate) struct Person {
    pub(crate) client: Client,
    email: String,
    app_of_phone: Totp,
    pub(crate) recovery_codes: Vec<String>,
}

impl Person {
    /// The code of the half minute that is `steps` from now.
    fn code(&self, steps: i64) -> String {
        let now = event_store::ids::now().timestamp() + 30 * steps;
        self.app_of_phone.generate(u64::try_from(now).unwrap()).to_string()
    }

    pub(crate) async fn challenge(&self, app: &TestApp) -> String {
        let login = json!({"email": self.email, "password": PASSWORD});
        let answer = app.anonymous().post("/api/v1/auth/login", &login).await.ok();
        assert!(answer["access_token"].is_null() && answer["refresh_token"].is_null(), "{answer}");
        answer["challenge"].as_str().unwrap().to_owned()
    }
}

async fn pass(app: &TestApp, challenge: &str, code: &str) -> Reply {
    let body = json!({"challenge": challenge, "code": code});
    app.anonymous().post("/api/v1/auth/2fa/verify", &body).await
}

/// Whatever was taken, the next code counts as new.
async fn let_time_pass(app: &TestApp) {
    sqlx::query("update second_factors set last_step = 0")
        .execute(app.server.souk.log.pool())
        .await
        .unwrap();
}

/// Sets an authenticator app up.
pub(crate) async fn set_up(client: Client) -> (Client, Totp) {
    let setup = client.post("/api/v1/auth/2fa/setup", &json!({"password": PASSWORD})).await.ok();
    let secret = setup["secret"].as_str().unwrap();
    let uri = setup["otpauth_uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/Souk:") && uri.contains(&format!("secret={secret}")), "{uri}");
    let svg = setup["qr_svg"].as_str().unwrap();
    assert!(svg.contains("<svg") && svg.contains("</svg>") && !svg.contains("<script"));
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    (client, Builder::new().with_secret(secret).build().unwrap())
}

/// A customer with a second factor.
pub(crate) async fn with_second_factor(app: &TestApp) -> Person {
    let (client, app_of_phone) = set_up(app.customer().await).await;
    let email = client.get("/api/v1/auth/me").await.ok()["email"].as_str().unwrap().to_owned();
    let mut person = Person { client, email, app_of_phone, recovery_codes: Vec::new() };
    let path = "/api/v1/auth/2fa/enable";
    let wrong = json!({"code": person.code(-40)});
    person.client.post(path, &wrong).await.problem(401, "identity.invalid_code");
    let enabled = person.client.post(path, &json!({"code": person.code(0)})).await.ok();
    let codes = enabled["recovery_codes"].as_array().unwrap();
    person.recovery_codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    person
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_alone_no_longer_signs_in() {
    let app = TestApp::spawn().await;
    let person = with_second_factor(&app).await;
    person
        .client
        .post("/api/v1/auth/2fa/setup", &json!({"password": PASSWORD}))
        .await
        .problem(409, "identity.second_factor_on");
    let challenge = person.challenge(&app).await;
    // The code that turned it on was used with that.
    pass(&app, &challenge, &person.code(0)).await.problem(401, "identity.invalid_code");
    let code = person.code(1);
    let tokens = pass(&app, &challenge, &code).await.ok();
    let client = app.anonymous().with_token(tokens["access_token"].as_str().unwrap());
    client.get("/api/v1/auth/me").await.ok();
    // Neither the challenge nor the code works twice.
    let again = person.challenge(&app).await;
    pass(&app, &again, &code).await.problem(401, "identity.invalid_code");
    let_time_pass(&app).await;
    pass(&app, &challenge, &code).await.problem(401, "identity.invalid_code");
    pass(&app, &again, &code).await.ok();
    for forged in ["", "x", &"A".repeat(64)] {
        pass(&app, forged, &code).await.problem(401, "identity.invalid_code");
    }
    // A challenge signs nobody in by itself.
    app.anonymous()
        .with_token(&again)
        .get("/api/v1/auth/me")
        .await
        .problem(401, "identity.invalid_token");
    assert!(mail(&app, &person.email, 1).await.part("text/plain").contains("authenticator app"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recovery_codes_work_once_each() {
    let app = TestApp::spawn().await;
    let person = with_second_factor(&app).await;
    assert_eq!(person.recovery_codes.len(), 10);
    let code = &person.recovery_codes[3];
    let written = code.to_uppercase().replace('-', " ");
    pass(&app, &person.challenge(&app).await, &written).await.ok();
    pass(&app, &person.challenge(&app).await, code).await.problem(401, "identity.invalid_code");
    pass(&app, &person.challenge(&app).await, &person.recovery_codes[4]).await.ok();
    // Another's code is none of one's own.
    let other = with_second_factor(&app).await;
    let foreign = &other.recovery_codes[0];
    pass(&app, &person.challenge(&app).await, foreign).await.problem(401, "identity.invalid_code");
    let rows: Vec<String> = sqlx::query_scalar(
        "select to_json(r)::text from recovery_codes r union all select to_json(f)::text from second_factors f",
    )
    .fetch_all(app.server.souk.log.pool())
    .await
    .unwrap();
    let stored = rows.join("\n");
    for code in &person.recovery_codes {
        assert!(!stored.contains(code.as_str()) && !stored.contains(&code.replace('-', "")));
    }
    assert!(!stored.contains(&person.app_of_phone.secret().to_base32()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_codes_lock_whatever_the_challenge() {
    let app = TestApp::spawn().await;
    let person = with_second_factor(&app).await;
    for _ in 0..5 {
        let challenge = person.challenge(&app).await;
        pass(&app, &challenge, &person.code(-40)).await.problem(401, "identity.invalid_code");
    }
    let challenge = person.challenge(&app).await;
    pass(&app, &challenge, &person.code(1)).await.problem(429, "identity.locked");
    pass(&app, &challenge, &person.recovery_codes[0]).await.problem(429, "identity.locked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_session_sets_none_up() {
    let app = TestApp::spawn().await;
    let shirin = app.customer().await;
    let path = "/api/v1/auth/2fa/setup";
    assert_eq!(shirin.post(path, &json!({})).await.status, 422, "the password is asked for");
    for _ in 0..5 {
        let wrong = shirin.post(path, &json!({"password": "not the password"})).await;
        let problem = wrong.problem(422, "identity.wrong_password");
        assert_eq!(problem["errors"][0]["pointer"], "/password");
    }
    shirin.post(path, &json!({"password": PASSWORD})).await.problem(429, "identity.locked");
    let rows: i64 = sqlx::query_scalar("select count(*) from second_factors")
        .fetch_one(app.server.souk.log.pool())
        .await
        .unwrap();
    assert_eq!(rows, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_turned_off_with_password_and_code() {
    let app = TestApp::spawn().await;
    let person = with_second_factor(&app).await;
    let path = "/api/v1/auth/2fa/disable";
    let body = |password: &str, code: &str| -> Value { json!({"password": password, "code": code}) };
    let wrong = person.client.post(path, &body("not the password", &person.recovery_codes[0])).await;
    wrong.problem(422, "identity.wrong_password");
    person
        .client
        .post(path, &body(PASSWORD, &person.code(-40)))
        .await
        .problem(401, "identity.invalid_code");
    let stale = person.challenge(&app).await;
    assert_eq!(person.client.post(path, &body(PASSWORD, &person.recovery_codes[0])).await.status, 204);
    let again = person.client.post(path, &body(PASSWORD, &person.recovery_codes[1])).await;
    again.problem(409, "identity.second_factor_missing");
    pass(&app, &stale, &person.recovery_codes[1]).await.problem(401, "identity.invalid_code");
    app.sign_in(&person.email).await.get("/api/v1/auth/me").await.ok();
    let enable = person.client.post("/api/v1/auth/2fa/enable", &json!({"code": person.code(0)})).await;
    enable.problem(409, "identity.second_factor_missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_one_time_code_stands_for_the_password_only() {
    let app = TestApp::spawn().await;
    let person = with_second_factor(&app).await;
    mail(&app, &person.email, 1).await;
    app.anonymous().post("/api/v1/auth/login/otp", &json!({"email": person.email})).await;
    let text = mail(&app, &person.email, 2).await.part("text/plain");
    let code = text.lines().find(|line| line.len() == 6 && line.parse::<u32>().is_ok()).unwrap();
    let show = json!({"email": person.email, "code": code});
    let answer = app.anonymous().post("/api/v1/auth/verify-otp", &show).await.ok();
    assert!(answer["access_token"].is_null());
    pass(&app, answer["challenge"].as_str().unwrap(), &person.code(1)).await.ok();
}
