//! Reviews: written by customers, read once published, gone with their authors.

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

fn review(rating: u8, text: &str) -> Value {
    json!({"rating": rating, "title": "As I see it", "text": text, "media": ["https://cdn.example/1.jpg"]})
}

async fn write(client: &Client, product: &str, body: &Value) -> Reply {
    client.post(&format!("/api/v1/products/{product}/reviews"), body).await
}

async fn written(client: &Client, product: &str, rating: u8, text: &str) -> String {
    let body = write(client, product, &review(rating, text)).await.created();
    body["id"].as_str().unwrap().to_owned()
}

async fn publish(app: &TestApp, admin: &Client, id: &str) {
    let path = format!("/api/v1/reviews/{id}/moderation");
    let body = admin.patch(&path, &json!({"decision": "publish"})).await.ok();
    assert_eq!(body["status"], "published");
    app.settle().await;
}

async fn flag(client: &Client, id: &str, reason: &str) -> Reply {
    client.post(&format!("/api/v1/reviews/{id}/flag"), &json!({"reason": reason})).await
}

async fn read(app: &TestApp, product: &str, query: &str) -> Value {
    app.anonymous().get(&format!("/api/v1/products/{product}/reviews{query}")).await.ok()
}

/// What the page of a product says of itself.
async fn metadata(app: &TestApp, product: &str) -> Value {
    let page = app.anonymous().get(&format!("/api/v1/products/{product}")).await.ok();
    app.anonymous().get(&format!("/api/v1/seo/metadata/{}", page["slug"].as_str().unwrap())).await.ok()
}

fn texts(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["text"].as_str().unwrap_or("-")).collect()
}

/// An order of `client` for `product` that has gone as far as `until`.
async fn order(admin: &Client, client: &Client, product: &str, until: &str) -> String {
    let order = client.order(&[(product, 1)]).await.created()["id"].as_str().unwrap().to_owned();
    for status in ["processing", "shipped", "delivered"] {
        let path = format!("/api/v1/orders/{order}/status");
        admin.put(&path, &json!({"status": status})).await.ok();
        if status == until {
            break;
        }
    }
    order
}

#[tokio::test]
async fn a_review_is_read_once_it_is_published_and_again_once_it_is_moderated_anew() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (author, tea) = (app.customer().await, admin.product("TEA", "10").await);
    app.settle().await;
    let accepted = write(&author, &tea, &review(4, "Strong")).await.created();
    assert_eq!((&accepted["status"], &accepted["version"]), (&json!("pending"), &json!(1)));
    let id = accepted["id"].as_str().unwrap();
    app.settle().await;
    let nothing = read(&app, &tea, "?total=true").await;
    assert_eq!((&nothing["total"], &nothing["summary"]["mean"]), (&json!(0), &Value::Null));
    let queue = admin.get("/api/v1/reviews?filter[status]=pending").await.ok();
    assert_eq!((texts(&queue), &queue["items"][0]["product_id"]), (vec!["Strong"], &json!(tea)));
    publish(&app, &admin, id).await;
    let list = read(&app, &tea, "").await;
    assert_eq!(texts(&list), ["Strong"]);
    assert_eq!(list["items"][0]["media"], json!(["https://cdn.example/1.jpg"]));
    // Nobody learns who wrote it.
    assert!(!list.to_string().contains("usr_") && list["items"][0]["customer_id"].is_null());
    let path = format!("/api/v1/reviews/{id}");
    let revised = author.put(&path, &review(2, "Too strong")).await.ok();
    assert_eq!(revised["status"], "pending");
    app.settle().await;
    assert_eq!(texts(&read(&app, &tea, "").await), [""; 0]);
    // Who has looked at the first text does not publish the second.
    let stale = admin
        .request(Method::PATCH, &format!("{path}/moderation"))
        .header("If-Match", "\"2\"")
        .json(&json!({"decision": "publish"}));
    Reply::of(stale).await.problem(412, "version-mismatch");
    let reject = json!({"decision": "reject", "reason": "about another shop"});
    let rejected = admin.patch(&format!("{path}/moderation"), &reject).await.ok();
    assert_eq!(rejected["status"], "rejected");
    app.settle().await;
    let queue = admin.get("/api/v1/reviews?filter[status]=rejected").await.ok();
    assert_eq!(queue["items"][0]["reason"], "about another shop");
    assert_eq!(read(&app, &tea, "").await["summary"]["count"], 0);
    let bare = json!({"decision": "reject"});
    admin.patch(&format!("{path}/moderation"), &bare).await.problem(422, "invalid-request");
    let unknown = json!({"decision": "burn"});
    admin.patch(&format!("{path}/moderation"), &unknown).await.problem(422, "invalid-request");
}

