//! A person is looked for everywhere before and after the erasure: in a dump, in every file of the data folder (tables,
//! write-ahead log, mails), in what the broker was given and in every export; as text, in base64 and in hex. And a
//! backup from before does not bring the person back.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use souk_tests::TestRabbitMq;

use super::{PASSWORD, Server, run, serving, text, wait_until};
use crate::broker::Ears;

const EMAIL: &str = "baghdad-shop@souk.example";
const NAME: &str = "Zarathustra Quillon";
const PHONE: &str = "+9647505550123";
const STREET: &str = "Wisteria Passage 77";
const DEVICE: &str = "Quillon-Telephone/77.3";

/// What is looked for.
const PERSON: [&str; 5] = [EMAIL, NAME, PHONE, STREET, DEVICE];

/// A text as it is, in hex, and in base64 wherever it may begin within a group of three bytes.
fn disguises(needle: &str) -> Vec<String> {
    let hex: String = needle.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut all = vec![needle.to_owned(), hex.to_uppercase(), hex];
    for offset in 0..3 {
        let encoded = STANDARD.encode([vec![0; offset], needle.as_bytes().to_vec()].concat());
        // The first and the last characters depend on the neighbours.
        let from = if offset == 0 { 0 } else { offset + 1 };
        let whole = (offset + needle.len()) / 3 * 4;
        all.push(encoded[from..whole].to_owned());
    }
    all
}

/// The files below `folder` that hold something of the person, in any disguise.
fn found_in(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for needle in PERSON {
        for disguise in disguises(needle) {
            let output = Command::new("grep").args(["-rlaF", "--", &disguise]).arg(folder).output().unwrap();
            assert!(output.status.code().is_some_and(|code| code < 2), "{}", text(&output.stderr));
            found.extend(text(&output.stdout).lines().map(|file| (needle.to_owned(), PathBuf::from(file))));
        }
    }
    found
}

/// What of the person a text holds, in any disguise.
fn found_in_text(text: &str) -> Vec<&'static str> {
    PERSON
        .into_iter()
        .filter(|needle| disguises(needle).iter().any(|part| text.contains(part)))
        .collect()
}

/// One of PostgreSQL's programs, of the version that runs.
fn postgres_program(data_dir: &Path, name: &str) -> PathBuf {
    let options = fs::read_to_string(data_dir.join("postgres/cluster/postmaster.opts")).unwrap();
    let server = fs::canonicalize(options.split_whitespace().next().unwrap()).unwrap();
    server.with_file_name(name)
}

fn database_url(data_dir: &Path) -> String {
    let read =
        |name: &str| fs::read_to_string(data_dir.join("postgres").join(name)).unwrap().trim().to_owned();
    format!("postgres://souk:{}@127.0.0.1:{}/souk", read("password"), read("port"))
}

