//! Ids of others: in the path, in the query, in the body. What one may not see does not exist.

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::Reply;

use crate::{
    identity::world::{World, address, fresh},
    security::support::{faults::Faults, marketplace::Marketplace},
};

/// Somebody names what is somebody else's: what that is, who, the method, where, with what.
type Attempt = (&'static str, &'static str, Method, String, Value);

fn about_orders(world: &World) -> Vec<Attempt> {
    let owner = world.caller("owner").id.as_str();
    let line = json!([{"product_id": world.honey, "quantity": 1}]);
    let held = json!([{
        "product_id": world.honey, "quantity": 1, "hold_id": "hld_0190c7a2000070008000000000000001",
    }]);
    let orders = || "orders".to_owned();
    let for_owner = json!({"zone": "erbil", "customer_id": owner, "lines": line});
    let to_owner = json!({"address_id": world.address, "lines": line});
    let elsewhere = json!({"zone": "basra", "customer_id": world.shop_in_basra, "lines": line});
    let back = json!({"lines": [{"line": 1, "quantity": 1}], "reason": "mine now"});
    let returns = format!("orders/{}/returns", world.delivered);
    let quote = json!({"customer_id": owner, "lines": line});
    vec![
        ("an order for another customer", "strange", Method::POST, orders(), for_owner),
        ("an order to another's address", "strange", Method::POST, orders(), to_owner),
        (
            "an order with another's hold",
            "strange",
            Method::POST,
            orders(),
            json!({"zone": "erbil", "lines": held}),
        ),
        ("an order of another zone", "zone", Method::POST, orders(), elsewhere),
        ("a quote for another customer", "strange", Method::POST, "promotions/preview".to_owned(), quote),
        ("a return of another's order", "strange", Method::POST, returns, back),
    ]
}

fn about_people(world: &World) -> Vec<Attempt> {
    let owner = world.caller("owner").id.as_str();
    let book = format!("addresses/{}", world.address);
    let profile = json!({"display_name": "Eve"});
    let shop = format!("admins/shop-owners/{owner}/active");
    vec![
        ("an address of another's", "strange", Method::PUT, book.clone(), address()),
        ("another's address", "strange", Method::DELETE, book.clone(), Value::Null),
        ("another's default", "strange", Method::PATCH, format!("{book}/default"), Value::Null),
        ("another's profile", "strange", Method::PUT, format!("users/{owner}"), profile),
        ("another's account", "strange", Method::DELETE, format!("users/{owner}"), Value::Null),
        (
            "all that is held about another",
            "strange",
            Method::GET,
            format!("users/{owner}/data-export"),
            Value::Null,
        ),
        ("a shop owner of another zone", "other", Method::PATCH, shop, json!({"active": false})),
    ]
}

