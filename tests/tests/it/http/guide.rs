//! The guide for those who write clients: its snippets run, in every language, from top to bottom.

use std::process::{Command, Output, Stdio};

use souk_tests::TestApp;

/// The snippets of one language in `docs/clients.md`, as one program.
fn program(language: &str) -> String {
    let guide = include_str!("../../../../docs/clients.md");
    let fence = format!("```{language}\n");
    let snippets: Vec<&str> =
        guide.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(snippets.len() >= 4, "{} snippets of {language}", snippets.len());
    snippets.concat()
}

async fn run(app: &TestApp, language: &str, interpreter: &[&str], name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), program(language)).unwrap();
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_snippets_of_the_clients_guide_run_in_every_language() {
    let app = TestApp::spawn().await;
    api::demo::seed(&app.server.souk.log, &app.server.souk.identity).await.unwrap();
    app.settle().await;
    for (language, interpreter, name) in [
        ("sh", &["sh", "-eu"][..], "guide.sh"),
        ("js", &["node"], "guide.mjs"),
        ("python", &["python3"], "guide.py"),
    ] {
        assert_eq!(run(&app, language, interpreter, name).await, "confirmed\ncancelled\n", "{language}");
    }
}
