//! The guides for those who write clients: their snippets run, in every language, from top to bottom.

use std::process::{Command, Output, Stdio};

use souk_tests::TestApp;

const CLIENTS: &str = include_str!("../../../../docs/clients.md");
const TOKENS: &str = include_str!("../../../../docs/tokens.md");

/// The snippets of one language in a guide, as one program.
fn program(guide: &str, language: &str) -> String {
    let fence = format!("```{language}\n");
    let snippets: Vec<&str> =
        guide.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(snippets.len() >= 4, "{} snippets of {language}", snippets.len());
    snippets.concat()
}

async fn run(app: &TestApp, guide: &str, language: &str, interpreter: &[&str], name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), program(guide, language)).unwrap();
    let mut command = Command::new(interpreter[0]);
    command
        .args(&interpreter[1..])
        .arg(name)
        .current_dir(folder.path())
        .env("SOUK", format!("http://{}", app.server.address))
        .stdin(Stdio::null());
    let output: Output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{language}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Runs a guide's program in every language, each of which must print the same.
async fn holds(guide: &str, printed: &str) {
    let app = TestApp::spawn().await;
    api::demo::seed(&app.server.souk.log, &app.server.souk.identity).await.unwrap();
    app.settle().await;
    for (language, interpreter, name) in [
        ("sh", &["sh", "-eu"][..], "guide.sh"),
        ("js", &["node"], "guide.mjs"),
        ("python", &["python3"], "guide.py"),
    ] {
        assert_eq!(run(&app, guide, language, interpreter, name).await, printed, "{language}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_snippets_of_the_clients_guide_run_in_every_language() {
    holds(CLIENTS, "confirmed\ncancelled\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_snippets_about_tokens_run_in_every_language() {
    let printed = [
        "customer",
        "200",
        "true customer",
        "204",
        "401", // bearer tokens
        "200",
        "403",
        "204", // cookies
        "200",
        "403",
        "204",
        "401", // an API key
    ];
    holds(TOKENS, &(printed.join("\n") + "\n")).await;
}
