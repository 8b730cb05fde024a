//! The tree of categories: it has no cycle, nothing hangs on what is gone, and old addresses lead somewhere.

use futures_util::future::join_all;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

async fn create(admin: &Client, name: &str, parent: Option<&str>) -> String {
    let body = json!({"name": {"en": name}, "parent_id": parent});
    admin.post("/api/v1/categories", &body).await.created()["id"].as_str().unwrap().to_owned()
}

async fn put(admin: &Client, id: &str, body: Value) -> Reply {
    admin.put(&format!("/api/v1/categories/{id}"), &body).await
}

async fn get(client: &Client, path: &str, after: &Reply) -> Reply {
    client.get_with(path, "Min-Event-Position", after.position()).await
}

fn product_in(sku: &str, categories: &[&str]) -> Value {
    json!({
        "sku": sku,
        "title": {"en": sku},
        "categories": categories,
        "prices": {"base": {"amount": "1000", "currency": "IQD"}},
    })
}

fn names(branches: &Value) -> Vec<String> {
    let name = |branch: &Value| branch["name"].as_str().unwrap().to_owned();
    branches.as_array().unwrap().iter().map(name).collect()
}

#[tokio::test]
async fn categories_are_created_moved_and_ordered() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let food = create(&admin, "Food", None).await;
    let rice = create(&admin, "Rice", Some(&food)).await;
    let tea = create(&admin, "Tea", Some(&food)).await;
    put(&admin, &rice, json!({"name": {"en": "Rice"}, "sort_order": 2})).await.ok();
    let last = put(&admin, &tea, json!({"name": {"en": "Tea", "ar": "شاي"}, "sort_order": 1})).await;
    last.ok();
    let tree = get(&app.anonymous(), "/api/v1/categories/tree", &last).await.ok();
    assert_eq!(names(&tree["items"]), ["Food"]);
    assert_eq!(names(&tree["items"][0]["children"]), ["Tea", "Rice"]);
    let arabic = get(&app.anonymous(), &format!("/api/v1/categories/{tea}?locale=ar"), &last).await;
    assert_eq!((arabic.ok()["name"].as_str(), arabic.header("content-language")), (Some("شاي"), "ar"));
    // Moved to the top, with nothing else changed.
    let moved = put(&admin, &tea, json!({"name": {"en": "Tea"}, "slug": "tea", "parent_id": null})).await;
    moved.ok();
    let top = get(&app.anonymous(), "/api/v1/categories?filter[parent]=none&total=true", &moved).await.ok();
    assert_eq!(
        (top["total"].as_i64(), names(&top["items"])),
        (Some(2), vec!["Food".to_owned(), "Tea".to_owned()])
    );
    let below =
        get(&app.anonymous(), &format!("/api/v1/categories?filter[parent]={food}"), &moved).await.ok();
    assert_eq!(names(&below["items"]), ["Rice"]);
    // Somebody who has not seen the move is told of it.
    let stale = admin.request(reqwest::Method::PUT, &format!("/api/v1/categories/{tea}"));
    let stale = Reply::of(stale.header("If-Match", "\"1\"").json(&json!({"name": {"en": "Chai"}}))).await;
    let problem = stale.problem(412, "version-mismatch");
    assert!(problem.to_string().contains("CategoryMoved"), "{problem}");
}

#[tokio::test]
async fn a_cycle_is_refused_also_when_two_move_at_the_same_moment() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let top = create(&admin, "Top", None).await;
    let middle = create(&admin, "Middle", Some(&top)).await;
    let low = create(&admin, "Low", Some(&middle)).await;
    for parent in [&top, &middle, &low] {
        let body = json!({"name": {"en": "Top"}, "parent_id": parent});
        put(&admin, &top, body).await.problem(409, "catalog.category_cycle");
    }
    let body = json!({"name": {"en": "Low"}, "parent_id": "cat_00000000000000000000000000000001"});
    let problem = put(&admin, &low, body).await.problem(422, "catalog.category_unknown");
    assert_eq!(problem["errors"][0]["pointer"], "/parent_id");
    for round in 0..8 {
        let one = create(&admin, &format!("One {round}"), None).await;
        let other = create(&admin, &format!("Other {round}"), None).await;
        let under = |name: String, parent: &str| json!({"name": {"en": name}, "parent_id": parent});
        let (a, b) = tokio::join!(
            put(&admin, &one, under(format!("One {round}"), &other)),
            put(&admin, &other, under(format!("Other {round}"), &one)),
        );
        let accepted = [&a, &b].into_iter().filter(|reply| reply.status.is_success()).count();
        assert_eq!(accepted, 1, "{:?} {:?}", a.status, b.status);
    }
}

