//! Products from files: whole, row by row, again and again.

use reqwest::{Body, Method};
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

const CSV: &str = "text/csv";
const NDJSON: &str = "application/x-ndjson";

/// The report of an import: what became of each row, and the summary.
struct Report {
    rows: Vec<Value>,
    summary: Value,
}

impl Report {
    fn of(reply: &Reply) -> Self {
        assert_eq!(reply.status.as_u16(), 200, "{reply:?}");
        let lines = reply.bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let lines: Vec<Value> = lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
        let (rows, others): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.get("row").is_some());
        Self { rows, summary: others.last().unwrap()["summary"].clone() }
    }

    fn counts(&self) -> [i64; 4] {
        ["created", "revised", "unchanged", "refused"].map(|name| self.summary[name].as_i64().unwrap())
    }

    fn codes(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row["code"].as_str().unwrap_or("-")).collect()
    }
}

async fn send(client: &Client, query: &str, kind: &str, body: impl Into<Body>) -> Reply {
    let path = format!("/api/v1/products/import{query}");
    Reply::of(client.request(Method::POST, &path).header("content-type", kind).body(body)).await
}

async fn import(client: &Client, kind: &str, body: impl Into<Body>) -> Report {
    Report::of(&send(client, "", kind, body).await)
}

fn csv(rows: std::ops::Range<u32>) -> String {
    let head = "sku,title,title.ar,currency,base_price,tags\n".to_owned();
    rows.fold(head, |all, n| format!("{all}SKU-{n},\"Thing, {n}\",شيء {n},IQD,{}.5,a b\n", n + 1))
}

async fn total(client: &Client) -> i64 {
    client.get("/api/v1/products?total=true&limit=1").await.ok()["total"].as_i64().unwrap()
}

#[tokio::test]
async fn a_file_makes_what_is_missing_revises_what_differs_and_leaves_the_rest() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let row = |sku: &str, price: &str| json!({"sku": sku, "title": {"en": sku}, "prices": {"base": {"amount": price, "currency": "IQD"}}});
    let lines = format!("{}\n\n{}\n", row("A", "1"), row("B", "2"));
    let tried = Report::of(&send(&admin, "?dry_run=true", NDJSON, lines.clone()).await);
    assert_eq!((tried.counts(), &tried.rows[0]["id"]), ([2, 0, 0, 0], &Value::Null));
    app.settle().await;
    assert_eq!(total(&admin).await, 0);
    let report = import(&admin, NDJSON, lines.clone()).await;
    assert_eq!(report.counts(), [2, 0, 0, 0]);
    // A blank line is a line, so that the numbers are those of an editor.
    assert_eq!((&report.rows[1]["row"], &report.rows[1]["key"]), (&json!(3), &json!("B")));
    assert_eq!(import(&admin, NDJSON, lines).await.counts(), [0, 0, 2, 0]);
    // What is left out stays; a product that stands there twice is taken in order.
    let lines = "sku,title.ar,base_price,currency\nA,أ,3,IQD\nB,,,\nA,,4,IQD\n";
    let report = import(&admin, CSV, lines).await;
    assert_eq!(report.counts(), [0, 2, 1, 0]);
    app.settle().await;
    let path = format!("/api/v1/products/{}?view=full", report.rows[0]["id"].as_str().unwrap());
    let product = admin.get(&path).await.ok();
    assert_eq!(product["translations"]["title"], json!({"en": "A", "ar": "أ"}));
    assert_eq!(product["base_price"]["amount"], "4");
    let refused = import(&admin, NDJSON, "{\"sku\":\"C\"}\n{\"sku\":\"A\",\"kind\":\"service\"}\n{}\n").await;
    assert_eq!(
        refused.codes(),
        [
            "catalog.import_incomplete",
            "catalog.import_fixed",
            "invalid-request"
        ]
    );
    assert_eq!(refused.rows[0]["errors"].as_array().unwrap().len(), 2);
}

/// medusa#4131: an import of a CSV failed beyond some 15 rows; medusa#2789: one of 37,040 rows never went on.
#[tokio::test]
async fn medusa_4131_an_import_of_many_rows_comes_to_its_end() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let rows = 5_000;
    let report = import(&admin, CSV, csv(0..rows)).await;
    assert_eq!(report.counts(), [rows.into(), 0, 0, 0], "{:?}", report.summary);
    assert!(report.rows.iter().zip(2..).all(|(row, number)| row["row"] == number));
    app.settle().await;
    assert_eq!(total(&admin).await, i64::from(rows));
}

#[tokio::test]
async fn an_import_that_broke_off_goes_on_and_makes_nothing_twice() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let whole = csv(0..600);
    // The connection is cut in the middle of a row.
    let half: Vec<Result<Vec<u8>, std::io::Error>> = vec![
        Ok(whole.as_bytes()[..whole.len() / 2].to_vec()),
        Err(std::io::Error::other("cut")),
    ];
    let cut = Body::wrap_stream(futures_util::stream::iter(half));
    let path = "/api/v1/products/import";
    let sent = admin.request(Method::POST, path).header("content-type", CSV).body(cut).send().await;
    drop(sent);
    let report = import(&admin, CSV, whole).await;
    let [created, revised, unchanged, refused] = report.counts();
    assert_eq!((created + unchanged, revised, refused), (600, 0, 0));
    app.settle().await;
    assert_eq!(total(&admin).await, 600);
}

