//! From an order over HTTP to the mail that confirms it, in both modes.

use std::{fs, path::Path, time::Duration};

use api::config::Source;
use commands::{
    Call,
    identity::{Email, NewAccount, Secret},
};
use domain::identity::{PersonalDetails, Role};
use serde_json::{Value, json};
use souk_tests::{Client, TestApp, TestRabbitMq, TestSmtp};

use super::{stocked, until, with_broker};

/// Orders something for cash, which is confirmed at once; answers the order.
async fn order(client: &Client, product: &str) -> Value {
    let order = json!({"payment_method": "cash", "lines": [{"product_id": product, "quantity": 2}]});
    client.post("/api/v1/orders", &order).await.created()
}

/// A customer of this name.
async fn customer(app: &TestApp, name: &str) -> Client {
    let account = NewAccount {
        email: Email::parse(&format!("{name}@example.com")).unwrap(),
        password: Secret::new("four plain words".to_owned()),
        role: Role::Customer,
        zones: Vec::new(),
        company: None,
        details: PersonalDetails::default(),
    };
    app.server.souk.identity.register_account(&Call::system(), account).await.unwrap();
    app.sign_in(&format!("{name}@example.com")).await
}

async fn dead_letters(admin: &Client) -> Vec<Value> {
    let list = admin.get("/api/v1/monitoring/dead-letters").await.ok();
    list["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_mail_server_a_confirmation_is_a_file() {
    let app = TestApp::spawn_with(|source| source.env_text("locales", "ar,en")).await;
    let (_, product) = stocked(&app).await;
    let placed = order(&customer(&app, "fatima").await, &product).await;
    let files = || -> Vec<String> {
        let folder = fs::read_dir(app.data_dir().join("mail"));
        let files = folder.into_iter().flatten().flatten().map(|file| file.path());
        let mails = files.filter(|file| file.extension() == Some(Path::new("x.eml").extension().unwrap()));
        mails.map(|file| fs::read_to_string(file).unwrap()).collect()
    };
    until("the mail is there", || async { !files().is_empty() }).await;
    let mails = files();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("To: fatima@example.com"), "{}", mails[0]);
    let mail = souk_tests::ReceivedMail { raw: mails[0].clone() };
    let text = mail.text();
    assert!(text.contains("شكراً") && text.contains(placed["id"].as_str().unwrap()), "{text}");
    assert!(text.contains("25000 IQD"), "{text}");
    // An order on account is not confirmed, so nobody is told that it was.
    let pending = json!({"payment_method": "invoice", "lines": [{"product_id": product, "quantity": 1}]});
    app.customer().await.post("/api/v1/orders", &pending).await.created();
    app.settle().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(files().len(), 1);
}

/// The mail server is away: the job is tried, given up, listed, retried when it is back; what it refuses is not tried
/// again.
async fn mails_are_retried(settings: impl FnOnce(Source) -> Source) {
    let port = TestSmtp::free_port().unwrap();
    let app = TestApp::spawn_with(|source| {
        settings(source)
            .env_text("smtp_url", &format!("smtp://127.0.0.1:{port}"))
            .env_text("mail_from", "The Shop <orders@shop.example>")
            .env_text("job_retry_delays_s", "1,1")
    })
    .await;
    let (admin, product) = stocked(&app).await;
    let fatima = customer(&app, "fatima").await;
    let placed = order(&fatima, &product).await;
    until("the job is given up", || async { dead_letters(&admin).await.len() == 1 }).await;
    let letter = dead_letters(&admin).await.remove(0);
    assert_eq!((&letter["kind"], &letter["attempts"]), (&json!("order_confirmation_mail"), &json!(3)));
    assert!(letter["error"].as_str().unwrap().contains("mail cannot be sent at present"), "{letter}");
    // By its correlation the request is found, by its event what happened.
    let events = admin.get("/api/v1/audit/events?filter[event_type]=OrderConfirmed").await.ok();
    let metadata = &events["items"][0]["metadata"];
    let event = metadata["event_id"].as_str().unwrap().replace('-', "");
    assert_eq!(letter["event_id"], format!("evt_{event}"));
    let queues = admin.get("/api/v1/monitoring/queues").await.ok();
    assert_eq!((&queues["items"][0]["dead"], &queues["items"][0]["retrying"]), (&json!(1), &json!(0)));

    let smtp = TestSmtp::start(port).await.unwrap();
    let retry = format!("/api/v1/monitoring/dead-letters/{}/retry", letter["id"].as_str().unwrap());
    fatima.post(&retry, &json!({})).await.problem(403, "forbidden");
    assert_eq!(fatima.get("/api/v1/monitoring/dead-letters").await.status, 403);
    assert_eq!(fatima.get("/api/v1/monitoring/queues").await.status, 403);
    let answer = admin.post(&retry, &json!({})).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["status"]), (202, &json!("waiting")));
    until("the mail arrives", || async { smtp.mails().unwrap().len() == 1 }).await;
    admin.post(&retry, &json!({})).await.problem(404, "operations.dead_letter_not_found");
    let mail = smtp.mails().unwrap().remove(0);
    assert_eq!(mail.header("From"), "\"The Shop\" <orders@shop.example>");
    assert_eq!(mail.header("To"), "fatima@example.com");
    let id = letter["id"].as_str().unwrap().trim_start_matches("job_");
    assert_eq!(mail.header("Message-ID"), format!("<{id}@shop.example>"));
    let text = mail.text();
    assert!(text.contains(placed["id"].as_str().unwrap()) && text.contains("2 × RICE"), "{text}");

    let refused = customer(&app, "refused").await;
    order(&refused, &product).await;
    until("the address is refused", || async { dead_letters(&admin).await.len() == 1 }).await;
    let letter = dead_letters(&admin).await.remove(0);
    assert_eq!(letter["attempts"], 1, "{letter}");
    assert!(letter["error"].as_str().unwrap().contains("refused"), "{letter}");
    pages(&app, &admin, &refused, &product).await;
    assert_eq!(smtp.mails().unwrap().len(), 1);
}

/// Dead letters come page by page.
async fn pages(app: &TestApp, admin: &Client, refused: &Client, product: &str) {
    for _ in 0..2 {
        order(refused, product).await;
    }
    app.settle().await;
    until("all are given up", || async { dead_letters(admin).await.len() == 3 }).await;
    let first = admin.get("/api/v1/monitoring/dead-letters?limit=2").await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = admin.get(&format!("/api/v1/monitoring/dead-letters?limit=2&cursor={cursor}")).await.ok();
    let ids = |page: &Value| -> Vec<Value> {
        page["items"].as_array().unwrap().iter().map(|letter| letter["id"].clone()).collect()
    };
    assert_eq!((ids(&first).len(), ids(&second).len(), &second["next_cursor"]), (2, 1, &Value::Null));
    assert!(!ids(&first).contains(&ids(&second)[0]));
    admin.get("/api/v1/monitoring/dead-letters?cursor=x").await.problem(400, "invalid-parameter");
    admin.get("/api/v1/monitoring/dead-letters?filter[kind]=x").await.problem(400, "invalid-parameter");
    assert_eq!(admin.post("/api/v1/monitoring/dead-letters/nonsense/retry", &json!({})).await.status, 400);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_broker_mails_are_retried() {
    mails_are_retried(|source| source).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_the_broker_mails_are_retried() {
    let rabbit = TestRabbitMq::start().await;
    mails_are_retried(with_broker(&rabbit)).await;
}
