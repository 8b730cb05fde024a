//! Things are put into an account's cart, changed and taken out.

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::Reply;

use super::{Shopper, codes, dinars, held, item, shop};

#[tokio::test]
async fn a_cart_is_filled_changed_and_emptied() {
    let (app, _, [tea, rice]) = shop().await;
    let shopper = Shopper::of(&app.customer().await);
    let empty = shopper.cart().await;
    assert_eq!((&empty["id"], &empty["items"], &empty["totals"]), (&Value::Null, &json!([]), &Value::Null));
    assert_eq!((&empty["is_valid"], codes(&empty["warnings"])), (&json!(false), vec!["cart.empty"]));

    let added = shopper.add(&tea, 2).await;
    let body = added.ok();
    assert_eq!((&body["item"]["quantity"], &body["cart_token"]), (&json!(2), &Value::Null));
    assert!(!added.position().is_empty() && !added.headers.contains_key("set-cookie"));
    shopper.add(&rice, 4).await.ok();
    let again = shopper.add(&tea, 1).await.ok();
    assert_eq!((&again["item_count"], &again["item"]), (&json!(2), &json!({"id": tea, "quantity": 3})));
    let by_sku = shopper.check("/items", json!({"sku": "TEA", "quantity": 2})).await.ok();
    assert_eq!(by_sku["item"], json!({"id": tea, "quantity": 5}));

    let cart = shopper.cart().await;
    assert_eq!(held(&cart), [(tea.as_str(), 5), (rice.as_str(), 4)]);
    assert_eq!((&cart["totals"]["total"], &cart["is_valid"]), (&dinars("60000"), &json!(true)));
    let line = &cart["items"][0];
    assert_eq!((&line["sku"], &line["product_id"]), (&json!("TEA"), &json!(tea)));
    assert_eq!((&line["added_price"], &line["unit_price"]), (&line["unit_price"], &dinars("10000")));
    assert_eq!(line["total"], dinars("50000"));

    assert_eq!(shopper.set(&tea, 1).await.ok()["item"], json!({"id": tea, "quantity": 1}));
    assert_eq!(shopper.remove(&rice).await.ok()["item_count"], 1);
    shopper.remove(&rice).await.problem(404, "cart.item_not_found");
    shopper.set(&rice, 1).await.problem(404, "cart.item_not_found");
    assert_eq!(held(&shopper.cart().await), [(tea.as_str(), 1)]);
    assert_eq!(shopper.send(Method::DELETE, "", None).await.ok()["item_count"], 0);
    assert_eq!(held(&shopper.cart().await), []);
    shopper.send(Method::DELETE, "", None).await.ok();
}

#[tokio::test]
async fn what_cannot_be_put_in_is_refused_with_its_reason() {
    let (app, admin, [tea, rice]) = shop().await;
    let shopper = Shopper::of(&app.customer().await);
    let unknown = shopper.add("prd_00000000000000000000000000000001", 1).await;
    let problem = unknown.problem(422, "catalog.product_not_found");
    assert_eq!(problem["errors"][0]["pointer"], "/product_id");
    admin.delete(&format!("/api/v1/products/{rice}")).await.ok();
    shopper.add(&rice, 1).await.problem(409, "catalog.product_discontinued");
    shopper.add(&tea, 0).await.problem(422, "invalid-request");
    shopper.check("/items", json!({"quantity": 1})).await.problem(422, "invalid-request");
    let both = json!({"product_id": tea, "sku": "TEA", "quantity": 1});
    shopper.check("/items", both).await.problem(422, "invalid-request");
    let many = shopper.add(&tea, 1_000_001).await.problem(422, "cart.quantity_too_large");
    assert_eq!(
        (&many["errors"][0]["pointer"], &many["errors"][0]["numbers"]["max"]),
        (&json!("/quantity"), &json!(1_000_000))
    );
    shopper.add(&tea, 4_294_967_295).await.problem(422, "cart.quantity_too_large");
    shopper.set("tea", 1).await.problem(400, "invalid-id");
    assert_eq!(held(&shopper.cart().await), []);
    let reply = shopper.send(Method::GET, "?colour=red", None).await;
    reply.problem(400, "invalid-parameter");
    shopper.send(Method::GET, "?zone=a&zone=b", None).await.problem(400, "invalid-parameter");
    // An analyst reads figures, and has no cart.
    let analyst = app.account(domain::identity::Role::Analyst, &[], None).await;
    Shopper::of(&analyst).add(&tea, 1).await.problem(403, "permission_denied");
    analyst.get("/api/v1/cart").await.problem(403, "permission_denied");
}

#[tokio::test]
async fn a_repeat_under_its_key_adds_nothing() {
    let (app, _, [tea, _]) = shop().await;
    let customer = app.customer().await;
    let send = |quantity: u32| {
        let request = customer.request(Method::POST, "/api/v1/cart/items");
        Reply::of(request.header("Idempotency-Key", "the-same").json(&item(&tea, quantity)))
    };
    let (first, again) = (send(2).await, send(2).await);
    assert_eq!(first.ok(), again.ok());
    assert_eq!(again.header("idempotent-replayed"), "true");
    send(3).await.problem(422, "idempotency-key-reused");
    assert_eq!(held(&Shopper::of(&customer).cart().await), [(tea.as_str(), 2)]);
}

#[tokio::test]
async fn a_changed_price_is_told_and_counts() {
    let (app, admin, [tea, rice]) = shop().await;
    let shopper = Shopper::of(&app.customer().await);
    shopper.add(&tea, 2).await.ok();
    shopper.add(&rice, 1).await.ok();
    let dearer = json!({"prices": {"base": {"amount": "12000", "currency": "IQD"}}});
    admin.put(&format!("/api/v1/products/{tea}"), &dearer).await.ok();
    admin.delete(&format!("/api/v1/products/{rice}")).await.ok();
    // Nothing is waited for: the cart sees all that was done.
    let cart = shopper.cart().await;
    assert_eq!(codes(&cart["warnings"]), ["cart.price_changed", "catalog.product_discontinued"]);
    let changed = &cart["warnings"][0];
    assert_eq!((&changed["item_id"], &changed["blocks_order"]), (&json!(tea), &json!(false)));
    assert_eq!(
        (&changed["numbers"]["added_price"], &changed["numbers"]["unit_price"]),
        (&json!("10000"), &json!("12000"))
    );
    assert_eq!(
        (&cart["items"][0]["added_price"], &cart["items"][0]["unit_price"]),
        (&dinars("10000"), &dinars("12000"))
    );
    assert_eq!((&cart["items"][1]["unit_price"], &cart["items"][1]["sku"]), (&Value::Null, &json!("RICE")));
    assert_eq!((&cart["totals"]["total"], &cart["is_valid"]), (&dinars("24000"), &json!(false)));
    let issues = shopper.check("/validate", json!({})).await.ok();
    assert_eq!((&issues["is_valid"], &issues["issues"]), (&json!(false), &cart["warnings"]));
}
