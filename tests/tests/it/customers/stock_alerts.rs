//! Waiting for products that are out of stock.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

use crate::identity::mailbox;

async fn post(client: &Client, path: &str) -> Reply {
    Reply::of(client.request("POST".parse().unwrap(), path)).await
}

fn path(product: &str) -> String {
    format!("/api/v1/notify-me/{product}")
}

async fn email(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.ok()["email"].as_str().unwrap().to_owned()
}

async fn own(app: &TestApp, client: &Client) -> Vec<Value> {
    app.settle().await;
    let list = client.get("/api/v1/notify-me/my-subscriptions").await.ok();
    list["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn whoever_waits_gets_one_mail_when_it_is_back() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (warehouse, tea) = (admin.warehouse("EBL").await, admin.product("TEA", "10").await);
    let (one, other, gone) = (app.customer().await, app.customer().await, app.customer().await);
    for client in [&one, &other, &gone, &one] {
        assert_eq!(post(client, &path(&tea)).await.ok()["waiting"], true);
    }
    other.delete(&path(&tea)).await.ok();
    let check = format!("/api/v1/notify-me/check/{tea}");
    assert_eq!(one.get(&check).await.ok()["waiting"], true);
    assert_eq!(other.get(&check).await.ok()["waiting"], false);
    assert_eq!((own(&app, &one).await.len(), own(&app, &other).await.len()), (1, 0));
    // Whoever is erased vanishes from every list, and is told nothing.
    let person = gone.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned();
    let address = email(&gone).await;
    gone.delete(&format!("/api/v1/users/{person}")).await.ok();
    app.settle().await;
    let requests = format!("/api/v1/notify-me/product/{tea}/requests?total=true");
    let waiting = admin.get(&requests).await.ok();
    assert_eq!((&waiting["total"], &waiting["items"][0]["served_at"]), (&json!(1), &Value::Null));
    let stats = admin.get("/api/v1/notify-me/stats").await.ok();
    assert_eq!((&stats["items"][0]["product_id"], &stats["items"][0]["waiting"]), (&json!(tea), &json!(1)));
    let notify = format!("/api/v1/notify-me/product/{tea}/notify");
    admin.post(&notify, &json!({})).await.problem(409, "customers.product_out_of_stock");
    // It comes back by several movements at once.
    for reply in join_all((0..5).map(|_| admin.stock(&tea, &warehouse, 2))).await {
        reply.ok();
    }
    let mail = mailbox::mail(&app, &email(&one).await, 1).await;
    assert!(mail.text().contains("TEA") || mail.text().contains("Tea"), "{}", mail.text());
    let refused = post(&other, &path(&tea)).await.problem(409, "customers.product_in_stock");
    assert_eq!(refused["errors"][0]["numbers"]["available"], 10);
    mailbox::all_sent(&app).await;
    assert_eq!(admin.post(&notify, &json!({})).await.ok()["served"], 0);
    // What was delivered twice is told once.
    let pool = app.server.souk.log.pool();
    let again = "update jobs set state = 'waiting', round = round + 1, attempts = 0 where kind = 'serve_stock_alerts'";
    sqlx::query(again).execute(pool).await.unwrap();
    mailbox::all_sent(&app).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(mailbox::mails_to(&app, &email(&one).await).len(), 1);
    assert_eq!(mailbox::mails_to(&app, &address).len(), 0);
    assert_eq!(mailbox::mails_to(&app, &email(&other).await).len(), 0);
    assert!(own(&app, &one).await[0]["served_at"].is_string());
    assert_eq!(admin.delete("/api/v1/notify-me/clear-notified").await.status, 204);
    assert!(own(&app, &one).await.is_empty());
    // It is told to whom it belongs, with everything else, and to nobody else.
    let me = one.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned();
    let export = one.get(&format!("/api/v1/users/{me}/data-export")).await.ok();
    assert!(!export["history"].to_string().contains(&person.replace("usr_", "")));
}

#[tokio::test]
async fn a_cancelled_order_brings_it_back_and_an_administrator_may_tell_at_once() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (warehouse, tea) = (admin.warehouse("EBL").await, admin.product("TEA", "10").await);
    admin.stock(&tea, &warehouse, 2).await.ok();
    let (buyer, waiting) = (app.customer().await, app.customer().await);
    let order = buyer.order(&[(&tea, 2)]).await.created()["id"].as_str().unwrap().to_owned();
    post(&waiting, &path(&tea)).await.ok();
    let unknown = "prd_0190c7a2000070008000000000000001";
    post(&waiting, &path(unknown)).await.problem(404, "catalog.product_not_found");
    let export = waiting.get("/api/v1/auth/me").await.ok();
    let export = format!("/api/v1/users/{}/data-export", export["id"].as_str().unwrap());
    app.settle().await;
    let history = waiting.get(&export).await.ok()["history"].clone();
    let asked = |event: &&Value| event["type"] == "StockAlertRequested";
    assert_eq!(history.as_array().unwrap().iter().filter(asked).count(), 1);
    let cancel = format!("/api/v1/orders/{order}/cancel");
    buyer.put(&cancel, &json!({"reason": "a slip"})).await.ok();
    mailbox::mail(&app, &email(&waiting).await, 1).await;
}
