//! Addresses of products, what their pages say of themselves, and the sitemap.

use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

async fn put(admin: &Client, sku: &str, more: Value) -> Reply {
    let mut product = json!({
        "sku": sku,
        "title": {"en": sku},
        "prices": {"base": {"amount": "12500", "currency": "IQD"}},
    });
    for (name, value) in more.as_object().unwrap() {
        product[name] = value.clone();
    }
    admin.post("/api/v1/products", &product).await
}

fn id(reply: &Reply) -> String {
    reply.created()["id"].as_str().unwrap().to_owned()
}

async fn redirect(app: &TestApp, path: &str) -> String {
    let plain = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let moved = plain.get(format!("http://{}{path}", app.server.address)).send().await.unwrap();
    assert_eq!(moved.status(), 301, "{path}");
    let location = moved.headers()["location"].to_str().unwrap().to_owned();
    assert!(location.is_ascii(), "{location}");
    location
}

#[tokio::test]
async fn a_slug_belongs_to_one_product_and_old_ones_lead_to_it() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let rice = id(&put(&admin, "RICE", json!({"title": {"en": "Basmati RICE, 5 kg"}})).await);
    // Another of the same title gets another slug; one that asks for the same is told.
    let second = id(&put(&admin, "RICE-2", json!({"title": {"en": "Basmati RICE, 5 kg"}})).await);
    let wanted = json!({"slug": "basmati-rice-5-kg"});
    let taken = put(&admin, "RICE-3", wanted.clone()).await.problem(409, "catalog.product_slug_taken");
    assert_eq!(taken["errors"][0]["pointer"], "/slug");
    app.settle().await;
    let client = app.anonymous();
    let found = client.get("/api/v1/products/slug/basmati-rice-5-kg").await.ok();
    assert_eq!((&found["id"], &found["slug"]), (&json!(rice), &json!("basmati-rice-5-kg")));
    let other = client.get("/api/v1/products/slug/basmati-rice-5-kg-rice-2").await.ok();
    assert_eq!(other["id"], json!(second));
    // Renamed in Arabic: the old slug leads to the new one, and stays its own.
    let renamed = admin.put(&format!("/api/v1/products/{rice}"), &json!({"slug": "أرز-بسمتي"})).await;
    renamed.ok();
    let claimed = admin.put(&format!("/api/v1/products/{second}"), &wanted).await;
    claimed.problem(409, "catalog.product_slug_taken");
    app.settle().await;
    let location = redirect(&app, "/api/v1/products/slug/basmati-rice-5-kg").await;
    assert_eq!(client.get(&location).await.ok()["id"], json!(rice));
    let location = redirect(&app, "/api/v1/seo/metadata/basmati-rice-5-kg").await;
    assert_eq!(client.get(&location).await.ok()["id"], json!(rice));
    // It may go back to a slug of its own.
    admin.put(&format!("/api/v1/products/{rice}"), &wanted).await.ok();
    // What is not sold has no page, and keeps its slugs.
    admin.delete(&format!("/api/v1/products/{rice}")).await.ok();
    app.settle().await;
    for slug in ["basmati-rice-5-kg", "nothing", "Rice", "..%2f..", "%00", "a'b"] {
        client.get(&format!("/api/v1/products/slug/{slug}")).await.problem(404, "catalog.product_not_found");
        client.get(&format!("/api/v1/seo/metadata/{slug}")).await.problem(404, "catalog.page_not_found");
    }
    put(&admin, "RICE-4", wanted).await.problem(409, "catalog.product_slug_taken");
    let bad = put(&admin, "RICE-5", json!({"slug": "Not A Slug"})).await.problem(422, "invalid-request");
    assert_eq!(bad["errors"][0]["pointer"], "/slug");
}

