//! Holds: one's own, for minutes, over every restart; and nobody keeps all of the goods for ever.

use chrono::{TimeDelta, Utc};
use domain::{
    ids::{HoldId, ProductId},
    inventory::{Stock, StockCommand},
    quantity::Quantity,
};
use event_store::{Actor, CommandContext, Declined, Unit, ids};
use serde_json::json;
use souk_tests::{Client, Reply, TestApp};

use super::{figure, stock, transfer};

const PATH: &str = "/api/v1/inventory/reservations";

async fn hold(client: &Client, product: &str, units: u32) -> Reply {
    client.post(PATH, &json!({"product_id": product, "quantity": units})).await
}

fn id(reply: &Reply) -> String {
    reply.created()["id"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn a_hold_is_its_holders_alone_until_it_is_bought_or_given_back() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let depot = admin.warehouse("DEPOT").await;
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &depot, 5).await.ok();
    let (first, second) = (app.customer().await, app.customer().await);
    let held = hold(&first, &rice, 4).await;
    assert_eq!(held.created()["quantity"], 4);
    let expires_at = held.json()["expires_at"].as_str().unwrap().parse::<chrono::DateTime<Utc>>().unwrap();
    assert!(
        expires_at > ids::now() + TimeDelta::minutes(14) && expires_at < ids::now() + TimeDelta::minutes(16)
    );
    let held = id(&held);
    second.order(&[(&rice, 2)]).await.problem(409, "inventory.insufficient_stock");
    hold(&second, &rice, 2).await.problem(409, "inventory.insufficient_stock");
    second.delete(&format!("{PATH}/{held}")).await.problem(404, "inventory.hold_not_found");
    let line = json!({"lines": [{"product_id": rice, "quantity": 5, "hold_id": held}]});
    second.post("/api/v1/orders", &line).await.problem(409, "inventory.hold_not_found");
    let order = first.post("/api/v1/orders", &line).await;
    order.created();
    let now = stock(&admin, &rice, &order).await;
    assert_eq!((figure(&now, &depot, "reserved"), figure(&now, &depot, "held")), (5, 0));
    first.delete(&format!("{PATH}/{held}")).await.problem(404, "inventory.hold_not_found");
}

#[tokio::test]
async fn held_units_are_given_back_and_stay_where_they_are_meanwhile() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (depot, shop) = (admin.warehouse("DEPOT").await, admin.warehouse("SHOP").await);
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &depot, 5).await.ok();
    let customer = app.customer().await;
    let held = id(&hold(&customer, &rice, 4).await);
    let none = json!({});
    transfer(&admin, &rice, [&depot, &shop], 2, &none).await.problem(409, "inventory.exceeds_available");
    let released = customer.delete(&format!("{PATH}/{held}")).await;
    assert_eq!(released.status, 204);
    assert_eq!(stock(&admin, &rice, &released).await["held"], 0);
    transfer(&admin, &rice, [&depot, &shop], 5, &none).await.ok();
    let body = json!({"product_id": rice, "quantity": 1, "minutes": 61});
    customer.post(PATH, &body).await.problem(422, "invalid-request");
}

/// Found in Spree's source: each line is tested against one stock level, so 6 + 4 units cannot hold 10.
#[tokio::test]
async fn complaint_spree_six_and_four_units_in_two_warehouses_hold_ten() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (depot, shop) = (admin.warehouse("DEPOT").await, admin.warehouse("SHOP").await);
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &depot, 6).await.ok();
    admin.stock(&rice, &shop, 4).await.ok();
    let held = hold(&app.customer().await, &rice, 10).await;
    held.created();
    let now = stock(&admin, &rice, &held).await;
    assert_eq!((figure(&now, &depot, "held"), figure(&now, &shop, "held")), (6, 4));
}

/// saleor#11168, saleor#543: stock that is locked while somebody pays is locked for everybody.
#[tokio::test]
async fn complaint_saleor_a_hold_ends_by_itself_and_its_holder_has_to_let_others() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let depot = admin.warehouse("DEPOT").await;
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &depot, 100).await.ok();
    let customer = app.customer().await;
    let mut holds = Vec::new();
    for _ in 0..20 {
        holds.push(id(&hold(&customer, &rice, 1).await));
    }
    let problem = hold(&customer, &rice, 1).await.problem(409, "inventory.too_many_holds");
    assert_eq!(problem["errors"][0]["numbers"]["max_holds"], 20);
    assert_eq!(customer.delete(&format!("{PATH}/{}", holds[7])).await.status, 204);
    hold(&customer, &rice, 1).await.created();
    // Others are not in the way of each other.
    hold(&app.customer().await, &rice, 1).await.created();
}

#[tokio::test]
async fn a_program_holds_for_itself() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let depot = admin.warehouse("DEPOT").await;
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &depot, 9).await.ok();
    let mut programs = Vec::new();
    for name in ["till", "kiosk"] {
        let key =
            admin.post("/api/v1/api-keys", &json!({"name": name, "scopes": ["hold_stock"]})).await.created();
        let text = |name: &str| key[name].as_str().unwrap().to_owned();
        programs.push(app.anonymous().with_key(&text("id"), &text("secret")));
    }
    let held = id(&hold(&programs[0], &rice, 3).await);
    programs[1].delete(&format!("{PATH}/{held}")).await.problem(404, "inventory.hold_not_found");
    let customer = app.customer().await;
    customer.delete(&format!("{PATH}/{held}")).await.problem(404, "inventory.hold_not_found");
    assert_eq!(programs[0].delete(&format!("{PATH}/{held}")).await.status, 204);
}

/// The hold is written as if its node had died an hour ago; whichever node starts next ends it.
#[tokio::test]
async fn a_hold_that_expired_while_no_node_ran_is_released_by_the_next() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let depot = admin.warehouse("DEPOT").await;
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &depot, 5).await.ok();
    let product: ProductId = rice.parse().unwrap();
    let hold = HoldId::from_uuid(ids::uuid());
    let began = ids::now() - TimeDelta::hours(1);
    let expires_at = began + TimeDelta::minutes(10);
    let holder = format!("{}//{}", product.stream(), expires_at.timestamp_millis());
    let unit = Unit::new(CommandContext::new(Actor::SYSTEM)).claims("hold", &hold.stream());
    app.server
        .souk
        .log
        .execute(unit, move |decision| -> Result<(), Declined<()>> {
            let command = StockCommand::Hold {
                hold,
                quantity: Quantity::new(3).unwrap(),
                preferred: Vec::new(),
                expires_at,
                now: began,
            };
            decision.decide::<Stock>(&product.stream(), command)?.unwrap();
            decision.claim("hold", &hold.stream(), &holder)?;
            Ok(())
        })
        .await
        .unwrap();
    let next = app.beside(|source| source).await;
    let mut held = 3;
    for _ in 0..200 {
        next.settle().await;
        held = figure(&admin.get(&format!("/api/v1/inventory/stock/{rice}")).await.ok(), &depot, "held");
        if held == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(held, 0);
}
