//! Tree heads and proofs through HTTP, and the sealer behind them.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::identity::Role;
use event_store::evidence::{
    Hash, HeadKeys, KeyRecord, Note, TreeHead, VerifierKey, check_consistency, check_inclusion,
};
use reqwest::Method;
use serde_json::Value;
use souk_tests::{Client, TestApp};
use sqlx::PgPool;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use crate::bucket;

const CHECKPOINTS: &str = "/api/v1/audit/checkpoints";
const PATIENCE: Duration = Duration::from_secs(60);

/// Until every event is under a head; answers how many there are.
pub(crate) async fn sealed(pool: &PgPool) -> i64 {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (events, sealed): (i64, i64) = sqlx::query_as(
            "select (select max(position) from events), coalesce((select max(size) from evidence_heads), 0)",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        if events == sealed {
            return events;
        }
        assert!(Instant::now() < deadline, "{sealed} of {events} events are sealed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Until so many events are under a head.
pub(crate) async fn sealed_up_to(pool: &PgPool, events: i64) {
    // A whole month may be waited for while other tests have the processor.
    let deadline = Instant::now() + 2 * PATIENCE;
    let size = "select coalesce(max(size), 0) from evidence_heads";
    while sqlx::query_scalar::<_, i64>(size).fetch_one(pool).await.unwrap() < events {
        assert!(Instant::now() < deadline, "not {events} events are sealed");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn shop(app: &TestApp) -> Client {
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "12500").await;
    admin.stock(&rice, &warehouse, 10).await.ok();
    app.customer().await.order(&[(&rice, 2)]).await.created();
    app.account(Role::Auditor, &[], None).await
}

fn hash(value: &Value) -> Hash {
    Hash(STANDARD.decode(value.as_str().unwrap()).unwrap().try_into().unwrap())
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().unwrap().iter().map(hash).collect()
}

/// The head of an answer, whose signature is good.
fn believed(checkpoint: &Value) -> TreeHead {
    let note = Note::parse(checkpoint["note"].as_str().unwrap()).unwrap();
    let key: VerifierKey = checkpoint["key"].as_str().unwrap().parse().unwrap();
    assert!(note.is_signed_by(&key));
    let head = TreeHead::parse(&note.text).unwrap();
    assert_eq!(checkpoint["tree_size"], head.size);
    assert_eq!(hash(&checkpoint["root_hash"]), head.root);
    head
}

#[tokio::test]
async fn every_event_is_proved_by_every_head_that_covers_it() {
    let quick =
        |source: api::config::Source| source.flag("evidence_seconds", "1").flag("evidence_events", "3");
    let app = TestApp::spawn_with(quick).await;
    let auditor = shop(&app).await;
    let events = sealed(&app.database.pool()).await;
    let figures = app.anonymous().get("/metrics").await;
    let figures = String::from_utf8_lossy(&figures.bytes).into_owned();
    assert!(figures.contains(&format!("\nsouk_evidence_position {events}\n")), "{figures}");
    let (mut heads, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = auditor.get(&format!("{CHECKPOINTS}?sort=tree_size&limit=2{cursor}")).await.ok();
        heads.extend(page["items"].as_array().unwrap().iter().map(believed));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert!(heads.len() >= 3, "{}", heads.len());
    assert!(heads.windows(2).all(|pair| pair[0].size < pair[1].size && pair[1].size - pair[0].size <= 3));
    let newest = auditor.get(CHECKPOINTS).await.ok();
    assert_eq!(believed(&newest["items"][0]), *heads.last().unwrap());
    for position in [1, 2, heads[0].size, heads[1].size, u64::try_from(events).unwrap()] {
        for head in heads.iter().filter(|head| head.size >= position) {
            let path = format!("/api/v1/audit/proofs/{position}?tree_size={}", head.size);
            let proof = auditor.get(&path).await.ok();
            assert_eq!(believed(&proof["checkpoint"]), *head);
            let (path, leaf) = (hashes(&proof["audit_path"]), hash(&proof["leaf_hash"]));
            let is_proved = |leaf| check_inclusion(&path, head.size, head.root, position - 1, leaf);
            assert!(is_proved(leaf) && !is_proved(Hash([0; 32])));
        }
    }
    for older in &heads {
        for newer in heads.iter().filter(|newer| newer.size >= older.size) {
            let path = format!("/api/v1/audit/consistency?from={}&to={}", older.size, newer.size);
            let path = hashes(&auditor.get(&path).await.ok()["path"]);
            assert!(check_consistency(&path, newer.size, newer.root, older.size, older.root));
        }
    }
    assert_eq!(auditor.get("/api/v1/audit/consistency").await.ok()["to"], events);
    for (path, status, code) in [
        (format!("proofs/{}", events + 1), 404, "operations.event_not_found"),
        ("proofs/0".to_owned(), 404, "operations.event_not_found"),
        ("proofs/2.1".to_owned(), 412, "position-of-other-epoch"),
        ("proofs/x".to_owned(), 400, "invalid-position"),
        ("proofs/1?tree_size=100000".to_owned(), 404, "operations.checkpoint_not_found"),
        ("proofs/1?tree_size=0".to_owned(), 400, "invalid-parameter"),
        ("proofs/1?size=1".to_owned(), 400, "invalid-parameter"),
        ("consistency?from=3&to=2".to_owned(), 400, "invalid-parameter"),
        ("consistency?to=100000".to_owned(), 409, "operations.not_sealed"),
        ("checkpoints?cursor=x".to_owned(), 400, "invalid-parameter"),
    ] {
        auditor.get(&format!("/api/v1/audit/{path}")).await.problem(status, code);
    }
}

#[tokio::test]
async fn an_event_that_is_not_sealed_yet_is_said_to_be() {
    let app = TestApp::spawn_with(|source| source.flag("evidence_seconds", "86400")).await;
    let auditor = shop(&app).await;
    let problem = auditor.get("/api/v1/audit/proofs/1").await.problem(409, "operations.not_sealed");
    assert_eq!(problem["sealed"], 0);
    assert!(auditor.get(CHECKPOINTS).await.ok()["items"].as_array().unwrap().is_empty());
    auditor.get("/api/v1/audit/consistency").await.problem(409, "operations.not_sealed");
}

#[tokio::test]
async fn another_node_seals_on_when_the_first_one_stops() {
    let pem = HeadKeys::generate_pem().unwrap();
    let quick =
        |source: api::config::Source| source.flag("evidence_seconds", "1").flag("evidence_key", pem.clone());
    let first = TestApp::spawn_with(quick).await;
    shop(&first).await;
    let second = first.beside(quick).await;
    let pool = first.database.pool();
    let before = sealed(&pool).await;
    first.server.stop().await.unwrap();
    second.customer().await;
    assert!(sealed(&pool).await > before);
    // One tree, one key, no hash twice: as many as there are complete subtrees.
    let (hashes, keys, last): (i64, i64, i64) = sqlx::query_as(
        "select (select sum(length(hashes) / 32)::bigint from evidence_hashes), (select count(*) from evidence_keys), \
                (select max(first_index + length(hashes) / 32) from evidence_hashes)",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!((hashes, keys), (last, 1));
}

#[tokio::test]
async fn a_new_key_is_vouched_for_by_the_one_before() {
    let (old, new) = (HeadKeys::generate_pem().unwrap(), HeadKeys::generate_pem().unwrap());
    let with = |pem: String| {
        move |source: api::config::Source| source.flag("evidence_seconds", "1").flag("evidence_key", pem)
    };
    let first = TestApp::spawn_with(with(old.clone())).await;
    shop(&first).await;
    let pool = first.database.pool();
    let before = sealed(&pool).await;
    let second = first.beside(with(format!("{new}\n{old}"))).await;
    first.server.stop().await.unwrap();
    second.customer().await;
    sealed(&pool).await;
    let notes: Vec<String> = sqlx::query_scalar("select note from evidence_keys order by after_size")
        .fetch_all(&pool)
        .await
        .unwrap();
    let notes: Vec<Note> = notes.iter().map(|note| Note::parse(note).unwrap()).collect();
    let records: Vec<KeyRecord> = notes.iter().map(|note| KeyRecord::of(note).unwrap()).collect();
    assert_eq!(records.len(), 2);
    assert_eq!((records[0].former.clone(), records[1].former.clone()), (None, Some(records[0].key.clone())));
    assert!(notes[1].is_signed_by(&records[0].key) && i64::try_from(records[1].after).unwrap() >= before);
    let newest = second.admin().await.get(CHECKPOINTS).await.ok();
    assert_eq!(newest["items"][0]["key"], records[1].key.to_string());
}

/// A witness that refuses the first request; what it was sent.
async fn witness() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/heads", listener.local_addr().unwrap());
    let taken = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&taken);
    tokio::spawn(async move {
        let mut statuses = ["500 Oh", "302 Elsewhere"].into_iter();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            let mut chunk = [0; 4_096];
            let is_whole = |request: &[u8]| {
                let text = String::from_utf8_lossy(request).into_owned();
                let (head, body) = text.split_once("\r\n\r\n")?;
                let length = head
                    .to_lowercase()
                    .split_once("content-length: ")?
                    .1
                    .split("\r\n")
                    .next()?
                    .parse::<usize>();
                (body.len() == length.ok()?).then(|| body.to_owned())
            };
            let body = loop {
                if let Some(body) = is_whole(&request) {
                    break body;
                }
                let read = stream.read(&mut chunk).await.unwrap();
                assert!(read > 0, "a request is cut short");
                request.extend_from_slice(&chunk[..read]);
            };
            let status = statuses.next().unwrap_or("204 Thanks");
            if status.starts_with('2') {
                kept.lock().unwrap().push(body);
            }
            let answer = format!(
                "HTTP/1.1 {status}\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, taken)
}

#[tokio::test]
async fn tree_heads_are_brought_outside_until_they_are_taken() {
    let (url, taken) = witness().await;
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let address = bucket::serve(elsewhere.path()).await;
    let app = TestApp::spawn_with(|source| {
        bucket::settings(source, "evidence_", address)
            .flag("evidence_seconds", "1")
            .flag("evidence_folder", folder.path().join("heads-of-souk").display().to_string())
            .flag("evidence_webhook_url", url)
    })
    .await;
    let auditor = shop(&app).await;
    sealed(&app.database.pool()).await;
    let deadline = Instant::now() + PATIENCE;
    let newest = auditor.get(CHECKPOINTS).await.ok()["items"][0].clone();
    let note = newest["note"].as_str().unwrap().to_owned();
    let places = [
        folder.path().join("heads-of-souk"),
        elsewhere.path().join(bucket::NAME),
    ];
    let is_in = |path: String| {
        let is_there =
            |place: &PathBuf| std::fs::read_to_string(place.join(&path)).is_ok_and(|text| text == note);
        places.iter().all(is_there)
    };
    let size = newest["tree_size"].as_i64().unwrap();
    while !(is_in("checkpoint".to_owned())
        && is_in(format!("heads/1/{size:012}"))
        && taken.lock().unwrap().contains(&note))
    {
        assert!(Instant::now() < deadline, "the head is not outside");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn evidence_is_for_auditors_and_nothing_changes_it() {
    let app = TestApp::spawn_with(|source| source.flag("evidence_seconds", "1")).await;
    shop(&app).await;
    sealed(&app.database.pool()).await;
    for path in ["checkpoints", "proofs/1", "consistency"] {
        let path = format!("/api/v1/audit/{path}");
        app.customer().await.get(&path).await.problem(403, "forbidden");
        let reply = souk_tests::Reply::of(app.anonymous().request(Method::GET, &path)).await;
        assert_eq!(reply.status.as_u16(), 401);
    }
    for statement in [
        "update evidence_heads set note = ''",
        "delete from evidence_hashes",
        "truncate evidence_keys cascade",
    ] {
        let refused = sqlx::raw_sql(statement).execute(&app.database.pool()).await.unwrap_err();
        assert!(refused.to_string().contains("is insert-only"), "{refused}");
    }
}