#[tokio::test]
async fn a_chain_has_an_end() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let mut parent = create(&admin, "Level 0", None).await;
    for level in 1..=32 {
        parent = create(&admin, &format!("Level {level}"), Some(&parent)).await;
    }
    let body = json!({"name": {"en": "Too deep"}, "parent_id": parent});
    admin.post("/api/v1/categories", &body).await.problem(422, "catalog.category_too_deep");
}

#[tokio::test]
async fn a_slug_belongs_to_one_category_and_old_ones_lead_to_it() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let body = json!({"name": {"en": "Basmati RICE, 5 kg"}});
    let rice = admin.post("/api/v1/categories", &body).await.created()["id"].as_str().unwrap().to_owned();
    let taken = json!({"name": {"en": "Another"}, "slug": "basmati-rice-5-kg"});
    admin.post("/api/v1/categories", &taken).await.problem(409, "catalog.category_slug_taken");
    let renamed = put(&admin, &rice, json!({"name": {"ar": "أرز"}, "slug": "أرز-بسمتي"})).await;
    renamed.ok();
    // The old slug stays taken, and leads to the new one.
    admin.post("/api/v1/categories", &taken).await.problem(409, "catalog.category_slug_taken");
    let plain = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = format!("http://{}/api/v1/categories/slug/basmati-rice-5-kg", app.server.address);
    let moved = plain.get(&url).header("Min-Event-Position", renamed.position()).send().await.unwrap();
    assert_eq!(moved.status(), 301);
    let location = moved.headers()["location"].to_str().unwrap().to_owned();
    assert!(location.is_ascii() && location.starts_with("/api/v1/categories/slug/%D8"), "{location}");
    assert_eq!(app.anonymous().get(&location).await.ok()["id"], json!(rice));
    for wrong in ["nothing", "Rice", "..%2f..", "%00", "a'b"] {
        app.anonymous()
            .get(&format!("/api/v1/categories/slug/{wrong}"))
            .await
            .problem(404, "catalog.category_not_found");
    }
    // Once it is gone its slugs are free.
    admin.delete(&format!("/api/v1/categories/{rice}")).await.ok();
    admin.post("/api/v1/categories", &taken).await.created();
}

#[tokio::test]
async fn what_something_hangs_on_cannot_go() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let food = create(&admin, "Food", None).await;
    let rice = create(&admin, "Rice", Some(&food)).await;
    let product = admin.post("/api/v1/products", &product_in("RICE", &[&rice])).await.created();
    let product = format!("/api/v1/products/{}", product["id"].as_str().unwrap());
    let remove = |id: &str| {
        let (admin, path) = (admin.clone(), format!("/api/v1/categories/{id}"));
        async move { admin.delete(&path).await }
    };
    remove(&food).await.problem(409, "catalog.category_in_use");
    let problem = remove(&rice).await.problem(409, "catalog.category_in_use");
    assert!(problem["errors"][0]["numbers"]["member"].is_string(), "{problem}");
    // A refusal leaves it as it was: things can be hung on it.
    let second = admin.post("/api/v1/products", &product_in("RICE-2", &[&rice, &food])).await.created();
    let second = format!("/api/v1/products/{}", second["id"].as_str().unwrap());
    admin.delete(&product).await.ok();
    remove(&rice).await.problem(409, "catalog.category_in_use");
    let elsewhere = json!({"title": {"en": "RICE-2"}, "categories": []});
    admin.put(&second, &elsewhere).await.ok();
    remove(&rice).await.ok();
    remove(&rice).await.problem(404, "catalog.category_not_found");
    remove(&food).await.ok();
    // Nothing is hung on what is gone, or never was.
    for gone in [rice.as_str(), "cat_00000000000000000000000000000001"] {
        let refused = admin.post("/api/v1/products", &product_in("TEA", &[gone])).await;
        let problem = refused.problem(422, "catalog.category_unknown");
        assert_eq!(problem["errors"][0]["pointer"], "/categories/0");
    }
    app.settle().await;
    app.anonymous()
        .get(&format!("/api/v1/categories/{rice}"))
        .await
        .problem(404, "catalog.category_not_found");
}

