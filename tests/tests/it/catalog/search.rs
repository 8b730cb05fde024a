//! Searching: in English and Arabic, with slips of the pen, among what is for sale to whoever asks.

use domain::identity::Role;
use serde_json::{Value, json};
use souk_tests::{Client, TestApp};

struct Shop {
    app: TestApp,
    admin: Client,
}

impl Shop {
    async fn open() -> Self {
        let app = TestApp::spawn().await;
        let admin = app.admin().await;
        Self { app, admin }
    }

    async fn put(&self, sku: &str, more: Value) -> String {
        let mut product = json!({
            "sku": sku,
            "title": {"en": sku},
            "prices": {"base": {"amount": "1000", "currency": "IQD"}},
        });
        for (name, value) in more.as_object().unwrap() {
            product[name] = value.clone();
        }
        let reply = self.admin.post("/api/v1/products", &product).await.created();
        reply["id"].as_str().unwrap().to_owned()
    }

    async fn groceries() -> Self {
        let shop = Self::open().await;
        shop.put("RICE-5KG", json!({
            "title": {"en": "Basmati rice", "ar": "أَرُزّ بسمتي"}, "barcode": "6291003000126", "tags": ["grains"],
            "description": {"en": "Long grains for biryani", "ar": "حبّة طويلة"},
        }))
        .await;
        shop.put("RICE-1KG", json!({"title": {"en": "Jasmine rice", "ar": "الأرز الياسمين"}})).await;
        shop.put("COFFEE", json!({"title": {"en": "Arabic coffee", "ar": "قهوة عربية"}})).await;
        shop.put(
            "CREME",
            json!({
                "title": {"en": "Crème brûlée 50% less_sugar", "ar": "حلوى"},
                "prices": {"base": {"amount": "7.50", "currency": "USD"}},
            }),
        )
        .await;
        shop.app.settle().await;
        shop
    }

    async fn find(&self, q: &str) -> Value {
        find(&self.app.anonymous(), q).await
    }
}

async fn find(client: &Client, query: &str) -> Value {
    let mut url = reqwest::Url::parse("http://x/api/v1/products/search").unwrap();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap();
        url.query_pairs_mut().append_pair(name, value);
    }
    client.get(&format!("{}?{}", url.path(), url.query().unwrap_or_default())).await.ok()
}

fn skus(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["sku"].as_str().unwrap()).collect()
}

fn sorted(list: &Value) -> Vec<&str> {
    let mut skus = skus(list);
    skus.sort_unstable();
    skus
}

#[tokio::test]
async fn words_codes_and_descriptions_find_a_product_in_either_language() {
    let shop = Shop::groceries().await;
    for q in [
        "basmati",
        "BASMATI rice",
        "basm",
        "بسمتي",
        "أرز بسمتى",
        "RICE-5KG",
        "rice 5 kg",
        "6291003000126",
        "biryani",
        "حبه طويله",
    ] {
        assert_eq!(skus(&shop.find(&format!("q={q}")).await), ["RICE-5KG"], "{q}");
    }
    // However its alefs, marks and article are written.
    for q in ["ارز", "أرُزّ", "الأرز", "والأرز", "اَرْز"] {
        assert_eq!(sorted(&shop.find(&format!("q={q}")).await), ["RICE-1KG", "RICE-5KG"], "{q}");
    }
    for (q, sku) in [
        ("قهوه", "COFFEE"),
        ("قـهـوة", "COFFEE"),
        ("creme brulee", "CREME"),
        ("حلوي", "CREME"),
    ] {
        assert_eq!(skus(&shop.find(&format!("q={q}")).await), [sku], "{q}");
    }
    // Nearer first: in the title before in the description, the very code before all.
    shop.put("BIRYANI", json!({"title": {"en": "Biryani spice"}})).await;
    shop.app.settle().await;
    assert_eq!(skus(&shop.find("q=biryani").await), ["BIRYANI", "RICE-5KG"]);
}

#[tokio::test]
async fn slips_of_the_pen_are_forgiven_in_both_languages() {
    let shop = Shop::groceries().await;
    for (q, typed, meant) in [
        ("basmtai", "basmtai", "basmati"),
        ("bsamati rice", "bsamati", "basmati"),
        ("بصمتي", "بصمتي", "بسمتي"),
        ("بسمتتي", "بسمتتي", "بسمتي"),
    ] {
        let found = shop.find(&format!("q={q}")).await;
        assert_eq!(skus(&found), ["RICE-5KG"], "{q}: {found}");
        assert_eq!(found["instead"][typed], json!([meant]), "{q}");
    }
    for (q, sku) in [
        ("cofee", "COFFEE"),
        ("cofffee", "COFFEE"),
        ("ocffee", "COFFEE"),
        ("قهؤة", "COFFEE"),
        ("عريبة", "COFFEE"),
    ] {
        assert_eq!(skus(&shop.find(&format!("q={q}")).await), [sku], "{q}");
    }
    // A word that is there is not taken for another; a number is never another.
    assert!(shop.find("q=coffee").await.get("instead").is_none());
    assert!(skus(&shop.find("q=6291003000127").await).is_empty());
}

