//! `souk import`, beside a running server or alone.

use std::{fs, path::Path};

use super::{Server, command, run, text};

const ROWS: &str = "\
InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
536365,71053,WHITE METAL LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom
536365,71053,WHITE METAL LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom
536370,POST,POSTAGE,3,2010-12-01 08:45:00,18.0,12583.0,France
C536379,85123A,WHITE HANGING HEART T-LIGHT HOLDER,-2,2010-12-01 09:41:00,2.55,17850.0,United Kingdom
536414,22139,,56,2010-12-01 11:52:00,0.0,,United Kingdom
";

fn import(data_dir: &Path, file: &Path) -> String {
    let output = run("souk", data_dir, &["import", "online-retail", &file.display().to_string()]);
    let printed = text(&output.stdout);
    assert!(output.status.success(), "{printed}{}", text(&output.stderr));
    assert!(printed.contains("file and log agree"), "{printed}");
    printed
}

fn file(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("rows.csv");
    fs::write(&path, ROWS).unwrap();
    path
}

#[tokio::test]
async fn it_runs_beside_a_server_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data, &[]);
    let first = import(&data, &file(folder.path()));
    assert!(first.contains("0 of them done before"), "{first}");
    let position = server.position().await;
    let again = import(&data, &file(folder.path()));
    assert!(!again.contains(" 0 of them done before"), "{again}");
    // The server has heard of everything that the other process wrote.
    assert_eq!(server.position().await, position);
    let (_, products) = server.get("/api/v1/products?limit=50", None).await;
    let listed = products["items"].as_array().or_else(|| products["data"].as_array()).map(Vec::len);
    assert_eq!(listed, Some(4), "{products}");
    assert_eq!(server.stop().code(), Some(0));
}

#[test]
fn it_runs_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    import(&data, &file(folder.path()));
    let verified = run("souk-replay", &data, &["verify"]);
    assert!(verified.status.success(), "{}", text(&verified.stdout));
}

#[test]
fn a_file_that_is_no_such_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let path = folder.path().join("other.csv");
    fs::write(&path, "a,b\n1,2\n").unwrap();
    let mut souk = command("souk");
    let output =
        souk.args(["import", "online-retail"]).arg(&path).arg("--data-dir").arg(&data).output().unwrap();
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("other.csv"), "{error}");
}