fn dump(data_dir: &Path) -> String {
    let output =
        Command::new(postgres_program(data_dir, "pg_dump")).arg(database_url(data_dir)).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

struct Customer {
    token: String,
    shared_secret: String,
    id: String,
    order: String,
}

async fn send(server: &Server, method: &str, path: &str, token: &str, body: &Value) -> Value {
    let method: reqwest::Method = method.parse().unwrap();
    let answer = server
        .http
        .request(method, format!("{}/api/v1{path}", server.url))
        .bearer_auth(token)
        .header("Idempotency-Key", event_store::ids::uuid().to_string())
        .json(body)
        .send()
        .await
        .unwrap();
    let status = answer.status();
    let answer = answer.text().await.unwrap();
    assert!(status.is_success(), "{path}: {status} {answer}");
    serde_json::from_str(&answer).unwrap()
}

/// Waits until the read side shows what was done.
async fn get(server: &Server, path: &str, token: &str) -> Value {
    let position = server.position().await;
    let answer = server
        .http
        .get(format!("{}/api/v1{path}", server.url))
        .bearer_auth(token)
        .header("Min-Event-Position", position)
        .send()
        .await
        .unwrap();
    let (status, answer) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{path}: {status} {answer}");
    serde_json::from_str(&answer).unwrap()
}

/// Somebody tells everything, and orders something for cash.
async fn live(server: &Server) -> Customer {
    let token = server.login(EMAIL, PASSWORD).await.unwrap();
    let (_, me) = server.get("/api/v1/auth/me", Some(&token)).await;
    send(server, "PUT", "/customers/profile", &token, &json!({"display_name": NAME, "phone": PHONE})).await;
    let address = json!({
        "recipient": NAME, "phone": PHONE, "street": STREET, "city": "Baghdad", "zone": "baghdad",
        "point": {"latitude": 33.31, "longitude": 44.36},
    });
    let address = send(server, "POST", "/addresses", &token, &address).await;
    let order = json!({
        "payment_method": "cash",
        "address_id": address["id"],
        "lines": [{"sku": "SALT-1", "quantity": 12}],
    });
    let order = send(server, "POST", "/orders", &token, &order).await;
    let setup = send(server, "POST", "/auth/2fa/setup", &token, &json!({})).await;
    for (path, body) in [
        ("login", json!({"email": EMAIL, "password": PASSWORD})),
        ("login", json!({"email": EMAIL, "password": "not the password"})),
        ("forgot-password", json!({"email": EMAIL})),
        ("login/otp", json!({"email": EMAIL})),
    ] {
        let url = format!("{}/api/v1/auth/{path}", server.url);
        server.http.post(url).header("User-Agent", DEVICE).json(&body).send().await.unwrap();
    }
    Customer {
        token,
        id: me["id"].as_str().unwrap().to_owned(),
        order: order["id"].as_str().unwrap().to_owned(),
        shared_secret: setup["secret"].as_str().unwrap().to_owned(),
    }
}

/// Every answer that shows, or could show, something of the person.
async fn answers(server: &Server, customer: &Customer, admin: &str) -> String {
    let mut all = String::new();
    for path in [
        format!("/users/{}", customer.id),
        format!("/users/{}/data-export", customer.id),
        format!("/customers/{}", customer.id),
        format!("/orders/{}", customer.order),
        "/users?limit=200".to_owned(),
        "/customers?limit=200".to_owned(),
        "/audit/events?limit=200".to_owned(),
        format!("/orders/{}/history", customer.order),
        "/monitoring/dead-letters".to_owned(),
    ] {
        all.push_str(&get(server, &path, admin).await.to_string());
    }
    for path in ["/export/orders/csv", "/export/customers/csv", "/export/sales/csv"] {
        let answer =
            server.http.get(format!("{}/api/v1{path}", server.url)).bearer_auth(admin).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}");
        all.push_str(&answer.text().await.unwrap());
    }
    all
}

/// The search finds what there is, whatever it wears.
fn prove_the_search(data_dir: &Path) {
    for needle in PERSON {
        let planted = data_dir.join("planted");
        for prefix in ["", "a", "ab", "abc"] {
            let clear = format!("{prefix}{needle} and so on");
            let hex: String = clear.bytes().map(|byte| format!("{byte:02x}")).collect();
            for worn in [clear.clone(), STANDARD.encode(&clear), hex.to_uppercase(), hex] {
                fs::write(&planted, &worn).unwrap();
                let found = found_in(&planted);
                assert!(found.iter().any(|(found, _)| found == needle), "{needle} in {worn}");
                assert!(found_in_text(&worn).contains(&needle));
            }
        }
        fs::remove_file(&planted).unwrap();
    }
}

/// What is sealed for the person in the log: it stays, and nobody can read it.
fn sealed(dump: &str, customer: &Customer) -> usize {
    let person = customer.id.trim_start_matches("usr_");
    let hyphenated = uuid::Uuid::try_parse(person).unwrap().to_string();
    dump.matches(&format!("\"person\":\"{hyphenated}\"")).count()
}

