//! A person is looked for everywhere before and after the erasure: in a dump, in every file of the data folder (tables,
//! write-ahead log, mails), in what the broker was given and in every export; as text, in base64 and in hex. And a
//! backup from before does not bring the person back.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
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
const NOTE: &str = "ring twice at the heron";
const LABEL: &str = "Grandmother's kiosk";
const LATITUDE: &str = "33.3171926";

/// What is looked for.
const PERSON: [&str; 8] = [EMAIL, NAME, PHONE, STREET, DEVICE, NOTE, LABEL, LATITUDE];

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
    id: String,
    order: String,
    /// What signs in: the secret of the authenticator app, recovery codes, a session's refresh token.
    secrets: Vec<String>,
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
        "label": LABEL, "note": NOTE,
        "point": {"latitude": LATITUDE.parse::<serde_json::Number>().unwrap(), "longitude": 44.36},
    });
    let address = send(server, "POST", "/addresses", &token, &address).await;
    let order = json!({
        "payment_method": "cash",
        "address_id": address["id"],
        "lines": [{"sku": "SALT-1", "quantity": 12}],
    });
    let order = send(server, "POST", "/orders", &token, &order).await;
    let (wrong, right) = (
        json!({"email": EMAIL, "password": "not the password"}),
        json!({"email": EMAIL, "password": PASSWORD}),
    );
    let mut secrets = Vec::new();
    for (path, body) in [
        ("login", &right),
        ("login", &wrong),
        ("forgot-password", &json!({"email": EMAIL})),
        ("login/otp", &json!({"email": EMAIL})),
    ] {
        let url = format!("{}/api/v1/auth/{path}", server.url);
        let answer = server.http.post(url).header("User-Agent", DEVICE).json(body).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap_or_default();
        secrets.extend(answer["refresh_token"].as_str().map(str::to_owned));
    }
    secrets.extend(second_factor(server, &token).await);
    assert_eq!(secrets.len(), 12);
    Customer {
        token,
        id: me["id"].as_str().unwrap().to_owned(),
        order: order["id"].as_str().unwrap().to_owned(),
        secrets,
    }
}

/// Turns one on; answers the secret of the app and the recovery codes.
async fn second_factor(server: &Server, token: &str) -> Vec<String> {
    let setup = send(server, "POST", "/auth/2fa/setup", token, &json!({"password": PASSWORD})).await;
    let secret = setup["secret"].as_str().unwrap().to_owned();
    let key = totp_rs::Secret::try_from_base32(&secret).unwrap();
    let app = totp_rs::Builder::new().with_secret(key).build().unwrap();
    let now = u64::try_from(event_store::ids::now().timestamp()).unwrap();
    let code = json!({"code": app.generate(now).to_string()});
    let enabled = send(server, "POST", "/auth/2fa/enable", token, &code).await;
    let codes = enabled["recovery_codes"].as_array().unwrap().iter();
    codes.map(|code| code.as_str().unwrap().to_owned()).chain([secret]).collect()
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

/// The rows of each table of a dump: outside the log, what a person may be known by.
fn tables(dump: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut tables: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut within = None;
    for line in dump.lines() {
        match (within, line.strip_prefix("COPY ")) {
            (Some(_), _) if line == "\\." => within = None,
            (Some(table), _) => tables.entry(table).or_default().push(line),
            (None, Some(copy)) => within = copy.split(' ').next(),
            (None, None) => {}
        }
    }
    tables
}

/// The tables beside the log that know somebody by the account's id.
fn tables_that_know<'d>(dump: &'d str, customer: &Customer) -> BTreeSet<&'d str> {
    let id: uuid::Uuid = customer.id.trim_start_matches("usr_").parse().unwrap();
    let names = [customer.id.clone(), id.to_string(), id.simple().to_string()];
    let knows = |rows: &[&str]| rows.iter().any(|row| names.iter().any(|name| row.contains(name)));
    tables(dump).into_iter().filter(|(_, rows)| knows(rows)).map(|(table, _)| table).collect()
}

/// How often something was counted under the keyed hash of an address.
fn counted(dump: &str) -> usize {
    let tables = tables(dump);
    let rows = |table: &str| tables.get(table).map_or(0, Vec::len);
    rows("public.login_failures") + rows("public.mail_requests")
}

/// Every part is found where somebody may read it, and nowhere else; answers a dump.
async fn found_before(server: &Server, customer: &Customer, admin: &str, data_dir: &Path) -> String {
    prove_the_search(data_dir);
    assert_eq!(found_in_text(&answers(server, customer, admin).await), PERSON);
    wait_until("the mails are in the folder", || {
        let files: HashSet<PathBuf> =
            found_in(&data_dir.join("mail")).into_iter().map(|(_, file)| file).collect();
        files.len() == 4
    });
    let dump = dump(data_dir);
    assert_eq!(found_in_text(&dump), Vec::<&str>::new(), "nothing is stored in the clear");
    assert_eq!(kept(&dump, customer), Vec::<&str>::new(), "no secret is stored in the clear");
    let known_by = tables_that_know(&dump, customer);
    for table in BESIDE_THE_LOG {
        assert!(known_by.contains(table), "{table}: {known_by:?}");
    }
    assert!(counted(&dump) > 0);
    // Name and phone, the address, the order's copy, the e-mail address; and the copies of the read models.
    assert!(sealed(&dump, customer) > 5);
    dump
}

