//! Figures for Prometheus.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use souk_tests::{Client, TestApp};

use super::prometheus::Exposition;

async fn scrape(client: &Client) -> (String, Exposition) {
    let reply = client.get("/metrics").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let text = String::from_utf8(reply.bytes).unwrap();
    let exposition = Exposition::parse(&text).unwrap_or_else(|error| panic!("{error} in\n{text}"));
    (text, exposition)
}

/// `promtool check`, of Prometheus itself.
fn check_with_promtool(arguments: &[&str], text: &str) {
    let mut promtool = Command::new("promtool")
        .arg("check")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool: script/bootstrap tests");
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    assert!(output.status.success(), "{}{}", text, String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn requests_are_counted_and_timed_by_the_pattern_of_their_path() {
    const ROUTE: (&str, &str) = ("route", "/api/v1/products/{id}");
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let product = admin.product("RICE", "12500").await;
    app.settle().await;
    // The figures are the process's, and other tests of this process make requests of the same kind.
    let (_, before) = scrape(&app.anonymous()).await;
    for _ in 0..3 {
        app.anonymous().get(&format!("/api/v1/products/{product}")).await.ok();
    }
    app.anonymous()
        .get("/api/v1/products/prd_00000000000000000000000000000000")
        .await
        .problem(404, "catalog.product_not_found");
    let (text, after) = scrape(&app.anonymous()).await;
    let grown = |name: &str, labels: &[(&str, &str)]| {
        after.value(name, labels).unwrap() - before.value(name, labels).unwrap()
    };
    assert!(grown("souk_http_requests_total", &[ROUTE, ("method", "GET"), ("class", "2xx")]) >= 3.0);
    assert!(grown("souk_http_requests_total", &[ROUTE, ("method", "GET"), ("class", "4xx")]) >= 1.0);
    assert!(grown("souk_http_request_duration_seconds_count", &[ROUTE, ("method", "GET")]) >= 4.0);
    assert!(!text.contains(&product), "an id in a label");
    let buckets = after.samples("souk_http_request_duration_seconds_bucket", &[ROUTE, ("method", "GET")]);
    assert_eq!(buckets.count(), api::http::metrics::DURATION_BUCKETS_S.len() + 1);
    check_with_promtool(&["metrics"], &text);
}

#[tokio::test]
async fn the_log_the_projections_and_the_process_are_measured() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    admin.product("RICE", "12500").await;
    app.settle().await;
    let (_, found) = scrape(&app.anonymous()).await;
    let position = found.value("souk_log_position", &[]).unwrap();
    assert!(position >= 2.0);
    assert_eq!(position.to_string(), app.head().position.to_string());
    for name in [
        "souk_append_queue_commands",
        "souk_http_requests_in_flight",
        "souk_database_connections_idle",
        "souk_database_connections_busy",
        "souk_cache_products",
        "souk_rebuilds_running",
        "souk_log_epoch",
        "process_open_fds",
        "process_threads",
    ] {
        assert!(found.value(name, &[]).is_some(), "{name}");
    }
    assert_eq!(found.value("souk_http_requests_in_flight", &[]), Some(1.0), "the scrape itself");
    assert!(found.value("process_resident_memory_bytes", &[]) > Some(1_000_000.0));
    assert!(found.value("process_cpu_seconds_total", &[]) > Some(0.0));
    assert!(found.value("souk_append_batch_commands_count", &[]) > Some(0.0));
    assert_eq!(found.0["souk_append_batch_commands"].kind, "histogram");
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    assert_eq!(found.value("souk_build_info", &version), Some(1.0));
    // Measured once a second.
    for _ in 0..100 {
        let (_, found) = scrape(&app.anonymous()).await;
        if found.samples("souk_projection_lag_seconds", &[]).count() >= projections::all().len() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the lag of the projections is not measured");
}

#[tokio::test]
async fn figures_can_be_kept_for_those_who_know_the_token() {
    let app = TestApp::spawn_with(|source| source.env_text("metrics_token", "a token of the scraper")).await;
    let nobody = app.anonymous();
    let reply = nobody.get("/metrics").await;
    reply.problem(401, "operations.metrics_token");
    assert!(reply.header("www-authenticate").starts_with("Bearer"));
    nobody
        .with_token("a token of the scrapes")
        .get("/metrics")
        .await
        .problem(401, "operations.metrics_token");
    scrape(&nobody.with_token("a token of the scraper")).await;
}

/// What the dashboard draws and the alerts watch is what a node tells.
#[tokio::test]
async fn the_operators_files_name_metrics_that_exist() {
    let app = TestApp::spawn().await;
    app.admin().await.product("RICE", "12500").await;
    app.settle().await;
    let (text, _) = scrape(&app.anonymous()).await;
    let alerts = include_str!("../../../../docs/operators/alerts.yaml");
    check_with_promtool(
        &[
            "rules",
            concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operators/alerts.yaml"),
        ],
        "",
    );
    let files = [include_str!("../../../../docs/operators/dashboard.json"), alerts];
    let described = include_str!("../../../../api/src/operations/figures.rs");
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut named = 0;
    for name in
        files.iter().flat_map(|file| file.split(|c| !is_name(c))).filter(|word| word.starts_with("souk_"))
    {
        // What has not happened yet has no sample; it is described all the same.
        assert!(text.contains(&format!("\n{name}")) || described.contains(&format!("\"{name}\"")), "{name}");
        named += 1;
    }
    assert!(named > 10);
    let runbook = include_str!("../../../../docs/operators.md");
    for anchor in alerts.split("docs/operators.md#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let heading = format!("### {}", anchor.replace('-', " "));
        assert!(runbook.lines().any(|line| line.to_lowercase() == heading), "no part {heading}");
    }
}
