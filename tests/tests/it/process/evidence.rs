//! `souk-replay verify --evidence`: the log against its tree heads, over the database, over an exported file, and by the
//! verifier that was written from the specification alone.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use event_store::evidence::HeadKeys;
use serde_json::{Value, json};
use souk_tests::{TestApp, TestDatabase};
use sqlx::PgPool;

use super::{
    Server, command,
    replay::{replay, told},
    serving, text,
};
use crate::operations::evidence::sealed;

const VERIFY: [&str; 3] = ["verify", "--evidence", "--json"];

/// The demo's story, all of it under tree heads of at most a hundred events each.
pub(super) async fn sealed_demo() -> TestDatabase {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().unwrap();
    let mut souk = serving();
    souk.args(["--demo", "--database-url", database.url()]).arg("--data-dir").arg(folder.path());
    souk.envs([("SOUK_EVIDENCE_SECONDS", "1"), ("SOUK_EVIDENCE_EVENTS", "100")]);
    let server = Server::start_as(&mut souk);
    sealed(&database.pool()).await;
    assert_eq!(server.stop().code(), Some(0));
    database
}

pub(super) fn verified(database: &TestDatabase, more: &[&str]) -> (Option<i32>, Value) {
    document(&replay(database.url(), &[&VERIFY[..], more].concat()))
}

fn document(output: &Output) -> (Option<i32>, Value) {
    let document = serde_json::from_slice(&output.stdout);
    (output.status.code(), document.unwrap_or_else(|_| panic!("{}", text(&output.stderr))))
}

fn of_file(file: &Path, more: &[&str]) -> (Option<i32>, Value) {
    document(&command("souk-replay").args(VERIFY).args(more).arg("--file").arg(file).output().unwrap())
}

/// Runs the verifier of the specification.
fn python(args: &[&str]) -> Output {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/evidence/verify.py");
    Command::new("python3")
        .arg("-B")
        .arg(program)
        .args(args)
        .output()
        .expect("python3 (script/bootstrap tests)")
}

fn python_tells(args: &[&str], status: i32, what: &str) {
    let output = python(args);
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(status), "{told}{}", text(&output.stderr));
    assert!(told.contains(what), "{what} is not in:\n{told}");
}

/// The codes and positions of the faults.
pub(super) fn faults(document: &Value) -> Vec<(String, i64)> {
    let fault = |fault: &Value| {
        (fault["code"].as_str().unwrap().to_owned(), fault["position"].as_i64().unwrap_or_default())
    };
    document["faults"].as_array().unwrap().iter().map(fault).collect()
}