#[tokio::test]
async fn a_purchase_is_found_out_and_never_said() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (tea, jam) = (admin.product("TEA", "10").await, admin.product("JAM", "10").await);
    let warehouse = admin.warehouse("EBL").await;
    for product in [&tea, &jam] {
        admin.stock(product, &warehouse, 50).await.ok();
    }
    let (buyer, waiting, stranger) = (app.customer().await, app.customer().await, app.customer().await);
    let brought = order(&admin, &buyer, &tea, "delivered").await;
    order(&admin, &waiting, &tea, "shipped").await;
    app.settle().await;
    let verified = |reply: Reply| reply.created()["verified_purchase"].clone();
    assert_eq!(verified(write(&buyer, &tea, &review(5, "Good")).await), json!(true));
    assert_eq!(verified(write(&buyer, &jam, &review(5, "Never had it")).await), json!(false));
    assert_eq!(verified(write(&stranger, &tea, &review(1, "Heard of it")).await), json!(false));
    let early = write(&waiting, &tea, &review(3, "On its way")).await.created();
    assert_eq!(early["verified_purchase"], json!(false));
    let mut claimed = review(5, "Believe me");
    claimed["verified_purchase"] = json!(true);
    let refused = write(&stranger, &jam, &claimed).await;
    assert!((400..=422).contains(&refused.status.as_u16()), "{refused:?}");
    app.settle().await;
    let queue = admin.get("/api/v1/reviews?filter[verified]=true").await.ok();
    assert_eq!((texts(&queue), &queue["items"][0]["order_id"]), (vec!["Good"], &json!(brought)));
    // It arrives later: a new text is a new look.
    order(&admin, &waiting, &tea, "delivered").await;
    app.settle().await;
    let path = format!("/api/v1/reviews/{}", early["id"].as_str().unwrap());
    assert_eq!(waiting.put(&path, &review(4, "It came")).await.ok()["verified_purchase"], json!(true));
}

#[tokio::test]
async fn a_customer_has_one_review_of_a_product_however_many_are_sent_at_once() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (author, tea) = (app.customer().await, admin.product("TEA", "10").await);
    app.settle().await;
    let body = review(3, "Once");
    let replies = futures_util::future::join_all((0..8).map(|_| write(&author, &tea, &body))).await;
    let (accepted, refused): (Vec<_>, Vec<_>) =
        replies.into_iter().partition(|reply| reply.status.as_u16() == 201);
    assert_eq!(accepted.len(), 1);
    for reply in refused {
        reply.problem(409, "catalog.review_exists");
    }
    let path = format!("/api/v1/reviews/{}", accepted[0].created()["id"].as_str().unwrap());
    let other = app.customer().await;
    other.put(&path, &body).await.problem(404, "catalog.review_not_found");
    other.delete(&path).await.problem(404, "catalog.review_not_found");
    // Once it is gone another may be written; those who moderate take any away.
    assert_eq!(author.delete(&path).await.ok()["status"], "removed");
    author.delete(&path).await.problem(404, "catalog.review_not_found");
    let again = written(&author, &tea, 2, "Again").await;
    admin.delete(&format!("/api/v1/reviews/{again}")).await.ok();
    app.settle().await;
    assert_eq!(admin.get("/api/v1/reviews?total=true").await.ok()["total"], 0);
    let unknown = "prd_0190c7a2000070008000000000000001";
    write(&author, unknown, &body).await.problem(404, "catalog.product_not_found");
    let nowhere = format!("/api/v1/products/{unknown}/reviews");
    author.get(&nowhere).await.problem(404, "catalog.product_not_found");
}

#[tokio::test]
async fn readers_flag_once_and_a_moderator_settles_it() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (author, tea) = (app.customer().await, admin.product("TEA", "10").await);
    let (one, other) = (app.customer().await, app.customer().await);
    app.settle().await;
    let id = written(&author, &tea, 5, "Buy at my shop").await;
    flag(&one, &id, "spam").await.problem(404, "catalog.review_not_found");
    publish(&app, &admin, &id).await;
    flag(&author, &id, "spam").await.problem(409, "catalog.review_own");
    for (reader, reason) in [(&one, "spam"), (&one, "fake"), (&other, "off_topic")] {
        flag(reader, &id, reason).await.ok();
    }
    let odd = flag(&other, &id, "ugly").await;
    assert!((400..=422).contains(&odd.status.as_u16()), "{odd:?}");
    app.settle().await;
    let flagged = admin.get("/api/v1/reviews?filter[flagged]=true").await.ok();
    assert_eq!(flagged["items"][0]["flags"], json!({"spam": 1, "off_topic": 1}));
    publish(&app, &admin, &id).await;
    let flagged = admin.get("/api/v1/reviews?filter[flagged]=true&total=true").await.ok();
    assert_eq!(flagged["total"], 0);
    assert_eq!(texts(&read(&app, &tea, "").await), ["Buy at my shop"]);
}

