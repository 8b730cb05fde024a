//! Registering oneself, and confirming the address.

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

use super::mailbox::{all_sent, mail, mails_to, token_of};

const EMAIL: &str = "shirin@example.com";
const PASSWORD: &str = "a plain long sentence";

fn shirin() -> Value {
    json!({"email": EMAIL, "password": PASSWORD, "display_name": "Shirin <b>Aziz</b>"})
}

async fn login(client: &Client, password: &str) -> Reply {
    client.post("/api/v1/auth/login", &json!({"email": EMAIL, "password": password})).await
}

async fn verify(client: &Client, token: &str) -> Reply {
    client.post("/api/v1/auth/verify-email", &json!({"token": token})).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_registers_confirms_and_signs_in() {
    let app =
        TestApp::spawn_with(|source| source.env_text("account_url", "https://shop.example/account")).await;
    let nobody = app.anonymous();
    let request = nobody.request(Method::POST, "/api/v1/auth/register").header("Accept-Language", "ku");
    let answer = Reply::of(request.json(&shirin())).await;
    assert_eq!(answer.status, 202, "{}", answer.json());
    assert_eq!(answer.position(), "", "the log's position would tell whether something was registered");

    // Only who knows the password learns what is missing.
    login(&nobody, "some other sentence").await.problem(401, "identity.invalid_credentials");
    login(&nobody, PASSWORD).await.problem(403, "identity.email_unverified");

    let mail = mail(&app, EMAIL, 1).await;
    let (text, html) = (mail.part("text/plain"), mail.part("text/html"));
    assert!(html.contains("<html lang=\"ckb\" dir=\"rtl\">") && text.contains("پشتڕاست"), "{html}");
    assert!(!text.contains("Shirin"), "an address that is not confirmed gets no text of who registered");
    let token = token_of(&mail);
    assert!(text.contains(&format!("https://shop.example/account#verify_email={token}")), "{text}");
    assert!(!stored(&app).await.contains(&token), "no table holds the token");

    let forged = format!("{}{}", &token[..60], "AAAA");
    for wrong in ["", "x", &forged] {
        verify(&nobody, wrong).await.problem(422, "identity.mailed_token_invalid");
    }
    // A token is good for one thing.
    let reset = json!({"token": token, "password": "another plain sentence"});
    nobody
        .post("/api/v1/auth/reset-password", &reset)
        .await
        .problem(422, "identity.mailed_token_invalid");
    assert_eq!(verify(&nobody, &token).await.status, 204);
    verify(&nobody, &token).await.problem(422, "identity.mailed_token_invalid");

    let tokens = login(&nobody, PASSWORD).await.ok();
    assert_eq!(tokens["account"]["role"], "customer");
    let client = nobody.with_token(tokens["access_token"].as_str().unwrap());
    app.settle().await;
    let own = client.get("/api/v1/customers/profile").await.ok();
    assert_eq!((&own["display_name"], &own["locale"]), (&json!("Shirin <b>Aziz</b>"), &json!("ku")));
    let names: Vec<String> =
        sqlx::query_scalar("select event_type from events where aggregate_id = $1 order by sequence")
            .bind(
                tokens["account"]["id"]
                    .as_str()
                    .unwrap()
                    .trim_start_matches("usr_")
                    .parse::<uuid::Uuid>()
                    .unwrap()
                    .to_string(),
            )
            .fetch_all(app.server.souk.log.pool())
            .await
            .unwrap();
    assert_eq!(names, ["AccountRegistered", "ProfileRevised", "EmailVerified"]);
}

/// What the queue and the tables of tokens hold.
async fn stored(app: &TestApp) -> String {
    let rows: Vec<String> = sqlx::query_scalar(
        "select to_json(j)::text from jobs j union all select to_json(t)::text from account_tokens t",
    )
    .fetch_all(app.server.souk.log.pool())
    .await
    .unwrap();
    assert!(!rows.is_empty());
    rows.join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_that_has_an_account_gets_a_mail_and_nothing_else_happens() {
    let app = TestApp::spawn().await;
    let nobody = app.anonymous();
    let first = nobody.post("/api/v1/auth/register", &shirin()).await;
    let token = token_of(&mail(&app, EMAIL, 1).await);
    // Before the address is confirmed, the mail with the token comes again.
    let again = json!({"email": "Shirin@Example.com", "password": "whoever may this be"});
    let second = nobody.post("/api/v1/auth/register", &again).await;
    let resent = token_of(&mail(&app, EMAIL, 2).await);
    assert_ne!(token, resent);
    assert_eq!(verify(&nobody, &token).await.status, 204, "either mail will do");
    let third = nobody.post("/api/v1/auth/register", &again).await;
    let told = mail(&app, EMAIL, 3).await;
    assert!(told.part("text/plain").contains("has an account already"), "{}", told.raw);
    assert!(!told.part("text/plain").lines().any(|line| line.len() == 64), "it carries no token");
    for answer in [&second, &third] {
        assert_eq!((answer.status, &answer.bytes), (first.status, &first.bytes));
    }
    login(&nobody, PASSWORD).await.ok();
    login(&nobody, "whoever may this be").await.problem(401, "identity.invalid_credentials");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mails_for_confirming_are_sent_again_now_and_then() {
    let app = TestApp::spawn_with(|source| source.flag("mails_per_hour", "2")).await;
    let nobody = app.anonymous();
    nobody.post("/api/v1/auth/register", &shirin()).await;
    let resend = |email: &str| {
        let (nobody, body) = (app.anonymous(), json!({"email": email}));
        async move { nobody.post("/api/v1/auth/resend-verification", &body).await }
    };
    for address in [EMAIL, "nobody@example.com", "admin@example.com"] {
        let mut answers = Vec::new();
        for _ in 0..2 {
            answers.push(resend(address).await);
        }
        assert!(answers.iter().all(|answer| answer.status == 202 && answer.bytes == answers[0].bytes));
        let limited = resend(address).await;
        limited.problem(429, "identity.too_many_mails");
        assert!(limited.header("retry-after").parse::<u32>().unwrap() > 3_000);
    }
    all_sent(&app).await;
    assert_eq!(mails_to(&app, EMAIL).len(), 3);
    assert_eq!(mails_to(&app, "admin@example.com").len(), 0, "it is confirmed already");
    // After its life a token has lost its use.
    let token = token_of(&mails_to(&app, EMAIL)[2]);
    sqlx::query("update account_tokens set expires_at = now()")
        .execute(app.server.souk.log.pool())
        .await
        .unwrap();
    verify(&nobody, &token).await.problem(422, "identity.mailed_token_invalid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_registers_as_more_than_a_customer_or_with_a_weak_password() {
    let app = TestApp::spawn().await;
    let nobody = app.anonymous();
    for (member, value) in [
        ("role", json!("super_admin")),
        ("zones", json!(["erbil"])),
        ("company_id", json!("com_00000000000000000000000000000001")),
        ("locale", json!("Kurdish please")),
        ("email", json!("nobody")),
    ] {
        let mut request = shirin();
        request[member] = value;
        assert_eq!(nobody.post("/api/v1/auth/register", &request).await.status, 422, "{member}");
    }
    // Whether or not the address has an account.
    for email in [EMAIL, "admin@example.com"] {
        let weak = json!({"email": email, "password": "password123"});
        nobody.post("/api/v1/auth/register", &weak).await.problem(422, "identity.password_weak");
    }
    all_sent(&app).await;
    assert_eq!(mails_to(&app, EMAIL).len(), 0);
}
