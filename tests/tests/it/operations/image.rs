//! The container image's health check, run as the container runtime runs it.

use std::process::{Command, Output};

use souk_tests::TestApp;

/// What the Dockerfile's `HEALTHCHECK` runs, asked of another port.
fn health_check(port: &str) -> Output {
    let file = include_str!("../../../../Dockerfile").replace("\\\n", "");
    let line = file.lines().find(|line| line.starts_with("HEALTHCHECK ")).expect("a health check");
    let (_, command) = line.split_once(" CMD ").unwrap();
    let command: Vec<String> = serde_json::from_str(command).unwrap();
    let command: Vec<String> = command.iter().map(|part| part.replace("8080", port)).collect();
    Command::new(&command[0]).args(&command[1..]).output().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_images_health_check_tells_a_node_that_is_ready_from_one_that_is_not() {
    let app = TestApp::spawn().await;
    let request = app.anonymous().request(reqwest::Method::GET, "/").build().unwrap();
    let port = request.url().port().unwrap().to_string();
    let ready = health_check(&port);
    assert!(ready.status.success(), "{}", String::from_utf8_lossy(&ready.stderr));
    app.server.stop().await.unwrap();
    assert!(!health_check(&port).status.success());
}