#[tokio::test]
async fn a_repeat_under_the_same_key_undoes_nothing_that_came_since() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let send = |body: String| {
        let request = admin.request(Method::POST, "/api/v1/products/import").header("content-type", CSV);
        Reply::of(request.header("Idempotency-Key", "monday").body(body))
    };
    let first = Report::of(&send(csv(0..3)).await);
    let path = format!("/api/v1/products/{}", first.rows[0]["id"].as_str().unwrap());
    let price = json!({"prices": {"base": {"amount": "99", "currency": "IQD"}}});
    admin.put(&path, &price).await.ok();
    let again = Report::of(&send(csv(0..4)).await);
    let replayed: Vec<_> = again.rows.iter().map(|row| row["replayed"] == true).collect();
    assert_eq!(replayed, [true, true, true, false]);
    app.settle().await;
    assert_eq!(admin.get(&path).await.ok()["base_price"]["amount"], "99");
    // Another row under the same key is another request.
    let other = Report::of(&send(csv(0..1).replace("1.5", "7")).await);
    assert_eq!(other.rows[0]["status"], 422);
}

#[tokio::test]
async fn what_was_exported_is_imported_as_it_is() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    import(&admin, CSV, csv(0..20)).await;
    let arabic = json!({"sku": "-AR", "title": {"ar": "=1+1"}, "prices": {"base": {"amount": "1", "currency": "IQD"}}});
    import(&admin, NDJSON, arabic.to_string()).await;
    app.settle().await;
    let exported = admin.get("/api/v1/export/products/csv").await;
    let report = import(&admin, CSV, exported.bytes.clone()).await;
    assert_eq!(report.counts(), [0, 0, 21, 0], "{:?}", report.rows);
}

#[tokio::test]
async fn hostile_files_get_typed_refusals() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let head = "sku,title,currency,base_price\n";
    let good = "OK,Fine,IQD,1\n";
    let rows: &[(&[u8], &str)] = &[
        (b"A,\xff\xfe,IQD,1\n", "invalid-utf8"),
        (b"A,T,IQD,1,x,y\n", "invalid-request"),
        (b"A,T\n", "invalid-request"),
        (b"A,T,IQD,free\n", "invalid-request"),
        (b"A,a\0b,IQD,1\n", "invalid-request"),
        (b"A,T,IQD,-1\n", "catalog.negative_price"),
    ];
    for (row, code) in rows {
        let body = [head.as_bytes(), row, good.as_bytes()].concat();
        let report = import(&admin, CSV, body).await;
        assert_eq!((report.codes(), &report.summary["complete"]), (vec![*code, "-"], &json!(true)));
    }
    // A row too long is passed over, a field without end ends it.
    let long = format!("{head}A,{},IQD,1\n{good}", "x".repeat(300_000));
    assert_eq!(import(&admin, CSV, long).await.codes(), ["row-too-long", "-"]);
    for open in ["B,\"never".to_owned(), format!("B,\"{}", "x\n".repeat(200_000))] {
        let report = import(&admin, CSV, format!("{head}{good}{open}")).await;
        assert_eq!(report.codes(), ["-", "unterminated-quote"]);
        assert_eq!(report.summary["stopped_by"], "unterminated-quote");
    }
    // A formula is a text.
    let formula = format!("{head}F,\"=HYPERLINK(\"\"http://x\"\")\",IQD,1\n");
    let report = import(&admin, CSV, formula).await;
    app.settle().await;
    let path = format!("/api/v1/products/{}", report.rows[0]["id"].as_str().unwrap());
    assert_eq!(admin.get(&path).await.ok()["title"], "=HYPERLINK(\"http://x\")");
    for line in ["[1]", "{", "{\"sku\":1}", "{\"sku\":\"A\",\"colour\":1}", "\u{0}"] {
        let report = import(&admin, NDJSON, format!("{line}\n")).await;
        assert_eq!(report.counts(), [0, 0, 0, 1], "{line}");
    }
    for (kind, body, status) in [
        (CSV, "sku,colour\n", 422),
        (CSV, "title\n", 422),
        (CSV, "", 422),
        (CSV, "\"sku", 422),
        ("application/json", "{}", 415),
        ("text/plain", "sku\n", 415),
    ] {
        assert_eq!(send(&admin, "", kind, body).await.status.as_u16(), status, "{kind} {body}");
    }
    send(&admin, "?dry_run=perhaps", CSV, head).await.problem(400, "invalid-parameter");
    send(&app.customer().await, "", CSV, head).await.problem(403, "forbidden");
}