#[tokio::test]
async fn of_many_who_want_a_slug_at_once_one_gets_it() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let asked = (0..8).map(|n| {
        let admin = admin.clone();
        async move { put(&admin, &format!("S{n}"), json!({"slug": "hot"})).await.status }
    });
    let accepted = futures_util::future::join_all(asked).await;
    assert_eq!(accepted.iter().filter(|status| status.is_success()).count(), 1);
    // Those that name none get one each.
    let same = (0..8).map(|n| {
        let admin = admin.clone();
        async move { put(&admin, &format!("T{n}"), json!({"title": {"ar": "شاي"}})).await.created() }
    });
    futures_util::future::join_all(same).await;
    app.settle().await;
    let products = app.anonymous().get("/api/v1/products?limit=50").await.ok();
    let mut slugs: Vec<_> =
        products["items"].as_array().unwrap().iter().map(|item| item["slug"].as_str().unwrap()).collect();
    slugs.sort_unstable();
    slugs.dedup();
    assert_eq!(slugs.len(), 9, "{slugs:?}");
    assert!(slugs.contains(&"شاي"), "{slugs:?}");
}

#[tokio::test]
async fn a_proposed_slug_is_free() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    put(&admin, "RICE", json!({"title": {"en": "Rice"}})).await.created();
    put(&admin, "RICE-2", json!({"slug": "rice-2"})).await.created();
    let title = json!({"title": {"en": "Rice!", "ar": "أَرُزّ"}});
    let proposed = admin.post("/api/v1/seo/slug", &title).await.ok();
    assert_eq!(proposed["slugs"], json!({"en": "rice-3", "ar": "أرز"}));
    put(&admin, "RICE-3", json!({"slug": proposed["slugs"]["en"]})).await.created();
    let category = json!({"title": {"en": "Rice"}, "kind": "category"});
    assert_eq!(admin.post("/api/v1/seo/slug", &category).await.ok()["slugs"], json!({"en": "rice"}));
    let wordless = admin.post("/api/v1/seo/slug", &json!({"title": {"en": "!!!"}})).await;
    assert_eq!(wordless.problem(422, "invalid-request")["errors"][0]["pointer"], "/title/en");
    let unknown = json!({"title": {"en": "Rice"}, "kind": "page"});
    admin.post("/api/v1/seo/slug", &unknown).await.problem(422, "invalid-request");
}

#[tokio::test]
async fn a_page_says_what_it_is_and_a_title_never_becomes_markup() {
    let app = TestApp::spawn_with(|source| source.env_text("public_url", "https://souk.example/")).await;
    let admin = app.admin().await;
    let hostile = "Rice </script><script>alert('x')</script> & \"more\"";
    let product = json!({
        "title": {"en": hostile, "ar": "أرز"}, "slug": "rice", "barcode": "6291003000126",
        "description": {"en": "word ".repeat(80)}, "images": [{"url": "/files/rice.webp"}],
        "prices": {"base": {"amount": "12500", "currency": "IQD"}, "discounted": {"amount": "11000", "currency": "IQD"}},
    });
    put(&admin, "RICE", product).await.created();
    admin.post("/api/v1/categories", &json!({"name": {"en": "Grains & more"}})).await.created();
    app.settle().await;
    let client = app.anonymous();
    let page = client.get("/api/v1/seo/metadata/rice").await.ok();
    assert_eq!((page["kind"].as_str(), page["title"].as_str()), (Some("product"), Some(hostile)));
    assert_eq!(page["canonical"], "https://souk.example/products/rice");
    assert_eq!(page["open_graph"]["og:image"], "https://souk.example/files/rice.webp");
    assert!(page["description"].as_str().unwrap().chars().count() <= 160);
    let linked = &page["json_ld"];
    assert_eq!((linked["@type"].as_str(), linked["gtin"].as_str()), (Some("Product"), Some("6291003000126")));
    assert_eq!(linked["offers"]["price"], "11000");
    assert_eq!(linked["offers"]["priceCurrency"], "IQD");
    assert_eq!(linked["offers"]["availability"], "https://schema.org/OutOfStock");
    let head = page["head"].as_str().unwrap();
    assert_eq!(head.matches("<script").count(), 1, "{head}");
    assert_eq!(head.matches("</script>").count(), 1, "{head}");
    let start = head.find("ld+json\">").unwrap() + "ld+json\">".len();
    let read: Value = serde_json::from_str(&head[start..head.rfind("</script>").unwrap()]).unwrap();
    assert_eq!(&read, linked);
    let arabic = client.get("/api/v1/seo/metadata/rice?locale=ar").await;
    assert_eq!((arabic.ok()["title"].as_str(), arabic.header("content-language")), (Some("أرز"), "ar"));
    let category = client.get("/api/v1/seo/metadata/grains-more").await.ok();
    assert_eq!(category["json_ld"]["@type"], "CollectionPage");
    assert!(category["head"].as_str().unwrap().contains("Grains &amp; more"));
}

