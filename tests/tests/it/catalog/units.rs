//! Units of measure, and the packs and boxes that products are sold by.

use domain::{identity::Role, ids::CompanyId};
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

async fn unit(admin: &Client, code: &str) -> String {
    let body = json!({
        "code": code, "name": {"en": code, "ar": format!("وحدة {code}")}, "symbol": {"en": code}, "dimension": "count",
    });
    admin.post("/api/v1/units", &body).await.created()["id"].as_str().unwrap().to_owned()
}

fn selling(product: &str, unit: &str, numerator: u32, denominator: u32) -> Value {
    json!({
        "product_id": product, "unit_id": unit, "contains": {"numerator": numerator, "denominator": denominator},
    })
}

async fn add(client: &Client, body: &Value) -> Reply {
    client.post("/api/v1/product-units", body).await
}

#[tokio::test]
async fn units_are_defined_revised_and_retired() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let kilogram = json!({
        "code": "KG", "name": {"en": "kilogram", "ar": "كيلوغرام"}, "symbol": {"en": "kg", "ar": "كغم"},
        "dimension": "mass", "scale": {"numerator": 1000},
    });
    let id = admin.post("/api/v1/units", &kilogram).await.created()["id"].as_str().unwrap().to_owned();
    admin.post("/api/v1/units", &kilogram).await.problem(409, "catalog.unit_code_taken");
    let piece = unit(&admin, "EA").await;
    app.settle().await;
    let arabic = app.anonymous().get("/api/v1/units?locale=ar&total=true").await.ok();
    assert_eq!((arabic["total"].as_i64(), arabic["items"][1]["symbol"].as_str()), (Some(2), Some("كغم")));
    assert_eq!(arabic["items"][1]["scale"], json!({"numerator": 1000, "denominator": 1}));
    let path = format!("/api/v1/units/{id}");
    let renamed = json!({"name": {"en": "kilo"}, "symbol": {"en": "kg"}, "dimension": "mass", "scale": {"numerator": 1000}});
    admin.put(&path, &renamed).await.ok();
    let stale =
        admin.request(reqwest::Method::PUT, &path).header("If-Match", "\"1\"").json(&kilogram_of(&kilogram));
    Reply::of(stale).await.problem(412, "version-mismatch");
    let zero =
        json!({"name": {"en": "x"}, "symbol": {"en": "x"}, "dimension": "mass", "scale": {"numerator": 0}});
    let problem = admin.put(&path, &zero).await.problem(422, "invalid-request");
    assert_eq!(problem["errors"][0]["pointer"], "/scale");
    admin.delete(&path).await.ok();
    admin.put(&path, &renamed).await.problem(409, "catalog.unit_retired");
    let unknown = "/api/v1/units/unt_00000000000000000000000000000001";
    admin.put(unknown, &renamed).await.problem(404, "catalog.unit_not_found");
    admin.delete(unknown).await.problem(404, "catalog.unit_not_found");
    app.settle().await;
    let left = app.anonymous().get("/api/v1/units").await.ok();
    assert_eq!(left["items"].as_array().unwrap().len(), 1, "{left}");
    assert_eq!(left["items"][0]["id"], json!(piece));
    let full = admin.get("/api/v1/units?view=full").await.ok();
    assert_eq!((&full["items"][1]["retired"], &full["items"][1]["code"]), (&json!(true), &json!("KG")));
    app.anonymous().get("/api/v1/units?view=full").await.problem(403, "forbidden");
    // Its code stays its own.
    admin.post("/api/v1/units", &kilogram).await.problem(409, "catalog.unit_code_taken");
}

/// A definition without its code, as a revision wants it.
fn kilogram_of(definition: &Value) -> Value {
    let mut body = definition.clone();
    body.as_object_mut().unwrap().remove("code");
    body
}

