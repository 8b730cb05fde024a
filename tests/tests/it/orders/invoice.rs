//! Invoices as PDF: what they say is what the order says, to the last digit, in both languages, for whoever may see it.

use domain::{identity::Role, ids::CompanyId};
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

/// All that is printed, in the order of printing.
fn printed(reply: &Reply) -> String {
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.bytes));
    assert_eq!(reply.header("content-type"), "application/pdf");
    assert!(reply.bytes.starts_with(b"%PDF-1."));
    pdf_extract::extract_text_from_mem(&reply.bytes).unwrap()
}

/// As an invoice writes an amount.
fn shown(money: &Value) -> String {
    let decimal = money["amount"].as_str().unwrap();
    let (whole, rest) =
        decimal.split_once('.').map_or((decimal, String::new()), |(a, b)| (a, format!(".{b}")));
    let digits: Vec<char> = whole.chars().collect();
    let groups: Vec<String> = digits.rchunks(3).rev().map(|group| group.iter().collect()).collect();
    format!("{}{rest}", groups.join(","))
}

async fn product(admin: &Client, sku: &str, title: &str, price: &str, company: Option<&str>) -> String {
    let body = json!({
        "sku": sku, "title": {"en": title, "ar": "أرز بسمتي"}, "company_id": company,
        "prices": {"base": {"amount": price, "currency": "IQD"}},
    });
    admin.post("/api/v1/products", &body).await.created()["id"].as_str().unwrap().to_owned()
}

/// A shop with two products and stock of both.
async fn shop(app: &TestApp, titles: [&str; 2], company: Option<&str>) -> [String; 2] {
    let admin = app.admin().await;
    let warehouse = admin.warehouse("EBL").await;
    let rice = product(&admin, "RICE-5KG", titles[0], "1234567", company).await;
    let tea = product(&admin, "TEA", titles[1], "750.125", None).await;
    for product in [&rice, &tea] {
        admin.stock(product, &warehouse, 1_000).await.ok();
    }
    [rice, tea]
}

async fn order(client: &Client, lines: &[(&str, u32)], payment: &str) -> (String, Value) {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(product, quantity)| json!({"product_id": product, "quantity": quantity}))
        .collect();
    let placed = client.post("/api/v1/orders", &json!({"payment_method": payment, "lines": lines})).await;
    let id = placed.created()["id"].as_str().unwrap().to_owned();
    (format!("/api/v1/orders/{id}"), placed.json())
}

#[tokio::test]
async fn an_invoice_says_what_the_order_says() {
    let app = TestApp::spawn_with(|source| source.flag("store_name", "Bazaar of Erbil")).await;
    let [rice, tea] = shop(&app, ["Basmati rice", "Black tea"], None).await;
    let customer = app.customer().await;
    let (path, _) = order(&customer, &[(&rice, 7), (&tea, 3)], "cash").await;
    app.settle().await;
    let document = customer.get(&path).await.ok();
    let reply = customer.get(&format!("{path}/invoice.pdf?locale=en")).await;
    let text = printed(&reply);
    for part in [
        "Invoice",
        "Bazaar of Erbil",
        "Basmati rice",
        "Black tea",
        "RICE-5KG",
        "Cash on delivery",
        "Subtotal",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(text.contains(document["id"].as_str().unwrap()), "{text}");
    for line in document["lines"].as_array().unwrap() {
        assert!(
            text.contains(&shown(&line["unit_price"])) && text.contains(&shown(&line["total"])),
            "{line} {text}"
        );
    }
    for name in ["subtotal", "delivery", "tax", "total"] {
        let amount = format!("{} IQD", shown(&document["totals"][name]));
        assert!(text.contains(&amount), "{name}: {amount} in {text}");
    }
    let disposition = format!("inline; filename=\"invoice-{}.pdf\"", document["invoice_number"]);
    assert_eq!(reply.header("content-disposition"), disposition);
    assert_eq!((reply.header("content-language"), reply.header("cache-control")), ("en", "no-store"));
}

#[tokio::test]
async fn the_same_version_gives_the_same_bytes() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let [rice, _] = shop(&app, ["Basmati rice", "Tea"], None).await;
    let (path, _) = order(&admin, &[(&rice, 1)], "cash").await;
    app.settle().await;
    let invoice = format!("{path}/invoice.pdf");
    let first = admin.get(&invoice).await;
    let renamed = json!({"title": {"en": "Something else", "ar": "شيء آخر"}});
    admin.put(&format!("/api/v1/products/{rice}"), &renamed).await.ok();
    app.settle().await;
    let again = admin.get(&invoice).await;
    assert_eq!(first.header("etag"), again.header("etag"));
    assert!(first.bytes == again.bytes, "an invoice is the same whenever it is printed");
    let known = admin.get_with(&invoice, "If-None-Match", first.header("etag")).await;
    assert_eq!((known.status.as_u16(), known.bytes.len()), (304, 0));
    let arabic = admin.get_with(&invoice, "Accept-Language", "ar").await;
    assert_ne!(first.header("etag"), arabic.header("etag"));
    let moved = json!({"status": "processing"});
    admin.put(&format!("{path}/status"), &moved).await.ok();
    app.settle().await;
    let moved = admin.get(&invoice).await;
    assert_ne!(first.header("etag"), moved.header("etag"));
    assert!(printed(&moved).contains("Processing"));
}

