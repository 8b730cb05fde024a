//! Attributes: defined once, held to by every product, offered as filters.

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

async fn define(admin: &Client, body: &Value) -> String {
    admin.post("/api/v1/attributes", body).await.created()["id"].as_str().unwrap().to_owned()
}

fn colour() -> Value {
    json!({
        "code": "colour", "label": {"en": "Colour", "ar": "اللون"}, "kind": "choice", "filterable": true,
        "options": [
            {"code": "red", "label": {"en": "Red", "ar": "أحمر"}}, {"code": "blue", "label": {"en": "Blue"}},
        ],
    })
}

fn of_kind(code: &str, kind: &str) -> Value {
    json!({"code": code, "label": {"en": code}, "kind": kind})
}

async fn register(admin: &Client, sku: &str, attributes: Value, categories: &[&str]) -> Reply {
    let body = json!({
        "sku": sku, "title": {"en": sku}, "prices": {"base": {"amount": "1000", "currency": "IQD"}},
        "attributes": attributes, "categories": categories,
    });
    admin.post("/api/v1/products", &body).await
}

#[tokio::test]
async fn attributes_are_defined_revised_and_retired() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let id = define(&admin, &colour()).await;
    admin.post("/api/v1/attributes", &colour()).await.problem(409, "catalog.attribute_code_taken");
    let mut weight = of_kind("weight", "number");
    weight["unit"] = json!({"en": "kg", "ar": "كغم"});
    define(&admin, &weight).await;
    let list = app.anonymous().get("/api/v1/attributes?locale=ar").await;
    let items = list.ok()["items"].clone();
    assert_eq!((&items[0]["label"], &items[1]["unit"]), (&json!("اللون"), &json!("كغم")));
    assert_eq!(items[0]["options"][0], json!({"code": "red", "label": "أحمر"}));
    assert_eq!(list.header("etag"), "\"2\"");
    let path = format!("/api/v1/attributes/{id}");
    let mut wider = colour();
    wider.as_object_mut().unwrap().remove("code");
    wider["options"].as_array_mut().unwrap().push(json!({"code": "green", "label": {"en": "Green"}}));
    let stale = admin.request(Method::PUT, &path).header("If-Match", "\"1\"").json(&wider);
    Reply::of(stale).await.problem(412, "version-mismatch");
    admin.put(&path, &wider).await.ok();
    let text = json!({"label": {"en": "Colour"}, "kind": "text"});
    admin.put(&path, &text).await.problem(422, "catalog.attribute_kind_changed");
    for (body, pointer) in [
        (json!({"code": "x", "label": {"en": "x"}, "kind": "colour"}), "/kind"),
        (json!({"code": "x", "label": {}, "kind": "text"}), "/label"),
        (json!({"code": "x", "label": {"en": "x"}, "kind": "text", "unit": {"en": "kg"}}), "/unit"),
        (json!({"code": "x", "label": {"en": "x"}, "kind": "text", "options": []}), "/options"),
        (json!({"code": "x", "label": {"en": "x"}, "kind": "text", "categories": ["x"]}), "/categories/0"),
    ] {
        let problem = admin.post("/api/v1/attributes", &body).await.problem(422, "invalid-request");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let bare = of_kind("x", "choice");
    admin.post("/api/v1/attributes", &bare).await.problem(422, "catalog.attribute_option_count");
    let mut elsewhere = of_kind("x", "text");
    elsewhere["categories"] = json!(["cat_0190c7a2000070008000000000000001"]);
    admin.post("/api/v1/attributes", &elsewhere).await.problem(422, "catalog.category_unknown");
    admin.delete(&path).await.ok();
    admin.delete(&path).await.ok();
    admin.put(&path, &wider).await.problem(409, "catalog.attribute_retired");
    admin
        .delete("/api/v1/attributes/atr_0190c7a2000070008000000000000001")
        .await
        .problem(404, "catalog.attribute_not_found");
    let left = app.anonymous().get("/api/v1/attributes").await.ok();
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
    let full = admin.get("/api/v1/attributes?view=full").await.ok();
    assert_eq!(
        (&full["items"][0]["retired"], &full["items"][0]["labels"]["ar"]),
        (&json!(true), &json!("اللون"))
    );
    app.anonymous().get("/api/v1/attributes?view=full").await.problem(403, "forbidden");
    app.anonymous().get("/api/v1/attributes?kind=text").await.problem(400, "invalid-parameter");
}