async fn sitemap(app: &TestApp, query: &str) -> (u16, String) {
    let url = format!("http://{}/sitemap.xml{query}", app.server.address);
    let reply = reqwest::get(url).await.unwrap();
    (reply.status().as_u16(), reply.text().await.unwrap())
}

#[tokio::test]
async fn the_sitemap_names_every_page_of_the_shop() {
    let app = TestApp::spawn_with(|source| source.env_text("public_url", "https://souk.example")).await;
    let admin = app.admin().await;
    let gone = id(&put(&admin, "OLD", json!({})).await);
    put(&admin, "RICE", json!({"slug": "أرز"})).await.created();
    admin.post("/api/v1/categories", &json!({"name": {"en": "Tea & more"}})).await.created();
    admin
        .post("/api/v1/categories", &json!({"name": {"en": "Secret"}, "active": false}))
        .await
        .created();
    admin.delete(&format!("/api/v1/products/{gone}")).await.ok();
    app.settle().await;
    let (status, xml) = sitemap(&app, "").await;
    assert_eq!(status, 200);
    let locations: Vec<&str> =
        xml.split("<loc>").skip(1).map(|rest| rest.split_once("</loc>").unwrap().0).collect();
    assert_eq!(
        locations,
        [
            "https://souk.example/categories/tea-more",
            "https://souk.example/products/%D8%A3%D8%B1%D8%B2",
        ]
    );
    assert!(xml.starts_with("<?xml") && xml.ends_with("</urlset>\n"), "{xml}");
    assert_eq!(sitemap(&app, "?page=1").await.1, xml);
    assert_eq!(sitemap(&app, "?page=2").await.0, 404);
    for wrong in ["?page=0", "?page=x", "?pages=1", "?page=1&page=1"] {
        assert_eq!(sitemap(&app, wrong).await.0, 400, "{wrong}");
    }
    // More than one file can hold: rows as the projection writes them, copied from the one that is there.
    sqlx::query(
        "insert into product_list_v3.products (id, sku, kind, title, sort_title, description, categories, tags, \
             barcode, images, currency, base_micros, discounted_micros, wholesale_micros, price_micros, \
             min_order_quantity, company, external_id, status, version, created_at, updated_at, search, slug, \
             featured, sale_zones, main_words, other_words, attributes) \
         select gen_random_uuid(), sku || n, kind, title, sort_title, description, categories, tags, barcode, images, \
             currency, base_micros, discounted_micros, wholesale_micros, price_micros, min_order_quantity, company, \
             external_id, status, version, created_at, updated_at, search, 'p-' || n, featured, sale_zones, \
             main_words, other_words, attributes \
         from product_list_v3.products, generate_series(1, 50000) n where status = 'active'",
    )
    .execute(app.server.souk.log.pool())
    .await
    .unwrap();
    let (_, index) = sitemap(&app, "").await;
    assert!(index.contains("<sitemapindex") && index.matches("<sitemap>").count() == 2, "{index}");
    assert!(index.contains("<loc>https://souk.example/sitemap.xml?page=2</loc>"), "{index}");
    let (one, two) = (sitemap(&app, "?page=1").await.1, sitemap(&app, "?page=2").await.1);
    assert_eq!((one.matches("<loc>").count(), two.matches("<loc>").count()), (50_000, 2));
    let mut all: Vec<&str> = one.split("<loc>").skip(1).chain(two.split("<loc>").skip(1)).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 50_002);
}