#[tokio::test]
async fn a_product_is_sold_by_packs_and_halves_at_exact_prices() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (pack, warehouse) = (unit(&admin, "PACK").await, admin.warehouse("EBL").await);
    let product = admin.product("TEA", "0.001").await;
    admin.stock(&product, &warehouse, 35).await.ok();
    let mut dozen = selling(&product, &pack, 12, 1);
    dozen["sku"] = json!("TEA-BOX");
    dozen["barcode"] = json!("5012345678917");
    let dozen = add(&admin, &dozen).await.created()["id"].as_str().unwrap().to_owned();
    let mut half = selling(&product, &pack, 500, 1000);
    half["price"] = json!({"amount": "0.0007", "currency": "IQD"});
    half["name"] = json!({"en": "Half", "ar": "نصف"});
    add(&admin, &half).await.created();
    app.settle().await;
    let path = format!("/api/v1/product-units/product/{product}");
    let units = app.anonymous().get(&format!("{path}?locale=ar")).await.ok();
    let (half, box_of) = (&units["items"][0], &units["items"][1]);
    assert_eq!((half["name"].as_str(), half["price"]["amount"].as_str()), (Some("نصف"), Some("0.0007")));
    assert_eq!(half["contains"], json!({"numerator": 1, "denominator": 2}));
    assert_eq!((half["available"].as_i64(), half["multiple_of"].as_i64()), (Some(70), Some(2)));
    assert_eq!(
        (box_of["price"]["amount"].as_str(), &box_of["has_own_price"]),
        (Some("0.012"), &json!(false))
    );
    assert_eq!((box_of["available"].as_i64(), box_of["name"].as_str()), (Some(2), Some("وحدة PACK")));
    assert_eq!((box_of["sku"].as_str(), box_of["unit_code"].as_str()), (Some("TEA-BOX"), Some("PACK")));
    let all = app.anonymous().get("/api/v1/product-units?limit=1").await.ok();
    assert_eq!(all["items"][0]["id"], json!(dozen));
    let next = all["next_cursor"].as_str().unwrap();
    let second = app.anonymous().get(&format!("/api/v1/product-units?limit=1&cursor={next}")).await.ok();
    assert_eq!((second["items"].as_array().unwrap().len(), &second["next_cursor"]), (1, &Value::Null));
    // Twenty-four from now on, under the same code.
    let revised = json!({"unit_id": pack, "contains": {"numerator": 24}, "sku": "TEA-BOX"});
    admin.put(&format!("/api/v1/product-units/{dozen}"), &revised).await.ok();
    admin.delete(&format!("/api/v1/product-units/{dozen}")).await.ok();
    let again = admin
        .put(
            &format!("/api/v1/product-units/{dozen}"),
            &json!({"unit_id": pack, "contains": {"numerator": 6}}),
        )
        .await;
    again.problem(409, "catalog.selling_unit_retired");
    app.settle().await;
    assert_eq!(app.anonymous().get(&path).await.ok()["items"].as_array().unwrap().len(), 1);
    // What is not sold any more is sold by no unit.
    admin.delete(&format!("/api/v1/products/{product}")).await.ok();
    app.settle().await;
    app.anonymous().get(&path).await.problem(404, "catalog.product_not_found");
    assert_eq!(app.anonymous().get("/api/v1/product-units").await.ok()["items"], json!([]));
    add(&admin, &selling(&product, &pack, 3, 1)).await.problem(409, "catalog.product_discontinued");
}

#[tokio::test]
async fn a_selling_unit_takes_no_code_unit_or_currency_that_is_not_its_own() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let pack = unit(&admin, "PACK").await;
    let company = CompanyId::from_uuid(event_store::ids::uuid());
    let rival = CompanyId::from_uuid(event_store::ids::uuid());
    let zagros = admin.company(Some(company)).await;
    admin.company(Some(rival)).await;
    let tea = admin.product_of(&zagros, "TEA", "1000").await;
    let with = |name: &str, value: Value| {
        let mut body = selling(&tea, &pack, 12, 1);
        body[name] = value;
        body
    };
    let taken = add(&admin, &with("sku", json!("TEA"))).await.problem(409, "catalog.sku_taken");
    assert_eq!(taken["errors"][0]["pointer"], "/sku");
    let boxed =
        add(&admin, &with("sku", json!("TEA-BOX"))).await.created()["id"].as_str().unwrap().to_owned();
    add(&admin, &with("sku", json!("TEA-BOX"))).await.problem(409, "catalog.sku_taken");
    // Nor can a product take it, and an order by it is not an order of single pieces.
    let product = json!({"sku": "TEA-BOX", "title": {"en": "x"}, "prices": {"base": {"amount": "1", "currency": "IQD"}}});
    admin.post("/api/v1/products", &product).await.problem(409, "catalog.sku_taken");
    let order = json!({"payment_method": "cash", "lines": [{"sku": "TEA-BOX", "quantity": 1}]});
    let refused = admin.post("/api/v1/orders", &order).await;
    assert_eq!(refused.json()["errors"][0]["code"], "catalog.product_not_found", "{}", refused.json());
    let dollars = with("price", json!({"amount": "1", "currency": "USD"}));
    let problem = add(&admin, &dollars).await.problem(422, "catalog.selling_unit_currency");
    assert_eq!(problem["errors"][0]["pointer"], "/price/currency");
    let negative = with("price", json!({"amount": "-1", "currency": "IQD"}));
    add(&admin, &negative).await.problem(422, "catalog.selling_unit_negative_price");
    let nowhere = json!("unt_00000000000000000000000000000001");
    let problem = add(&admin, &with("unit_id", nowhere)).await.problem(422, "catalog.unit_unknown");
    assert_eq!(problem["errors"][0]["pointer"], "/unit_id");
    // A retired unit is used no more; what is sold by it goes on.
    admin.delete(&format!("/api/v1/units/{pack}")).await.ok();
    add(&admin, &selling(&tea, &pack, 6, 1)).await.problem(422, "catalog.unit_unknown");
    let path = format!("/api/v1/product-units/{boxed}");
    let revised = json!({"unit_id": pack, "contains": {"numerator": 10}, "sku": "TEA-BOX"});
    admin.put(&path, &revised).await.ok();
    // A vendor sees to its own products.
    let (own, other) = (
        app.account(Role::Vendor, &[], Some(company)).await,
        app.account(Role::Vendor, &[], Some(rival)).await,
    );
    own.put(&path, &json!({"unit_id": pack, "contains": {"numerator": 12}})).await.ok();
    other.put(&path, &revised).await.problem(404, "catalog.selling_unit_not_found");
    other.delete(&path).await.problem(404, "catalog.selling_unit_not_found");
    add(&other, &selling(&tea, &pack, 2, 1)).await.problem(404, "catalog.product_not_found");
}