#[tokio::test]
async fn a_product_has_the_attributes_that_are_defined_and_no_others() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let red = define(&admin, &colour()).await;
    for (code, kind) in [("weight", "number"), ("organic", "boolean"), ("maker", "text")] {
        define(&admin, &of_kind(code, kind)).await;
    }
    for (attributes, code, pointer) in [
        (json!({"size": "L"}), "catalog.attribute_unknown", "/attributes/size"),
        (json!({"colour": "green"}), "catalog.attribute_ill_typed", "/attributes/colour"),
        (json!({"weight": "1e3"}), "catalog.attribute_ill_typed", "/attributes/weight"),
        (json!({"organic": "yes"}), "catalog.attribute_ill_typed", "/attributes/organic"),
        (json!({"maker": true}), "catalog.attribute_ill_typed", "/attributes/maker"),
        (json!({"maker": "a\u{0}"}), "invalid-request", "/attributes/maker"),
    ] {
        let problem = register(&admin, "TEA", attributes, &[]).await.problem(422, code);
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    // A float is no decimal.
    assert_eq!(register(&admin, "TEA", json!({"weight": 1.5}), &[]).await.status.as_u16(), 422);
    let all = json!({"colour": "red", "weight": "0.250", "organic": true, "maker": "Zagros"});
    let tea = register(&admin, "TEA", all.clone(), &[]).await.created()["id"].as_str().unwrap().to_owned();
    app.settle().await;
    let path = format!("/api/v1/products/{tea}");
    assert_eq!(app.anonymous().get(&path).await.ok()["attributes"], all);
    // What it has already stays when the definition goes; another value does not come in.
    admin.delete(&format!("/api/v1/attributes/{red}")).await.ok();
    let revise = |attributes: Value| json!({"title": {"en": "Black tea"}, "attributes": attributes});
    admin.put(&path, &revise(json!({"colour": "red"}))).await.ok();
    let blue = revise(json!({"colour": "blue"}));
    admin.put(&path, &blue).await.problem(422, "catalog.attribute_unknown");
    app.settle().await;
    assert_eq!(app.anonymous().get(&path).await.ok()["attributes"], json!({"colour": "red"}));
    let only_price = json!({"prices": {"base": {"amount": "2000", "currency": "IQD"}}});
    admin.put(&path, &only_price).await.ok();
}

#[tokio::test]
async fn what_is_required_is_asked_of_products_of_its_categories_and_those_below() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let category = |name: &str, parent: Option<String>| {
        let body = json!({"name": {"en": name}, "parent_id": parent});
        let admin = admin.clone();
        async move {
            let made = admin.post("/api/v1/categories", &body).await.created();
            made["id"].as_str().unwrap().to_owned()
        }
    };
    let food = category("Food", None).await;
    let rice = category("Rice", Some(food.clone())).await;
    let tools = category("Tools", None).await;
    let mut origin = of_kind("origin", "text");
    origin["required"] = json!(true);
    origin["categories"] = json!([food]);
    define(&admin, &origin).await;
    register(&admin, "HAMMER", json!({}), &[&tools]).await.created();
    let problem = register(&admin, "RICE", json!({}), &[&rice]).await;
    let problem = problem.problem(422, "catalog.attribute_missing");
    assert_eq!(problem["errors"][0]["pointer"], "/attributes/origin");
    let here = json!({"origin": "Anbar"});
    register(&admin, "SAW", here.clone(), &[&tools]).await.problem(422, "catalog.attribute_for_others");
    let made = register(&admin, "RICE", here, &[&rice]).await.created();
    let path = format!("/api/v1/products/{}", made["id"].as_str().unwrap());
    let without = json!({"title": {"en": "Rice"}, "categories": [rice]});
    admin.put(&path, &without).await.problem(422, "catalog.attribute_missing");
}

#[tokio::test]
async fn searches_count_and_filter_by_attributes_that_are_filterable() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    define(&admin, &colour()).await;
    define(&admin, &of_kind("maker", "text")).await;
    for (sku, attributes) in [
        ("CUP-1", json!({"colour": "red", "maker": "Zagros"})),
        ("CUP-2", json!({"colour": "red"})),
        ("CUP-3", json!({"colour": "blue"})),
        ("CUP-4", json!({})),
    ] {
        register(&admin, sku, attributes, &[]).await.created();
    }
    app.settle().await;
    let found = app.anonymous().get("/api/v1/products/search?q=cup&facets=true").await.ok();
    let wanted = json!({"colour": [{"value": "red", "count": 2}, {"value": "blue", "count": 1}]});
    assert_eq!(found["facets"]["attributes"], wanted);
    let red =
        app.anonymous().get("/api/v1/products/search?q=cup&filter[attribute]=colour:red&total=true").await;
    assert_eq!(red.ok()["total"], 2);
    let listed = app.anonymous().get("/api/v1/products?filter[attribute]=colour:blue").await.ok();
    assert_eq!(listed["items"][0]["sku"], "CUP-3");
    app.anonymous()
        .get("/api/v1/products?filter[attribute]=red")
        .await
        .problem(400, "invalid-parameter");
}