#[tokio::test]
async fn a_search_shows_only_what_is_for_sale_to_the_caller() {
    let shop = Shop::groceries().await;
    let company = shop.admin.company(None).await;
    let honey = shop.put("HONEY", json!({"company_id": company, "featured": true})).await;
    let gone = shop.put("HONEY-OLD", json!({"title": {"en": "Honey"}, "featured": true})).await;
    shop.put(
        "HONEY-EBL",
        json!({"title": {"en": "Honey of Erbil"}, "sale_zones": ["erbil"], "featured": true}),
    )
    .await;
    shop.admin.delete(&format!("/api/v1/products/{gone}")).await.ok();
    shop.app.settle().await;
    let basra = shop.app.account(Role::Customer, &["basra"], None).await;
    let erbil = shop.app.account(Role::Customer, &["erbil"], None).await;
    for path in ["search?q=honey", "featured?"] {
        let path = format!("/api/v1/products/{path}");
        let all = shop.app.anonymous().get(&path).await.ok();
        assert_eq!(sorted(&all), ["HONEY", "HONEY-EBL"], "{path}");
        assert_eq!(sorted(&basra.get(&path).await.ok()), ["HONEY"], "{path}");
        assert_eq!(sorted(&erbil.get(&path).await.ok()), ["HONEY", "HONEY-EBL"], "{path}");
        // Asking for another zone does not sell there.
        let elsewhere = basra.get(&format!("{path}&filter[zone]=erbil")).await.ok();
        assert_eq!(sorted(&elsewhere), ["HONEY"], "{path}");
        let in_basra = shop.app.anonymous().get(&format!("{path}&filter[zone]=basra")).await.ok();
        assert_eq!(sorted(&in_basra), ["HONEY"], "{path}");
    }
    // A company that is closed sells nothing.
    let status = format!("/api/v1/companies/{company}/status");
    shop.admin.patch(&status, &json!({"status": "inactive"})).await.ok();
    shop.app.settle().await;
    assert_eq!(skus(&shop.find("q=honey").await), ["HONEY-EBL"]);
    assert!(!shop.find("").await.to_string().contains(&honey));
    shop.admin.patch(&status, &json!({"status": "active"})).await.ok();
    shop.app.settle().await;
    assert_eq!(sorted(&shop.find("q=honey").await), ["HONEY", "HONEY-EBL"]);
    // Nor is what is not sold in a zone ordered into it.
    let order =
        json!({"zone": "basra", "payment_method": "cash", "lines": [{"sku": "HONEY-EBL", "quantity": 1}]});
    let problem = basra.post("/api/v1/orders", &order).await.problem(409, "orders.lines_refused");
    assert_eq!(problem["errors"][0]["code"], "orders.product_not_sold_in_zone", "{problem}");
}

/// Three teas: two in a category, one of them of a company, one in stock, one in dollars.
async fn teas() -> (Shop, String, String) {
    let shop = Shop::groceries().await;
    let category = shop.admin.post("/api/v1/categories", &json!({"name": {"en": "Tea"}})).await.created();
    let category = category["id"].as_str().unwrap().to_owned();
    let company = shop.admin.company(None).await;
    let warehouse = shop.admin.warehouse("EBL").await;
    let green = shop
        .put("TEA-1", json!({"title": {"en": "Green tea"}, "categories": [category], "tags": ["hot"]}))
        .await;
    shop.put(
        "TEA-2",
        json!({
            "title": {"en": "Black tea"}, "categories": [category], "company_id": company,
            "prices": {"base": {"amount": "2500", "currency": "IQD"}},
        }),
    )
    .await;
    shop.put(
        "TEA-3",
        json!({"title": {"en": "Ice tea"}, "prices": {"base": {"amount": "3", "currency": "USD"}}}),
    )
    .await;
    shop.admin.stock(&green, &warehouse, 5).await.ok();
    shop.app.settle().await;
    (shop, category, company)
}

