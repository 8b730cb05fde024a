//! Bodies that two readers could read in two ways, and those that are made to be too much for one.

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::Reply;

use crate::security::support::{
    faults::{Faults, wrong},
    marketplace::Marketplace,
};

/// JSON that is none, or not only one thing: text, and the statuses that refuse it.
fn ambiguous() -> Vec<(&'static str, Vec<u8>)> {
    let deep =
        |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000)).into_bytes();
    let product = |sku: &[u8]| {
        let mut body = br#"{"sku":""#.to_vec();
        body.extend_from_slice(sku);
        body.extend_from_slice(br#"","title":{"en":"x"},"prices":{"base":{"amount":"1","currency":"IQD"}}}"#);
        body
    };
    vec![
        ("a repeated member", br#"{"sku":"A","sku":"B"}"#.to_vec()),
        ("a repeated member, escaped", br#"{"sku":"A","\u0073ku":"B"}"#.to_vec()),
        ("a byte order mark", [b"\xef\xbb\xbf".to_vec(), product(b"BOM")].concat()),
        ("UTF-16", product(b"A").iter().flat_map(|byte| [*byte, 0]).collect()),
        ("invalid UTF-8", product(b"\xff\xfe")),
        ("an overlong slash", product(b"\xc0\xaf")),
        ("a surrogate in UTF-8", product(b"\xed\xa0\x80")),
        ("half a surrogate, escaped", product(br"\ud800")),
        ("two values", [product(b"TWO"), b"{}".to_vec()].concat()),
        ("a comment", [b"/**/".to_vec(), product(b"COMMENT")].concat()),
        ("a comma too many", br#"{"sku":"A",}"#.to_vec()),
        ("single quotes", b"{'sku':'A'}".to_vec()),
        ("not a number", br#"{"sku":NaN}"#.to_vec()),
        ("a NUL", product(b"\0")),
        ("a NUL, escaped", product(br"\u0000")),
        ("a control character", product(b"\x01")),
        ("deep lists", deep("[", "]")),
        ("deep objects", deep("{\"title\":", "}")),
        ("deep lists below", [b"{\"tags\":".to_vec(), deep("[", "]"), b"}".to_vec()].concat()),
        ("an open end", b"[".repeat(500_000)),
        (
            "many members",
            format!("{{{}}}", (0..60_000).map(|n| format!("\"m{n}\":1,")).collect::<String>()).into(),
        ),
        ("the same hash", format!("{{\"title\":{{{}\"en\":\"x\"}}}}", "\"en\":\"x\",".repeat(50_000)).into()),
        (
            "a long number",
            [
                b"{\"min_order_quantity\":".to_vec(),
                b"9".repeat(900_000),
                b"}".to_vec(),
            ]
            .concat(),
        ),
        ("an XML bomb", br#"<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>"#.to_vec()),
        ("YAML", b"sku: !!python/object:os.system\n".to_vec()),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_5_2_what_is_no_plain_json_is_refused_by_every_route() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    for route in town.routes.iter().filter(|route| route.body.is_some()) {
        let good = town.good(route).await;
        let is_product = route.name() == "POST /api/v1/products";
        for (what, body) in ambiguous() {
            // The long ones go where they cost most.
            if body.len() > 1_000 && !is_product {
                continue;
            }
            let reply =
                Reply::of(good.on(&good.path, None).header("content-type", "application/json").body(body))
                    .await;
            faults.extend(wrong(&reply).map(|fault| format!("{} {what}: {fault}", route.name())));
            faults.unless(reply.status.is_client_error(), || {
                format!("{} takes {what}: {}", route.name(), reply.status)
            });
        }
        // XML is not even looked at.
        for kind in [
            "application/xml",
            "text/xml",
            "application/x-yaml",
            "application/x-java-serialized-object",
        ] {
            let sent = good.on(&good.path, None).header("content-type", kind).body(b"<a/>".to_vec());
            let reply = Reply::of(sent).await;
            faults.unless(reply.status == 415, || format!("{} {kind}: {}", route.name(), reply.status));
        }
    }
    town.world.admin().get("/api/v1/health").await.ok();
    faults.none();
}

/// A value of an order that counts: its quantity.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_4_2_numbers_beyond_a_limit_are_refused_and_never_wrap() {
    let town = Marketplace::open().await;
    let (world, admin) = (&town.world, town.world.admin());
    let mut faults = Faults::default();
    let order = |quantity: &str| {
        let body = format!(
            r#"{{"zone":"erbil","lines":[{{"product_id":"{}","quantity":{quantity}}}]}}"#,
            world.honey
        );
        let key = event_store::ids::uuid().to_string();
        let sent = admin.request(Method::POST, "/api/v1/orders").header("Idempotency-Key", key);
        Reply::of(sent.header("content-type", "application/json").body(body))
    };
    for quantity in [
        "0",
        "-1",
        "-0",
        "1.5",
        "1e1",
        "1e400",
        "4294967295",
        "4294967296",
        "4294967297",
        "2147483648",
        "9223372036854775808",
        "18446744073709551617",
        "\"1\"",
        "1e-400",
        "0.1e1",
        "null",
    ] {
        let reply = order(quantity).await;
        faults.extend(wrong(&reply).map(|fault| format!("quantity {quantity}: {fault}")));
        faults.unless(reply.status.is_client_error(), || format!("{quantity} units are {}", reply.status));
    }
    let prices = [
        "-1",
        "-0.000001",
        "1e3",
        "1e400",
        "NaN",
        "Infinity",
        "0x10",
        "1,000",
        "١",
        " 1",
        "1 ",
        "+1",
        ".5",
        "5.",
        "99999999999999999999",
        "9223372036854775808",
        "79228162514264337593543950336",
        "",
    ];
    for price in
        prices.map(str::to_owned).into_iter().chain(["9".repeat(1_000), format!("0.{}1", "0".repeat(500))])
    {
        let product = json!({
            "sku": "HOSTILE", "title": {"en": "x"}, "prices": {"base": {"amount": price, "currency": "IQD"}},
        });
        let reply = admin.post("/api/v1/products", &product).await;
        faults.extend(wrong(&reply).map(|fault| format!("price {price}: {fault}")));
        faults.unless(reply.status == 422, || format!("a price of {price:?} is {}", reply.status));
    }
    faults.none();
}

/// The dearest product there can be, as many times as there can be: refused, or a total that is right.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_4_2_no_stock_and_no_total_wraps() {
    let town = Marketplace::open().await;
    let (world, admin) = (&town.world, town.world.admin());
    let mut faults = Faults::default();
    let dear = json!({
        "sku": "DEAR", "title": {"en": "x"}, "prices": {"base": {"amount": "9000000000000", "currency": "IQD"}},
    });
    let dear = admin.post("/api/v1/products", &dear).await.created();
    {
        let dear = dear["id"].as_str().unwrap().to_owned();
        for delta in [i64::from(u32::MAX), i64::MAX, i64::MAX, i64::MIN] {
            let reply = admin.stock(&dear, &world.warehouse, delta).await;
            faults.extend(wrong(&reply).map(|fault| format!("stock {delta}: {fault}")));
        }
        let stock = admin.get(&format!("/api/v1/inventory/stock/{dear}")).await.ok();
        faults.unless(stock["on_hand"].as_i64().is_some_and(|on_hand| on_hand >= 0), || format!("{stock}"));
        for quantity in [999_u32, 1_000_000, u32::MAX] {
            let reply = admin.order(&[(&dear, quantity)]).await;
            faults.extend(wrong(&reply).map(|fault| format!("{quantity} dear ones: {fault}")));
            let total = reply.json()["totals"]["total"]["amount"].as_str().map(str::to_owned);
            let is_right = total.is_none_or(|total| !total.starts_with('-'));
            faults.unless(is_right, || format!("{quantity} dear ones: {}", reply.json()));
        }
    }
    faults.none();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_1_1_what_is_encoded_twice_is_decoded_once() {
    let town = Marketplace::open().await;
    let admin = town.world.admin();
    let product = json!({
        "sku": "A%2FB", "title": {"en": "%3Cscript%3E &lt;b&gt; \\u0041 &#x27;"},
        "prices": {"base": {"amount": "1000", "currency": "IQD"}},
    });
    let id = admin.post("/api/v1/products", &product).await.created()["id"].as_str().unwrap().to_owned();
    town.world.app.settle().await;
    let seen = admin.get(&format!("/api/v1/products/{id}")).await.ok();
    assert_eq!(seen["sku"], "A%2FB");
    assert_eq!(seen["title"], product["title"]["en"]);
    let found = async |query: &str| -> Vec<Value> {
        admin.get(&format!("/api/v1/products?{query}")).await.ok()["items"].as_array().unwrap().clone()
    };
    assert_eq!(found("filter[sku]=A%252FB").await.len(), 1);
    assert!(found("filter[sku]=A%2FB").await.is_empty());
    // An id that is encoded twice is none.
    let twice = id.replace('_', "%255F");
    admin.get(&format!("/api/v1/products/{twice}")).await.problem(400, "invalid-id");
}