/// Products that come while a category goes: never is there a product in a category that is not.
#[tokio::test]
async fn a_category_does_not_go_from_under_products_that_come() {
    let app = TestApp::spawn().await;
    let beside = app.beside(|source| source).await;
    let (admin, there) = (app.admin().await, beside.admin().await);
    for round in 0..6 {
        let category = create(&admin, &format!("Round {round}"), None).await;
        let path = format!("/api/v1/categories/{category}");
        let comers = (0..4).map(|n| {
            let client = if n % 2 == 0 { &admin } else { &there };
            let product = product_in(&format!("R{round}-{n}"), &[&category]);
            async move { client.post("/api/v1/products", &product).await.status }
        });
        let goers = [&admin, &there, &admin].map(|client| async { client.delete(&path).await.status });
        let (came, went) = tokio::join!(join_all(comers), join_all(goers));
        let came = came.iter().filter(|status| status.is_success()).count();
        let went = went.iter().filter(|status| status.is_success()).count();
        assert!(went <= 1 && (went == 0 || came == 0), "{came} came, {went} went");
        // Whatever happened, nobody is left in between.
        let after = admin.delete(&path).await.status;
        assert_eq!(
            after,
            if went == 1 {
                404
            } else if came > 0 {
                409
            } else {
                200
            }
        );
    }
}

#[tokio::test]
async fn customers_see_what_is_active_and_products_of_a_branch() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let food = create(&admin, "Food", None).await;
    let rice = create(&admin, "Rice", Some(&food)).await;
    let hidden = create(&admin, "Hidden", Some(&food)).await;
    let secret = create(&admin, "Secret", Some(&hidden)).await;
    put(&admin, &hidden, json!({"name": {"en": "Hidden"}, "active": false})).await.ok();
    admin.post("/api/v1/products", &product_in("RICE", &[&rice])).await.created();
    let last = admin.post("/api/v1/products", &product_in("BREAD", &[&food])).await;
    last.created();
    app.settle().await;
    let customer = app.customer().await;
    let tree = customer.get("/api/v1/categories/tree").await.ok();
    assert_eq!(names(&tree["items"][0]["children"]), ["Rice"]);
    assert!(!tree.to_string().contains(&secret), "{tree}");
    let full = admin.get("/api/v1/categories/tree?view=full").await.ok();
    assert!(full.to_string().contains(&secret), "{full}");
    customer.get("/api/v1/categories/tree?view=full").await.problem(403, "forbidden");
    customer
        .get(&format!("/api/v1/categories/{hidden}"))
        .await
        .problem(404, "catalog.category_not_found");
    let full = admin.get(&format!("/api/v1/categories/{hidden}?view=full")).await.ok();
    assert_eq!(full["translations"]["name"], json!({"en": "Hidden"}), "{full}");
    let skus = |list: &Value| {
        let mut skus: Vec<_> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["sku"].as_str().unwrap().to_owned())
            .collect();
        skus.sort();
        skus
    };
    let branch = customer.get(&format!("/api/v1/products/category/{food}")).await.ok();
    assert_eq!(skus(&branch), ["BREAD", "RICE"]);
    let leaf = customer.get(&format!("/api/v1/products/category/{rice}?total=true")).await.ok();
    assert_eq!((skus(&leaf), leaf["total"].as_i64()), (vec!["RICE".to_owned()], Some(1)));
    let nowhere = "/api/v1/products/category/cat_00000000000000000000000000000001";
    customer.get(nowhere).await.problem(404, "catalog.category_not_found");
    let twice = format!("/api/v1/products/category/{food}?filter[category]={rice}");
    customer.get(&twice).await.problem(400, "invalid-parameter");
}
