//! Signing in with a code.

use serde_json::json;
use souk_tests::{Client, ReceivedMail, Reply, TestApp};

use super::mailbox::{all_sent, mail, mails_to};

async fn email(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.ok()["email"].as_str().unwrap().to_owned()
}

async fn ask(app: &TestApp, email: &str) -> Reply {
    app.anonymous().post("/api/v1/auth/login/otp", &json!({"email": email})).await
}

async fn show(app: &TestApp, email: &str, code: &str) -> Reply {
    app.anonymous().post("/api/v1/auth/verify-otp", &json!({"email": email, "code": code})).await
}

/// The code that a mail carries.
pub(crate) fn code_of(mail: &ReceivedMail) -> String {
    let text = mail.part("text/plain");
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    text.lines().find(is_code).unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

/// Another code than this one.
fn other(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_signs_its_account_in_once() {
    let app = TestApp::spawn().await;
    let (shirin, narin) = (app.customer().await, app.customer().await);
    let (email, stranger) = (email(&shirin).await, email(&narin).await);
    assert_eq!(ask(&app, &email).await.status, 202);
    let first = code_of(&mail(&app, &email, 1).await);
    ask(&app, &email).await;
    let code = code_of(&mail(&app, &email, 2).await);
    ask(&app, &stranger).await;
    mail(&app, &stranger, 1).await;
    // A code is bound to its account, and a newer one replaces it.
    show(&app, &stranger, &code).await.problem(401, "identity.invalid_code");
    if first != code {
        show(&app, &email, &first).await.problem(401, "identity.invalid_code");
    }
    let stored: Vec<String> = sqlx::query_scalar(
        "select to_json(t)::text || (select json_agg(j)::text from jobs j) from account_tokens t",
    )
    .fetch_all(app.server.souk.log.pool())
    .await
    .unwrap();
    assert!(stored.iter().all(|row| !row.contains(&format!("\"{code}\""))));
    let tokens = show(&app, &email, &code).await.ok();
    assert_eq!(tokens["account"]["id"], shirin.get("/api/v1/auth/me").await.ok()["id"]);
    show(&app, &email, &code).await.problem(401, "identity.invalid_code");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_codes_lock_and_old_ones_are_worth_nothing() {
    let app = TestApp::spawn().await;
    let email = email(&app.customer().await).await;
    ask(&app, &email).await;
    let code = code_of(&mail(&app, &email, 1).await);
    for address in [email.as_str(), "nobody@example.com"] {
        for _ in 0..5 {
            show(&app, address, &other(&code)).await.problem(401, "identity.invalid_code");
        }
        show(&app, address, &code).await.problem(429, "identity.locked");
    }
    let pool = app.server.souk.log.pool();
    sqlx::query("delete from login_failures").execute(pool).await.unwrap();
    sqlx::query("update account_tokens set expires_at = now()").execute(pool).await.unwrap();
    show(&app, &email, &code).await.problem(401, "identity.invalid_code");
    show(&app, "nobody", &code).await.problem(401, "identity.invalid_code");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asking_for_a_code_tells_nothing() {
    let app = TestApp::spawn_with(|source| source.flag("mails_per_hour", "2")).await;
    let known = email(&app.customer().await).await;
    let register = json!({"email": "zoe@example.com", "password": "whoever may this be"});
    app.anonymous().post("/api/v1/auth/register", &register).await;
    let mut bodies = Vec::new();
    for address in [known.as_str(), "zoe@example.com", "nobody@example.com"] {
        for _ in 0..2 {
            let answer = ask(&app, address).await;
            assert_eq!(answer.status, 202);
            bodies.push(answer.bytes);
        }
        ask(&app, address).await.problem(429, "identity.too_many_mails");
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]));
    all_sent(&app).await;
    // Zoe has not confirmed the address: the one mail is for that.
    assert_eq!((mails_to(&app, "zoe@example.com").len(), mails_to(&app, "nobody@example.com").len()), (1, 0));
}