#[tokio::test]
async fn arabic_is_printed_in_arabic() {
    let app = TestApp::spawn().await;
    let [rice, _] = shop(&app, ["Basmati rice", "Tea"], None).await;
    let admin = app.admin().await;
    let (path, placed) = order(&admin, &[(&rice, 2)], "cash").await;
    app.settle().await;
    let reply = admin.get_with(&format!("{path}/invoice.pdf"), "Accept-Language", "ar-IQ").await;
    let text = printed(&reply);
    assert_eq!(reply.header("content-language"), "ar");
    assert!(text.contains(&shown(&placed["totals"]["total"])), "{text}");
    assert!(
        text.chars().any(|c| ('\u{600}'..='\u{6FF}').contains(&c) || ('\u{FE70}'..='\u{FEFF}').contains(&c)),
        "{text}"
    );
    assert!(!text.contains("Invoice") && !text.contains("Basmati"), "{text}");
}

#[tokio::test]
async fn names_are_printed_and_never_obeyed() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let hostile = [
        "#import \"/etc/passwd\" $x^2$ \\ ] [ #{1/0} <a> @b *bold* _it_ `raw`",
        "#panic(\"no\") // comment /* */ = Heading #read(\"x\")",
    ];
    let [rice, tea] = shop(&app, hostile, None).await;
    let (path, _) = order(&admin, &[(&rice, 1), (&tea, 1)], "cash").await;
    app.settle().await;
    let text = printed(&admin.get(&format!("{path}/invoice.pdf")).await);
    let plain: String = text.split_whitespace().collect();
    for part in [
        "#import\"/etc/passwd\"",
        "$x^2$",
        "#{1/0}",
        "*bold*",
        "`raw`",
        "#panic(\"no\")",
        "#read(\"x\")",
        "=Heading",
    ] {
        assert!(plain.contains(part), "{part} in {text}");
    }
}

#[tokio::test]
async fn what_is_not_confirmed_has_no_invoice() {
    let app = TestApp::spawn().await;
    let [rice, _] = shop(&app, ["Rice", "Tea"], None).await;
    let customer = app.customer().await;
    let (path, _) = order(&customer, &[(&rice, 1)], "invoice").await;
    app.settle().await;
    customer.get(&format!("{path}/invoice.pdf")).await.problem(409, "orders.not_invoiced");
    let unknown = "/api/v1/orders/ord_00000000000000000000000000000001/invoice.pdf";
    customer.get(unknown).await.problem(404, "orders.order_not_found");
    customer.get(&format!("{path}/invoice.pdf?colour=red")).await.problem(400, "invalid-parameter");
}

#[tokio::test]
async fn a_vendor_gets_its_own_lines_and_a_stranger_nothing() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let id = CompanyId::from_uuid(event_store::ids::uuid());
    let company = admin.company(Some(id)).await;
    let [rice, tea] = shop(&app, ["Basmati rice", "Black tea"], Some(&company)).await;
    let customer = app.customer().await;
    let (path, _) = order(&customer, &[(&rice, 2), (&tea, 1)], "cash").await;
    app.settle().await;
    let vendor = app.account(Role::Vendor, &[], Some(id)).await;
    let invoice = format!("{path}/invoice.pdf");
    let text = printed(&vendor.get(&invoice).await);
    assert!(text.contains("Basmati rice") && text.contains("Zagros Foods"), "{text}");
    assert!(text.contains("2,469,134 IQD") && !text.contains("Black tea"), "{text}");
    let whole = printed(&customer.get(&invoice).await);
    assert!(whole.contains("Black tea") && whole.contains("Zagros Foods"), "{whole}");
    app.customer().await.get(&invoice).await.problem(404, "orders.order_not_found");
}

#[tokio::test]
async fn what_was_credited_stands_below_the_total() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let [rice, _] = shop(&app, ["Basmati rice", "Tea"], None).await;
    let (path, _) = order(&admin, &[(&rice, 3)], "cash").await;
    for status in ["processing", "shipped", "delivered"] {
        admin.put(&format!("{path}/status"), &json!({"status": status})).await.ok();
    }
    let back = json!({"lines": [{"line": 1, "quantity": 1}], "reason": "torn"});
    let returned = admin.post(&format!("{path}/returns"), &back).await.created();
    let moves = format!("/api/v1/returns/{}/status", returned["id"].as_str().unwrap());
    app.settle().await;
    let warehouse = admin.get("/api/v1/warehouses").await.ok()["items"][0]["id"].clone();
    for status in [
        json!({"status": "approved"}),
        json!({"status": "received", "warehouse_id": warehouse}),
        json!({"status": "refunded"}),
    ] {
        admin.patch(&moves, &status).await.ok();
    }
    app.settle().await;
    let document = admin.get(&path).await.ok();
    assert_eq!(shown(&document["credited"]), "1,234,567");
    let text = printed(&admin.get(&format!("{path}/invoice.pdf")).await);
    assert!(text.contains("Credits") && text.contains("1,234,567 IQD"), "{text}");
    // 3,703,701 less 1,234,567.
    assert!(text.contains("3,703,701 IQD") && text.contains("2,469,134 IQD"), "{text}");
}