/// The rows of tables that know a person by an account's id or by a keyed hash of the address.
fn rows_about_sign_in(dump: &str) -> usize {
    let tables = [
        "account_tokens",
        "login_failures",
        "mail_requests",
        "second_factors",
        "sessions",
    ];
    let rows = |table: &str| -> usize {
        let lines = dump.lines().skip_while(|line| !line.starts_with(&format!("COPY public.{table} ")));
        lines.skip(1).take_while(|line| *line != "\\.").count()
    };
    tables.into_iter().map(rows).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_an_erased_person_is_found_anywhere() {
    let rabbit = TestRabbitMq::start().await;
    let ears = Ears::bind(&rabbit, "keeper", "#").await;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let data_dir = folder.path().join("data");
    let start = || {
        let mut command = serving();
        command.args(["--demo", "--data-dir"]).arg(&data_dir);
        command.env("AMQP_URL", rabbit.url()).env("SOUK_BROKER_PREFIX", "shop");
        Server::start_as(&mut command)
    };
    let server = start();
    let customer = live(&server).await;
    let admin = server.login("admin@souk.example", PASSWORD).await.unwrap();

    // Before: every part is found where somebody may read it.
    prove_the_search(&data_dir);
    assert_eq!(found_in_text(&answers(&server, &customer, &admin).await), PERSON);
    wait_until("the mails are in the folder", || {
        let files: HashSet<PathBuf> =
            found_in(&data_dir.join("mail")).into_iter().map(|(_, file)| file).collect();
        files.len() == 3
    });
    let before = dump(&data_dir);
    assert_eq!(found_in_text(&before), Vec::<&str>::new(), "nothing is stored in the clear");
    assert!(!before.contains(&customer.shared_secret));
    let counted = rows_about_sign_in(&before);
    assert!(counted > 0);
    // Name and phone, the address, the order's copy, the e-mail address; and the copies of the read models.
    assert!(sealed(&before, &customer) > 5);

    // A backup, as one takes it of a server that is down.
    assert!(server.stop().success());
    let backup = folder.path().join("backup");
    copy(&data_dir.join("postgres"), &backup);
    let server = start();

    let erased = server
        .http
        .delete(format!("{}/api/v1/users/{}", server.url, customer.id))
        .bearer_auth(server.login(EMAIL, PASSWORD).await.unwrap())
        .send()
        .await
        .unwrap();
    assert!(erased.status().is_success());

    gone(&server, &customer, &admin).await;
    assert_eq!(server.get("/api/v1/auth/me", Some(&customer.token)).await.0, 401);
    let after = dump(&data_dir);
    assert_eq!(found_in_text(&after), Vec::<&str>::new());
    let left = sealed(&after, &customer);
    assert!(
        left > 0 && left < sealed(&before, &customer),
        "the log keeps what nobody can read, no table does"
    );
    assert!(rows_about_sign_in(&after) < counted, "what was counted about the person is forgotten");
    let heard: String = ears.all().iter().map(|message| message.body.to_string()).collect();
    assert!(heard.contains("ProfileRevised") && heard.contains("AccountErased"));
    assert_eq!(found_in_text(&heard), Vec::<&str>::new());

    let export = folder.path().join("log.ndjson");
    let exported = run("souk-replay", &data_dir, &["export", export.to_str().unwrap()]);
    assert!(exported.status.success(), "{}", text(&exported.stderr));
    assert_eq!(found_in(&export), []);
    // All that was written has reached its files.
    assert!(server.stop().success());
    assert_eq!(found_in(&data_dir), []);

    // Somebody restores the backup: the key is in it, and the list outside says that it must go.
    fs::remove_dir_all(data_dir.join("postgres")).unwrap();
    copy(&backup, &data_dir.join("postgres"));
    let server = start();
    let admin = server.login("admin@souk.example", PASSWORD).await.unwrap();
    gone(&server, &customer, &admin).await;
    assert!(server.stop().success());
    let verified = run("souk-replay", &data_dir, &["verify"]);
    assert!(verified.status.success(), "{}", text(&verified.stderr));
}

/// Whoever looks finds that somebody was erased, and nothing else.
async fn gone(server: &Server, customer: &Customer, admin: &str) {
    assert_eq!(server.login(EMAIL, PASSWORD).await, Err(401));
    let all = answers(server, customer, admin).await;
    assert_eq!(found_in_text(&all), Vec::<&str>::new());
    let user = get(server, &format!("/users/{}", customer.id), admin).await;
    assert_eq!((&user["erased"], &user["display_name"]), (&json!(true), &Value::Null));
    let order = get(server, &format!("/orders/{}", customer.order), admin).await;
    assert_eq!(order["delivery_address"], json!({"erased": true}));
    assert_eq!(order["customer_id"], json!(customer.id), "the order stays auditable");
    let export = get(server, &format!("/users/{}/data-export", customer.id), admin).await;
    assert_eq!((&export["sign_in"], &export["addresses"]), (&Value::Null, &json!([])));
    let revised =
        export["history"].as_array().unwrap().iter().find(|event| event["type"] == "ProfileRevised");
    assert_eq!(revised.unwrap()["body"]["phone"], json!({"erased": true}));
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(status.success());
}