/// What the database held of the person is gone, but for what the log keeps and nobody can read.
fn forgotten(before: &str, after: &str, customer: &Customer) {
    assert_eq!(found_in_text(after), Vec::<&str>::new());
    let left = sealed(after, customer);
    assert!(left > 0 && left < sealed(before, customer), "the log keeps what nobody can read, no table does");
    let known_by = tables_that_know(after, customer);
    for table in BESIDE_THE_LOG {
        assert!(!known_by.contains(table), "{table}: {known_by:?}");
    }
    assert!(counted(after) < counted(before), "what was counted about the person is forgotten");
}

/// Somebody restores the backup: the key is in it, and the list outside says that it must go. The node is a new one, and
/// gets the list from where it was carried to.
fn restore(data_dir: &Path, backup: &Path, customer: &Customer) {
    let list = run("souk", data_dir, &["erasures", "list"]);
    assert!(text(&list.stdout).contains(&customer.id) && text(&list.stdout).lines().count() == 1);
    fs::remove_file(data_dir.join("erasures.jsonl")).unwrap();
    fs::remove_dir_all(data_dir.join("postgres")).unwrap();
    copy(backup, &data_dir.join("postgres"));
    let added = |lines: &[u8]| add_erasures(data_dir, lines).split(' ').next().unwrap().to_owned();
    assert_eq!(added(&list.stdout), "1");
    assert_eq!(added(&list.stdout), "0", "who is on it is not added again");
    assert_eq!(added(b"{\"person\":\"nobody\"}\n"), "", "what is no list is refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_an_erased_person_is_found_anywhere() {
    let mut rabbit = TestRabbitMq::start().await;
    let ears = Ears::bind(&rabbit, "keeper", "#").await;
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let data_dir = folder.path().join("data");
    let amqp_url = rabbit.url();
    let start = || {
        let mut command = serving();
        command.args(["--demo", "--data-dir"]).arg(&data_dir);
        command.env("AMQP_URL", &amqp_url).env("SOUK_BROKER_PREFIX", "shop");
        Server::start_as(&mut command)
    };
    let server = start();
    let customer = live(&server).await;
    let admin = server.login("admin@souk.example", PASSWORD).await.unwrap();

    let before = found_before(&server, &customer, &admin, &data_dir).await;
    // A backup, as one takes it of a server that is down.
    silent(&server, &customer);
    assert!(server.stop().success());
    let backup = folder.path().join("backup");
    copy(&data_dir.join("postgres"), &backup);
    let server = start();

    let erased = server
        .http
        .delete(format!("{}/api/v1/users/{}", server.url, customer.id))
        .bearer_auth(&customer.token)
        .send()
        .await
        .unwrap();
    assert!(erased.status().is_success());

    gone(&server, &customer, &admin).await;
    assert_eq!(server.get("/api/v1/auth/me", Some(&customer.token)).await.0, 401);
    forgotten(&before, &dump(&data_dir), &customer);
    let heard: String = ears.all().iter().map(|message| message.body.to_string()).collect();
    assert!(heard.contains("ProfileRevised") && heard.contains("AccountErased"));
    assert_eq!(found_in_text(&heard), Vec::<&str>::new());

    let export = folder.path().join("log.ndjson");
    let exported = run("souk-replay", &data_dir, &["export", export.to_str().unwrap()]);
    assert!(exported.status.success(), "{}", text(&exported.stderr));
    assert_eq!(found_in(&export), []);
    // All that was written has reached its files.
    silent(&server, &customer);
    assert!(server.stop().success());
    assert_eq!(found_in(&data_dir), []);
    rabbit.stop().await.unwrap();
    assert_eq!(found_in(rabbit.folder()), [], "neither do the broker's files");
    rabbit.restart().await.unwrap();

    restore(&data_dir, &backup, &customer);
    let server = start();
    let admin = server.login("admin@souk.example", PASSWORD).await.unwrap();
    gone(&server, &customer, &admin).await;
    assert!(server.stop().success());
    let verified = run("souk-replay", &data_dir, &["verify"]);
    assert!(verified.status.success(), "{}", text(&verified.stderr));
}

/// The tables beside the log that know an account by its id until it is erased.
const BESIDE_THE_LOG: [&str; 7] = [
    "public.account_tokens",
    "public.audit_origins",
    "public.claims",
    "public.credentials",
    "public.recovery_codes",
    "public.second_factors",
    "public.sessions",
];

/// The secrets that a dump holds as they are.
fn kept<'c>(dump: &str, customer: &'c Customer) -> Vec<&'c str> {
    customer.secrets.iter().map(String::as_str).filter(|secret| dump.contains(secret)).collect()
}

/// Nothing of the person, and no secret, was logged. (The greeting names the demo's accounts, whoever they are.)
fn silent(server: &Server, customer: &Customer) {
    let all = server.printed() + &server.logged();
    let said: String = all.lines().filter(|line| line.starts_with('{')).collect();
    assert!(said.contains("/api/v1/auth/login"), "requests are noted");
    assert_eq!(found_in_text(&said), Vec::<&str>::new());
    assert_eq!(kept(&said, customer), Vec::<&str>::new());
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

/// Adds lines to a node's list; what it says.
fn add_erasures(data_dir: &Path, lines: &[u8]) -> String {
    let mut souk = super::command("souk");
    souk.args(["erasures", "add", "--data-dir"]).arg(data_dir);
    let mut souk = souk.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    souk.stdin.take().unwrap().write_all(lines).unwrap();
    text(&souk.wait_with_output().unwrap().stdout)
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(status.success());
}