/// What a superuser does: the trigger is no hindrance.
pub(super) async fn as_superuser(pool: &PgPool, statements: &str) {
    let mut transaction = pool.begin().await.unwrap();
    let free = "set local session_replication_role = replica";
    sqlx::raw_sql(free).execute(&mut *transaction).await.unwrap();
    sqlx::raw_sql(statements).execute(&mut *transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

async fn newest(pool: &PgPool) -> (i64, String, String) {
    sqlx::query_as(
        "select h.size, h.note, k.key from evidence_heads h join evidence_keys k using (key_hash) \
         order by h.size desc limit 1",
    )
    .fetch_one(pool)
    .await
    .unwrap()
}

fn export(database: &TestDatabase, folder: &Path, name: &str) -> PathBuf {
    let file = folder.join(name);
    told(database.url(), &["export", file.to_str().unwrap()]);
    file
}

#[tokio::test]
async fn an_untouched_log_holds_in_the_database_in_a_file_and_by_the_other_verifier() {
    let database = sealed_demo().await;
    let (size, note, key) = newest(&database.pool()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = export(&database, folder.path(), "shop.ndjson");
    let head = folder.path().join("head");
    fs::write(&head, &note).unwrap();
    let given = ["--head", head.to_str().unwrap(), "--key", &key];
    for (status, document) in [
        verified(&database, &[]),
        verified(&database, &given),
        of_file(&file, &[]),
        of_file(&file, &given),
    ] {
        assert_eq!((status, &document["sound"]), (Some(0), &json!(true)), "{document}");
        assert_eq!((&document["sealed"], &document["unsealed"]), (&json!(size), &json!(0)));
        assert_eq!(document["keys"], json!([key]));
        assert!(document["heads"].as_array().unwrap().iter().all(|head| head["holds"] == true));
    }
    let log = file.to_str().unwrap();
    python_tells(&[log], 0, &format!("{size} events, {size} of them as they were sealed: no fault"));
    python_tells(&[&[log][..], &given].concat(), 0, "no fault");
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/evidence/vectors.json");
    python_tells(&["--vectors", vectors.to_str().unwrap()], 0, "7 vectors as specified");
    // As people read it.
    let report = told(database.url(), &["verify", "--evidence"]);
    assert!(report.starts_with("signed by a key that stands beside the log"), "{report}");
    assert!(report.contains(&format!("tree head of {size} events, signed at ")), "{report}");
    assert!(report.ends_with(": no fault\n"), "{report}");
}

#[tokio::test]
async fn what_no_head_covers_yet_is_named() {
    let database = sealed_demo().await;
    let pool = database.pool();
    let (size, _, _) = newest(&pool).await;
    sqlx::raw_sql(
        "insert into events select position + 1, aggregate_type, aggregate_id, sequence + 1000, event_type, \
                event_version, payload, metadata, recorded_at from events order by position desc limit 1",
    )
    .execute(&pool)
    .await
    .unwrap();
    let (status, document) = verified(&database, &[]);
    assert_eq!((status, &document["sealed"], &document["unsealed"]), (Some(0), &json!(size), &json!(1)));
    let report = told(database.url(), &["verify", "--evidence"]);
    assert!(
        report.contains(&format!("1 event, at position {}, is not yet under a tree head", size + 1)),
        "{report}"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = export(&database, folder.path(), "shop.ndjson");
    let what = format!("the events from position {} to {0} are not yet under a tree head", size + 1);
    python_tells(&[file.to_str().unwrap()], 0, &what);
}

#[tokio::test]
async fn one_event_is_proved_offline_and_another_in_its_place_is_not() {
    let app = TestApp::spawn_with(|source| source.flag("evidence_seconds", "1")).await;
    let admin = app.admin().await;
    for sku in ["RICE", "TEA", "DATES"] {
        admin.product(sku, "12500").await;
    }
    sealed(&app.database.pool()).await;
    let folder = tempfile::tempdir().unwrap();
    let file = export(&app.database, folder.path(), "shop.ndjson");
    let proof = admin.get("/api/v1/audit/proofs/3").await.ok();
    let key = proof["checkpoint"]["key"].as_str().unwrap();
    let path = folder.path().join("proof.json");
    fs::write(&path, proof.to_string()).unwrap();
    let check = |event: &'static str, key: &str| {
        let given = ["--event", event, "--proof", path.to_str().unwrap(), "--key", key];
        (of_file(&file, &given), verified(&app.database, &given))
    };
    let (of_file, of_database) = check("3", key);
    assert_eq!((of_file.0, &of_file.1["leaf_hash"]), (Some(0), &proof["leaf_hash"]));
    assert_eq!(of_file.1, of_database.1);
    let (other, _) = check("2", key);
    assert_eq!((other.0, faults(&other.1)), (Some(1), vec![("event-changed".to_owned(), 2)]));
    let stranger = HeadKeys::from_pem("souk.local/log", &HeadKeys::generate_pem().unwrap()).unwrap();
    let (unsigned, _) = check("3", &stranger.signing().unwrap().verifier().to_string());
    assert_eq!(unsigned.0, Some(1));
    assert!(faults(&unsigned.1).iter().any(|(code, _)| code == "head-unsigned"), "{}", unsigned.1);
    as_superuser(
        &app.database.pool(),
        "update events set recorded_at = recorded_at - interval '1 day' where position = 3",
    )
    .await;
    let (untouched, changed) = check("3", key);
    assert_eq!((untouched.0, changed.0), (Some(0), Some(1)));
}

#[tokio::test]
async fn a_history_that_was_replaced_is_betrayed_by_a_head_that_was_kept() {
    let database = sealed_demo().await;
    let pool = database.pool();
    let (size, note, key) = newest(&pool).await;
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("head");
    fs::write(&kept, &note).unwrap();
    let given = ["--head", kept.to_str().unwrap(), "--key", &key];
    // The end is cut off, with all evidence of it.
    as_superuser(
        &pool,
        "delete from evidence_heads where size > 200; delete from events where position > 200; \
         delete from evidence_hashes where first_index > 390",
    )
    .await;
    assert_eq!(verified(&database, &[]).0, Some(0), "nothing that is left tells");
    let (status, document) = verified(&database, &given);
    assert_eq!(status, Some(1));
    assert_eq!(document["faults"].as_array().unwrap().len(), 1, "{document}");
    assert_eq!(document["heads"].as_array().unwrap().last().unwrap()["holds"], false);
    let file = export(&database, folder.path(), "cut.ndjson");
    python_tells(&[&[file.to_str().unwrap()][..], &given].concat(), 1, &format!("to {size} are not those"));
    // All of it is sealed anew, by a key that nobody knows.
    as_superuser(&pool, "delete from evidence_heads; delete from evidence_keys; delete from evidence_hashes")
        .await;
    assert_eq!(faults(&verified(&database, &[]).1), [("no-head".to_owned(), 0)]);
    let data = tempfile::tempdir().unwrap();
    let mut souk = serving();
    souk.args(["--database-url", database.url()]).arg("--data-dir").arg(data.path());
    souk.env("SOUK_EVIDENCE_SECONDS", "1");
    let server = Server::start_as(&mut souk);
    sealed(&pool).await;
    assert_eq!(server.stop().code(), Some(0));
    assert_eq!(verified(&database, &[]).0, Some(0));
    let (status, document) = verified(&database, &given);
    let codes: Vec<String> = faults(&document).into_iter().map(|(code, _)| code).collect();
    assert_eq!(status, Some(1));
    assert!(
        codes.contains(&"key-unvouched".to_owned()) && codes.contains(&"head-unsigned".to_owned()),
        "{codes:?}"
    );
}

#[tokio::test]
async fn a_head_that_was_changed_is_not_believed() {
    let database = sealed_demo().await;
    as_superuser(
        &database.pool(),
        "update evidence_heads set note = replace(note, 'epoch 1', 'epoch 2') where size = 100; \
         update evidence_keys set note = replace(note, 'after 0', 'after 1')",
    )
    .await;
    let (status, document) = verified(&database, &[]);
    let codes: Vec<String> = faults(&document).into_iter().map(|(code, _)| code).collect();
    assert_eq!(status, Some(1));
    assert!(
        codes.contains(&"head-unsigned".to_owned()) && codes.contains(&"key-unsigned".to_owned()),
        "{codes:?}"
    );
}

#[tokio::test]
async fn after_a_person_is_erased_the_tree_still_verifies() {
    let app = TestApp::spawn_with(|source| source.flag("evidence_seconds", "1")).await;
    let (admin, customer) = (app.admin().await, app.customer().await);
    let me = customer.get("/api/v1/auth/me").await.ok();
    let before = sealed(&app.database.pool()).await;
    let (_, note, key) = newest(&app.database.pool()).await;
    let erased = admin.delete(&format!("/api/v1/users/{}", me["id"].as_str().unwrap())).await;
    assert!(erased.status.is_success(), "{}", text(&erased.bytes));
    assert!(sealed(&app.database.pool()).await > before);
    let keys: i64 = sqlx::query_scalar("select count(*) from person_keys where wrapped is null")
        .fetch_one(&app.database.pool())
        .await
        .unwrap();
    assert!(keys > 0, "a key is destroyed");
    let folder = tempfile::tempdir().unwrap();
    let head = folder.path().join("head");
    fs::write(&head, note).unwrap();
    let given = ["--head", head.to_str().unwrap(), "--key", &key];
    let (status, document) = verified(&app.database, &given);
    assert_eq!((status, faults(&document)), (Some(0), vec![]), "{document}");
    let file = export(&app.database, folder.path(), "shop.ndjson");
    python_tells(&[&[file.to_str().unwrap()][..], &given].concat(), 0, "no fault");
}

#[tokio::test]
async fn a_file_without_evidence_is_still_read() {
    let database = sealed_demo().await;
    let folder = tempfile::tempdir().unwrap();
    let file = export(&database, folder.path(), "shop.ndjson");
    let whole = fs::read_to_string(&file).unwrap();
    let is_older = |line: &&str| {
        !["leaves", "key", "head"].iter().any(|kind| line.starts_with(&format!("{{\"{kind}\"")))
    };
    let mut lines: Vec<String> = whole.split_inclusive('\n').filter(is_older).map(str::to_owned).collect();
    let end = lines.pop().unwrap();
    lines[0] = lines[0].replace("\"version\":2", "\"version\":1");
    let end = {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(lines.concat());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut end: Value = serde_json::from_str(&end).unwrap();
        end["end"]["sha256"] = json!(digest);
        // In the order in which it is written.
        format!(
            "{{\"end\":{{\"events\":{},\"claims\":{},\"sha256\":\"{digest}\"}}}}\n",
            end["end"]["events"], end["end"]["claims"]
        )
    };
    let old = folder.path().join("old.ndjson");
    fs::write(&old, lines.concat() + &end).unwrap();
    let verified = command("souk-replay").args(["verify", "--file"]).arg(&old).output().unwrap();
    assert_eq!(verified.status.code(), Some(0), "{}", text(&verified.stderr));
    assert_eq!(faults(&of_file(&old, &[]).1), [("no-head".to_owned(), 0)]);
    // A head that was kept serves it as well.
    let (_, note, key) = newest(&database.pool()).await;
    let head = folder.path().join("head");
    fs::write(&head, note).unwrap();
    let (status, document) = of_file(&old, &["--head", head.to_str().unwrap(), "--key", &key]);
    assert_eq!((status, &document["unsealed"]), (Some(0), &json!(0)), "{document}");
}