#[tokio::test]
async fn ratings_are_summed_exactly_and_reviews_come_page_by_page() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let tea = admin.product("TEA", "10").await;
    app.settle().await;
    for (rating, text) in [(5, "a"), (1, "b"), (5, "c"), (4, "d"), (2, "hidden")] {
        let id = written(&app.customer().await, &tea, rating, text).await;
        if text != "hidden" {
            publish(&app, &admin, &id).await;
        }
    }
    let list = read(&app, &tea, "?limit=3&sort=-rating&total=true").await;
    let wanted = json!({
        "count": 4, "stars": 15, "mean": "3.75", "histogram": {"1": 1, "2": 0, "3": 0, "4": 1, "5": 2},
    });
    assert_eq!((&list["summary"], &list["total"]), (&wanted, &json!(4)));
    let rest =
        read(&app, &tea, &format!("?limit=3&sort=-rating&cursor={}", list["next_cursor"].as_str().unwrap()))
            .await;
    let mut seen = [texts(&list), texts(&rest)].concat();
    assert_eq!(seen[2..], ["d", "b"]);
    seen.sort_unstable();
    assert_eq!((seen, &rest["next_cursor"]), (vec!["a", "b", "c", "d"], &Value::Null));
    assert_eq!(texts(&read(&app, &tea, "").await), ["d", "c", "b", "a"]);
    assert_eq!(texts(&read(&app, &tea, "?filter[rating]=4").await), ["d"]);
    for wrong in [
        "?filter[rating]=6",
        "?sort=text",
        "?filter[status]=pending",
        "?limit=0",
        "?cursor=x",
    ] {
        let reply = app.anonymous().get(&format!("/api/v1/products/{tea}/reviews{wrong}")).await;
        assert_eq!(reply.status.as_u16(), 400, "{wrong}");
    }
    // Search engines hear of it, too.
    let page = metadata(&app, &tea).await;
    let rating = &page["json_ld"]["aggregateRating"];
    assert_eq!((&rating["ratingValue"], &rating["reviewCount"]), (&json!("3.75"), &json!(4)));
    let jam = admin.product("JAM", "10").await;
    app.settle().await;
    let page = metadata(&app, &jam).await;
    assert!(page["json_ld"]["aggregateRating"].is_null());
}

#[tokio::test]
async fn the_text_of_an_erased_author_is_gone_and_the_stars_stay() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (author, tea) = (app.customer().await, admin.product("TEA", "10").await);
    app.settle().await;
    let secret = "my neighbour Dilshad likes it";
    let id = written(&author, &tea, 5, secret).await;
    publish(&app, &admin, &id).await;
    assert_eq!(texts(&read(&app, &tea, "").await), [secret]);
    let me = author.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned();
    let export = author.get(&format!("/api/v1/users/{me}/data-export")).await.ok();
    assert_eq!(export["reviews"][0]["text"], secret);
    admin.delete(&format!("/api/v1/users/{me}")).await.ok();
    app.settle().await;
    let list = read(&app, &tea, "").await;
    assert_eq!((&list["summary"]["stars"], texts(&list)), (&json!(5), vec!["-"]));
    assert_eq!((&list["items"][0]["title"], &list["items"][0]["media"]), (&Value::Null, &json!([])));
    let queue = admin.get("/api/v1/reviews").await.ok();
    assert!(!queue.to_string().contains("Dilshad"));
    assert_eq!(queue["items"][0]["text"], Value::Null);
}

#[tokio::test]
async fn hostile_texts_get_typed_refusals() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (author, tea) = (app.customer().await, admin.product("TEA", "10").await);
    app.settle().await;
    let with = |member: &str, value: Value| {
        let mut body = review(3, "fine");
        body[member] = value;
        body
    };
    for (body, pointer, code) in [
        (with("text", json!("a\u{0}b")), "/text", "control-character"),
        (with("text", json!("\u{1b}[2J")), "/text", "control-character"),
        (with("text", json!(" \n ")), "/text", "empty"),
        (with("text", json!("x".repeat(2_001))), "/text", "too-long"),
        (with("title", json!("x".repeat(151))), "/title", "too-long"),
        (with("rating", json!(0)), "/rating", "invalid-rating"),
        (with("rating", json!(6)), "/rating", "invalid-rating"),
    ] {
        let problem = write(&author, &tea, &body).await.problem(422, "invalid-request");
        let error = &problem["errors"][0];
        assert_eq!((&error["pointer"], &error["code"]), (&json!(pointer), &json!(code)));
    }
    for url in [
        "javascript:alert(1)",
        "http://cdn.example/1.jpg",
        "https://a b",
        "//cdn.example/1.jpg",
    ] {
        let problem = write(&author, &tea, &with("media", json!([url]))).await;
        problem.problem(422, "catalog.review_invalid_media_url");
    }
    let many = with("media", json!(vec!["https://cdn.example/1.jpg"; 6]));
    write(&author, &tea, &many).await.problem(422, "catalog.review_too_many_media");
    for rating in [json!(4.5), json!("5"), json!(-1), json!(500), json!(null)] {
        let reply = write(&author, &tea, &with("rating", rating.clone())).await;
        assert!((400..=422).contains(&reply.status.as_u16()), "{rating}");
    }
    // The longest that is allowed is sealed whole.
    let long = with("text", json!("أ".repeat(2_000)));
    let id = write(&author, &tea, &long).await.created()["id"].as_str().unwrap().to_owned();
    publish(&app, &admin, &id).await;
    let list = read(&app, &tea, "").await;
    assert_eq!(list["items"][0]["text"].as_str().unwrap().chars().count(), 2_000);
}