fn about_goods(world: &World) -> Vec<Attempt> {
    let stock = |product: &str| json!({"product_id": product, "warehouse_id": world.warehouse, "delta": 5, "reason": "mine now"});
    let price = json!({"amount": "1", "currency": "IQD"});
    let stolen = json!({
        "sku": fresh("STOLEN"), "title": {"en": "x"}, "company_id": world.company, "prices": {"base": price},
    });
    let cheap = json!({"prices": {"base": price}});
    let moved = json!({"company_id": world.company});
    let rows = json!({"mode": "all_or_nothing", "rows": [stock(&world.jam)]});
    let elsewhere = json!({"code": fresh("W"), "name": {"en": "x"}, "zones": ["basra"]});
    let update = || "inventory/stock/update".to_owned();
    let of = |kind: &str, id: &str| format!("{kind}/{id}");
    vec![
        ("a product for another company", "rival", Method::POST, "products".to_owned(), stolen),
        ("another company's price", "rival", Method::PUT, of("products", &world.honey), cheap),
        ("another company's product", "rival", Method::DELETE, of("products", &world.honey), Value::Null),
        ("one's own product for another company", "rival", Method::PUT, of("products", &world.jam), moved),
        ("another company's stock", "rival", Method::PATCH, update(), stock(&world.honey)),
        ("stock of another zone's warehouse", "other", Method::PATCH, update(), stock(&world.jam)),
        ("stock of another zone in a row", "other", Method::PATCH, "inventory/bulk-update".to_owned(), rows),
        ("a warehouse for another zone", "zone", Method::POST, "warehouses".to_owned(), elsewhere),
        ("a payout of another company", "rival", Method::GET, of("payouts", &world.payout), Value::Null),
        (
            "another company's figures",
            "rival",
            Method::GET,
            of("companies", &world.company) + "/stats",
            Value::Null,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v8_2_2_what_is_anothers_cannot_be_named_in_path_or_body() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    let world = &town.world;
    let stock = async || world.admin().get(&format!("/api/v1/inventory/stock/{}", world.jam)).await.ok();
    let before = stock().await;
    let attempts = about_orders(world).into_iter().chain(about_people(world)).chain(about_goods(world));
    for (what, caller, method, path, body) in attempts {
        let sent = world.caller(caller).client.request(method, &format!("/api/v1/{path}"));
        let sent = sent.header("Idempotency-Key", fresh("K"));
        let reply = Reply::of(if body.is_null() { sent } else { sent.json(&body) }).await;
        let is_refused = matches!(reply.status.as_u16(), 403 | 404 | 409 | 422);
        faults.unless(is_refused, || format!("{what}: {} {}", reply.status, reply.json()));
    }
    world.app.settle().await;
    faults.unless(stock().await == before, || "stock of another zone has changed".to_owned());
    let honey = world.admin().get(&format!("/api/v1/products/{}", world.honey)).await.ok();
    faults.unless(honey["base_price"]["amount"] == "10000", || format!("{honey}"));
    faults.none();
}

/// Filters, searches and other parameters of lists that could widen what one sees.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v8_2_2_what_is_anothers_cannot_be_asked_for_in_a_query() {
    let town = Marketplace::open().await;
    let world = &town.world;
    let owner = &world.caller("owner").id;
    let mut faults = Faults::default();
    for (caller, path, hidden) in [
        ("strange", format!("/api/v1/orders?filter[customer]={owner}"), &world.order),
        (
            "strange",
            format!("/api/v1/orders?filter[zone]=erbil&filter[company]={}", world.company),
            &world.order,
        ),
        ("other", "/api/v1/orders?filter[zone]=erbil".to_owned(), &world.order),
        ("other", format!("/api/v1/orders?filter[customer]={owner}"), &world.order),
        ("rival", format!("/api/v1/orders?filter[company]={}", world.company), &world.order),
        ("other", "/api/v1/users?filter[zone]=erbil".to_owned(), owner),
        ("other", "/api/v1/customers?filter[zone]=erbil".to_owned(), owner),
        ("other", "/api/v1/admins/shop-owners?filter[zone]=erbil".to_owned(), owner),
        (
            "other",
            format!("/api/v1/inventory/history?filter[warehouse]={}", world.warehouse),
            &world.warehouse,
        ),
        ("other", format!("/api/v1/inventory/history?filter[order]={}", world.order), &world.order),
        (
            "other",
            format!("/api/v1/inventory/low-stock?filter[warehouse]={}", world.warehouse),
            &world.warehouse,
        ),
        ("rival", format!("/api/v1/payouts?filter[company]={}", world.company), &world.payout),
        ("rival", format!("/api/v1/settlements?filter[company]={}", world.company), &world.settlement),
        ("rival", format!("/api/v1/inventory/stock/{}", world.honey), &world.warehouse),
    ] {
        let client = &world.caller(caller).client;
        let reply = client.get(&path).await;
        let text = reply.json().to_string();
        // A refusal may repeat the id that it was asked for.
        let shows = reply.status.is_success() && text.contains(hidden.as_str());
        faults.unless(!shows, || format!("{path} shows {hidden} to {caller}"));
        let total = client
            .get(&format!("{path}{}total=true", if path.contains('?') { '&' } else { '?' }))
            .await
            .json();
        faults.unless(total["total"].as_u64().unwrap_or(0) == 0, || {
            format!("{path} counts for {caller}: {total}")
        });
    }
    // A cursor of somebody who sees more shows no more.
    let cursor = world.admin().get("/api/v1/orders?limit=1").await.ok()["next_cursor"].clone();
    if let Some(cursor) = cursor.as_str() {
        let path = format!("/api/v1/orders?limit=200&cursor={cursor}");
        let list = world.caller("strange").client.get(&path).await.ok();
        faults.unless(list["items"] == json!([]), || format!("a stolen cursor shows {list}"));
    }
    faults.none();
}

/// What is not there and what is not for the caller look the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v8_2_2_what_is_anothers_looks_like_what_is_not_there() {
    let town = Marketplace::open().await;
    let world = &town.world;
    let mut faults = Faults::default();
    for (caller, path, id) in [
        ("strange", "/api/v1/orders/{}", &world.order),
        ("strange", "/api/v1/orders/{}/history", &world.order),
        ("strange", "/api/v1/addresses/{}", &world.address),
        ("strange", "/api/v1/users/{}", &world.caller("owner").id),
        ("other", "/api/v1/orders/{}", &world.order),
        ("other", "/api/v1/warehouses/{}", &world.warehouse),
        ("other", "/api/v1/users/{}", &world.caller("owner").id),
        ("rival", "/api/v1/orders/{}", &world.order),
        ("rival", "/api/v1/payouts/{}", &world.payout),
        ("rival", "/api/v1/settlements/{}", &world.settlement),
        ("rival", "/api/v1/products/{}/history", &world.honey),
    ] {
        let client = &world.caller(caller).client;
        let hidden = client.get(&path.replace("{}", id)).await;
        let absent = client.get(&path.replace("{}", &format!("{}{}", &id[..4], "0".repeat(32)))).await;
        let shown = |reply: &Reply| {
            let mut body = reply.json();
            body["request_id"] = Value::Null;
            (reply.status.as_u16(), body)
        };
        let (hidden, absent) = (shown(&hidden), shown(&absent));
        faults.unless(hidden == absent && hidden.0 == 404, || {
            format!("{path} as {caller}: {hidden:?}, {absent:?}")
        });
    }
    faults.none();
}
