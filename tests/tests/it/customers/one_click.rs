//! Ordering with one click.

use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

const PATH: &str = "/api/v1/one-click";
const CHECKOUT: &str = "/api/v1/one-click/checkout";

async fn shop() -> (TestApp, Client, String) {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("EBL").await;
    let tea = admin.product("TEA", "10000").await;
    admin.stock(&tea, &warehouse, 100).await.ok();
    (app, admin, tea)
}

async fn address(client: &Client) -> String {
    let home = json!({"recipient": "Shirin Aziz", "street": "Gulan Street 7", "city": "Erbil"});
    client.post("/api/v1/addresses", &home).await.created()["id"].as_str().unwrap().to_owned()
}

fn on() -> Value {
    json!({"enabled": true, "payment_method": "pm_Quillon"})
}

fn order(token: &Value, product: &str, expected: Option<&str>) -> Value {
    let mut order = json!({"token": token, "product_id": product, "quantity": 2});
    if let Some(amount) = expected {
        order["expected_price"] = json!({"amount": amount, "currency": "IQD"});
    }
    order
}

async fn under(client: &Client, key: &str, body: &Value) -> Reply {
    let request = client.request("POST".parse().unwrap(), CHECKOUT);
    Reply::of(request.header("Idempotency-Key", key).json(body)).await
}

#[tokio::test]
async fn one_call_orders_one_product_to_the_address_of_the_settings() {
    let (app, admin, tea) = shop().await;
    let customer = app.customer().await;
    assert_eq!(customer.get(PATH).await.ok()["enabled"], false);
    customer.put(PATH, &on()).await.problem(404, "customers.address_not_found");
    let home = address(&customer).await;
    let settings = customer.put(PATH, &on()).await.ok();
    let token = settings["token"].clone();
    assert_eq!((&settings["address_id"], token.as_str().unwrap().len()), (&json!(home), 64));
    let shown = customer.get(PATH).await.ok();
    assert_eq!(
        (&shown["enabled"], &shown["payment_method"], &shown["token"]),
        (&json!(true), &json!("pm_Quillon"), &Value::Null)
    );
    let body = order(&token, &tea, Some("20000"));
    let placed = under(&customer, "first", &body).await.created();
    assert_eq!(
        (&placed["status"], &placed["totals"]["total"]["amount"]),
        (&json!("pending"), &json!("20000"))
    );
    app.settle().await;
    let path = format!("/api/v1/orders/{}", placed["id"].as_str().unwrap());
    let seen = customer.get(&path).await.ok();
    assert_eq!(seen["delivery_address"]["street"], "Gulan Street 7", "{seen}");
    // At another price nothing is ordered; what was ordered before is answered as before.
    let price = json!({"prices": {"base": {"amount": "11000", "currency": "IQD"}}});
    admin.put(&format!("/api/v1/products/{tea}"), &price).await.ok();
    let refused = customer.post(CHECKOUT, &body).await.problem(409, "customers.price_changed");
    assert_eq!(
        (&refused["errors"][0]["numbers"]["expected"], &refused["errors"][0]["numbers"]["current"]),
        (&json!("20000"), &json!("22000"))
    );
    assert_eq!(under(&customer, "first", &body).await.created()["id"], placed["id"]);
    app.settle().await;
    assert_eq!(customer.get("/api/v1/orders?total=true").await.ok()["total"], 1);
    customer.post(CHECKOUT, &order(&token, &tea, Some("22000"))).await.created();
    let many = json!({"token": token, "product_id": tea, "quantity": 1_000});
    customer.post(CHECKOUT, &many).await.problem(409, "inventory.insufficient_stock");
}

#[tokio::test]
async fn a_token_is_given_once_and_good_for_its_owner_while_it_is_on() {
    let (app, _, tea) = shop().await;
    let (customer, thief) = (app.customer().await, app.customer().await);
    address(&customer).await;
    address(&thief).await;
    let first = customer.put(PATH, &on()).await.ok()["token"].clone();
    let second = customer.put(PATH, &on()).await.ok()["token"].clone();
    assert_ne!(first, second);
    let invalid = "customers.one_click_token_invalid";
    customer.post(CHECKOUT, &order(&first, &tea, None)).await.problem(403, invalid);
    thief.post(CHECKOUT, &order(&second, &tea, None)).await.problem(409, "customers.one_click_off");
    thief.put(PATH, &on()).await.ok();
    thief.post(CHECKOUT, &order(&second, &tea, None)).await.problem(403, invalid);
    thief.post(CHECKOUT, &order(&json!("guess"), &tea, None)).await.problem(403, invalid);
    customer.post(CHECKOUT, &order(&second, &tea, None)).await.created();
    // A repeat of the request that gave it gives it again, and no table knows it.
    let again = || async {
        let request = customer.request("PUT".parse().unwrap(), PATH);
        Reply::of(request.header("Idempotency-Key", "on").json(&on())).await.ok()
    };
    let token = again().await["token"].clone();
    assert_eq!(again().await["token"], token);
    let pool = app.server.souk.log.pool();
    let kept: i64 = sqlx::query_scalar(
        "select (select count(*) from events where payload::text like $1 or payload::text like '%Quillon%')
              + (select count(*) from commands where result::text like $1 or result::text like '%Quillon%')",
    )
    .bind(format!("%{}%", token.as_str().unwrap()))
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(kept, 0);
    let off = customer.put(PATH, &json!({"enabled": false})).await.ok();
    assert_eq!((&off["enabled"], &off["token"]), (&json!(false), &Value::Null));
    customer.post(CHECKOUT, &order(&token, &tea, None)).await.problem(409, "customers.one_click_off");
    // A card number is no reference.
    let card = json!({"enabled": true, "payment_method": "4111 1111 1111 1111"});
    let refused = customer.put(PATH, &card).await.problem(422, "invalid-request");
    assert_eq!(refused["errors"][0]["code"], "card-number");
    customer.put(PATH, &json!({"enabled": true})).await.problem(422, "invalid-request");
}