#[tokio::test]
async fn facets_count_what_was_found() {
    let (shop, category, company) = teas().await;
    let found = shop.find("q=tea&facets=true&total=true&limit=1").await;
    assert_eq!((found["total"].as_i64(), skus(&found).len()), (Some(3), 1));
    let facets = &found["facets"];
    assert_eq!(facets["categories"], json!([{"category_id": category, "count": 2}]));
    assert_eq!(
        facets["companies"],
        json!([
            {"company_id": null, "count": 2}, {"company_id": company, "count": 1},
        ])
    );
    assert_eq!((facets["in_stock"].as_i64(), facets["out_of_stock"].as_i64()), (Some(1), Some(2)));
    let ranges: Vec<_> = facets["prices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|range| {
            format!(
                "{} {}-{}: {}",
                range["from"]["currency"], range["from"]["amount"], range["to"]["amount"], range["count"]
            )
        })
        .collect();
    assert_eq!(
        ranges,
        [
            "\"IQD\" \"1000\"-\"2000\": 1",
            "\"IQD\" \"2000\"-\"5000\": 1",
            "\"USD\" \"2.00\"-\"5.00\": 1",
        ]
    );
}

#[tokio::test]
async fn filters_narrow_a_search_page_by_page() {
    let (shop, category, company) = teas().await;
    for (filter, expected) in [
        (format!("filter[category]={category}"), vec!["TEA-1", "TEA-2"]),
        (format!("filter[company]={company}"), vec!["TEA-2"]),
        ("filter[tag]=hot".to_owned(), vec!["TEA-1"]),
        ("filter[in_stock]=true".to_owned(), vec!["TEA-1"]),
        ("filter[currency]=USD".to_owned(), vec!["TEA-3"]),
        ("filter[currency]=IQD&filter[price][gte]=2000".to_owned(), vec!["TEA-2"]),
        ("filter[currency]=IQD&filter[price][lte]=2000".to_owned(), vec!["TEA-1"]),
    ] {
        assert_eq!(sorted(&shop.find(&format!("q=tea&{filter}")).await), expected, "{filter}");
    }
    // Page by page, each once.
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = shop.find(&format!("q=tea&limit=1{cursor}")).await;
        seen.extend(skus(&page).into_iter().map(str::to_owned));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    seen.sort();
    assert_eq!(seen, ["TEA-1", "TEA-2", "TEA-3"]);
    let client = shop.app.anonymous();
    client.get("/api/v1/products/search?q=a&sort=price").await.problem(400, "invalid-parameter");
    client.get("/api/v1/products/search?q=a&cursor=x").await.problem(400, "invalid-parameter");
}

/// What means something in SQL or in a question of PostgreSQL is a letter like others, or none.
#[tokio::test]
async fn a_question_is_never_a_pattern() {
    let shop = Shop::groceries().await;
    for q in [
        "%",
        "_",
        "*",
        "\\",
        "%25",
        "ri_e",
        "b%i",
        "rice:* | coffee",
        "!rice",
        "'",
        "(",
        "<->",
    ] {
        let found = shop.find(&format!("q={q}")).await;
        let all = skus(&found).len();
        // Words that are there are found; what stands between them changes nothing.
        let expected = match q {
            "!rice" => 2,
            _ => 0,
        };
        assert_eq!(all, expected, "{q}: {found}");
    }
    assert_eq!(skus(&shop.find("q=50% less_sugar").await), ["CREME"]);
}

#[tokio::test]
async fn what_sells_now_is_trending() {
    let shop = Shop::groceries().await;
    let warehouse = shop.admin.warehouse("EBL").await;
    let (tea, jam) = (shop.put("TEA", json!({})).await, shop.put("JAM", json!({})).await);
    let old = shop.put("OLD", json!({})).await;
    for (product, units) in [(&tea, 2), (&jam, 5), (&old, 9)] {
        shop.admin.stock(product, &warehouse, 100).await.ok();
        let order = json!({"payment_method": "cash", "lines": [{"product_id": product, "quantity": units}]});
        shop.admin.post("/api/v1/orders", &order).await.created();
    }
    shop.admin.delete(&format!("/api/v1/products/{old}")).await.ok();
    shop.app.settle().await;
    let client = shop.app.anonymous();
    let trending = client.get("/api/v1/products/trending").await.ok();
    assert_eq!(skus(&trending), ["JAM", "TEA"]);
    assert_eq!(skus(&client.get("/api/v1/products/trending?limit=1").await.ok()), ["JAM"]);
    client.get("/api/v1/products/trending?cursor=x").await.problem(400, "invalid-parameter");
}
