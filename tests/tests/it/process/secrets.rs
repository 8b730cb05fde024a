//! Nothing that must not be known comes out of a server, whatever goes wrong.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use api::config::{Config, SETTINGS, Source};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{PATIENCE, Server, command, serving};

const ADMIN: &str = "boss@example.org";
/// A part of every text that must not come out.
const MARK: &str = "hunter2";

/// Every setting that holds a secret, with a value that is one.
fn secret_settings(signing_key: &str) -> Vec<(&'static str, String)> {
    let key = |fill: u8| STANDARD.encode([fill; 32]);
    vec![
        ("metrics_token", format!("{MARK} of the scraper")),
        ("signing_key", signing_key.to_owned()),
        ("evidence_key", signing_key.to_owned()),
        ("evidence_s3_access_key", format!("{MARK}AKIDWITNESS")),
        ("evidence_s3_secret_key", format!("{MARK}bPxRfiCYWITNESS")),
        ("evidence_webhook_url", format!("http://souk:{MARK}witness@127.0.0.1:1/heads")),
        ("secret", format!("{MARK}, and long enough to key the hashes")),
        ("master_key", key(0xA5)),
        ("retired_master_keys", key(0x5A)),
        ("admin_password", format!("{MARK} seventeen lilac boats")),
        ("amqp_url", format!("amqp://souk:{MARK}broker@127.0.0.1:1/%2f")),
        ("s3_access_key", format!("{MARK}AKIDEXAMPLE")),
        ("s3_secret_key", format!("{MARK}wJalrXUtnFEMI")),
        ("smtp_url", format!("smtp://souk:{MARK}mail@127.0.0.1:1?tls=required")),
        ("otlp_endpoint", format!("http://souk:{MARK}traces@127.0.0.1:1")),
        ("database_url", format!("postgres://souk:{MARK}data@127.0.0.1:1/souk")),
    ]
}

fn signing_key(folder: &Path) -> String {
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm", "ed25519", "-out", "key.pem"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    fs::read_to_string(folder.join("key.pem")).unwrap()
}

fn env_of(name: &str) -> &'static str {
    SETTINGS.iter().find(|setting| setting.name == name).unwrap().env
}

/// What must not be found anywhere: the values as they are, the lines of a key, and as header fields carry them.
fn forms(values: &[String]) -> Vec<String> {
    let lines = values.iter().flat_map(|value| value.lines().map(str::to_owned));
    let plain: Vec<String> =
        lines.filter(|line| line.len() >= MARK.len() && !line.starts_with("-----")).collect();
    let packed: Vec<String> = plain.iter().map(|text| STANDARD.encode(text)).collect();
    [plain, packed, vec![MARK.to_owned()]].concat()
}

#[track_caller]
fn assert_clean(where_: &str, text: &str, forms: &[String]) {
    for form in forms {
        if let Some(at) = text.find(form.as_str()) {
            let around = text.get(at.saturating_sub(160)..(at + form.len() + 40).min(text.len()));
            panic!("a secret is in {where_}: {}", around.unwrap_or(form));
        }
    }
}

#[test]
fn every_secret_setting_is_known_and_none_can_be_printed() {
    let folder = tempfile::tempdir().unwrap();
    let settings = secret_settings(&signing_key(folder.path()));
    let looks_secret = |name: &str| {
        [
            "key", "secret", "password", "token", "amqp", "smtp", "otlp", "database",
        ]
        .iter()
        .any(|part| name.contains(part))
            && !name.ends_with("_minutes")
            && !name.ends_with("_days")
    };
    let missing: Vec<&str> = SETTINGS
        .iter()
        .map(|setting| setting.name)
        .filter(|name| looks_secret(name) && !settings.iter().any(|(known, _)| known == name))
        .collect();
    assert!(missing.is_empty(), "is {missing:?} a secret? then test it here");
    let source =
        settings.iter().fold(Source::default(), |source, (name, value)| source.env_text(name, value));
    // Its keys are read only where there is a bucket.
    let source = source.env_text("s3_bucket", "shop").env_text("evidence_s3_bucket", "witness");
    let values: Vec<String> = settings.iter().map(|(_, value)| value.clone()).collect();
    assert_clean("the source's Debug", &format!("{source:?}"), &forms(&values));
    let config = Config::from_source(&source).unwrap();
    assert_clean("the configuration's Debug", &format!("{config:#?}"), &forms(&values));
    // A setting that is refused is not repeated either.
    for (name, value) in &settings {
        let error = Config::from_source(&source.clone().env_text(name, &format!("{value}\u{0}\n…")));
        if let Err(error) = error {
            assert_clean(name, &format!("{error} {error:?}"), &forms(&values));
        }
    }
}

#[tokio::test]
async fn a_database_that_is_away_is_not_told_with_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let settings = secret_settings(&signing_key(folder.path()));
    let mut souk = command("souk");
    souk.args(["serve", "--listen", "127.0.0.1:0"]).env("SOUK_LOG", "trace").env("RUST_BACKTRACE", "1");
    souk.envs(settings.iter().map(|(name, value)| (env_of(name), value)));
    let output = souk.output().unwrap();
    assert!(!output.status.success());
    let said = [output.stdout, output.stderr].concat();
    let values: Vec<String> = settings.into_iter().map(|(_, value)| value).collect();
    assert_clean("the output", &String::from_utf8_lossy(&said), &forms(&values));
}

/// Everything that goes wrong in a day, with secrets in it; answers the secrets that came up on the way.
async fn a_bad_day(server: &Server, password: &str) -> (Vec<String>, String) {
    let post = async |path: &str, token: Option<&str>, body: Value| -> (u16, Value) {
        let request = server.http.post(format!("{}/api/v1{path}", server.url)).json(&body);
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = request.header("Idempotency-Key", "once").send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    };
    let (status, tokens) = post("/auth/login", None, json!({"email": ADMIN, "password": password})).await;
    assert_eq!(status, 200, "{tokens}");
    let text = |value: &Value, name: &str| value[name].as_str().expect(name).to_owned();
    let (token, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
    let mut told = String::new();
    for (path, body) in [
        ("/auth/login", json!({"email": ADMIN, "password": format!("{MARK} is wrong")})),
        ("/auth/login", json!({"email": ADMIN, "password": password, format!("{MARK}member"): 1})),
        ("/auth/login", json!({"email": ADMIN, "password": [format!("{MARK}list")]})),
        ("/auth/refresh", json!({"refresh_token": format!("{MARK}refresh")})),
        (
            "/auth/reset-password",
            json!({"token": format!("{MARK}reset"), "new_password": format!("{MARK} new")}),
        ),
        ("/auth/verify-email", json!({"token": format!("{MARK}verify")})),
        ("/auth/2fa/verify", json!({"challenge": format!("{MARK}challenge"), "code": "000000"})),
        ("/auth/forgot-password", json!({"email": ADMIN})),
        ("/auth/login/otp", json!({"email": ADMIN})),
        (
            "/auth/register",
            json!({"email": "new@example.org", "password": format!("{MARK} eleven mauve kettles")}),
        ),
    ] {
        let (status, answer) = post(path, None, body).await;
        assert!(status < 500, "{path}: {status} {answer}");
        // Which member is unknown, a client is told: it wrote it itself.
        if !answer.to_string().contains("unknown-field") {
            told.push_str(&answer.to_string());
        }
    }
    let key = json!({"name": "a program", "scopes": ["read_orders"]});
    let (status, key) = post("/api-keys", Some(&token), key).await;
    assert_eq!(status, 201, "{key}");
    for (header, value) in [
        ("authorization", format!("Bearer {MARK}.forged.token")),
        ("x-api-key", format!("{MARK}key")),
        ("x-app-secret", format!("{MARK}appsecret")),
        ("cookie", format!("__Host-souk-access={MARK}cookie")),
        ("x-csrf-token", format!("{MARK}csrf")),
    ] {
        let url = format!("{}/api/v1/orders?token={MARK}query", server.url);
        let answer = server.http.get(url).header(header, value).send().await.unwrap();
        assert!(answer.status().is_client_error());
    }
    (vec![token, refresh, text(&key, "secret")], told)
}

#[tokio::test]
async fn neither_output_nor_figures_nor_answers_hold_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let settings = secret_settings(&signing_key(folder.path()));
    let mut souk = serving();
    souk.arg("--data-dir").arg(&data).env("SOUK_LOG", "trace").env("SOUK_ADMIN_EMAIL", ADMIN);
    let given = settings.iter().filter(|(name, _)| *name != "database_url");
    souk.envs(given.map(|(name, value)| (env_of(name), value)));
    let server = Server::start_as(&mut souk);
    let mut values: Vec<String> = settings.iter().map(|(_, value)| value.clone()).collect();
    let is_password = |(name, _): &&(&str, String)| *name == "admin_password";
    let password = settings.iter().find(is_password).expect("a password").1.clone();
    let (came_up, told) = a_bad_day(&server, &password).await;
    let token = came_up[0].clone();
    values.extend(came_up);
    for file in ["postgres/password", "postgres/superuser-password"] {
        values.push(fs::read_to_string(data.join(file)).unwrap().trim().to_owned());
    }
    let forms = forms(&values);
    assert_clean("an answer", &told, &forms);

    // Mail server, broker and collector have been tried in vain.
    let deadline = Instant::now() + PATIENCE;
    while !(server.logged().contains("mail") && server.logged().contains("broker")) {
        assert!(Instant::now() < deadline, "{}", server.logged());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    for path in [
        "/api/v1/health",
        "/api/v1/monitoring/queues",
        "/api/v1/monitoring/dead-letters",
        "/api/v1/monitoring/projections",
        "/api/v1/api-keys",
        "/api/v1/audit/events?limit=200",
    ] {
        let (status, answer) = server.get(path, Some(&token)).await;
        assert!(status == 200 || status == 503, "{path}: {status}");
        assert_clean(path, &answer.to_string(), &forms);
    }
    let metrics = server.http.get(format!("{}/metrics", server.url));
    let refused =
        metrics.try_clone().unwrap().bearer_auth(format!("{MARK} of a scraper")).send().await.unwrap();
    assert_eq!(refused.status(), 401);
    let metrics = metrics.bearer_auth(format!("{MARK} of the scraper")).send().await.unwrap();
    assert_eq!(metrics.status(), 200);
    assert_clean("the figures", &metrics.text().await.unwrap(), &forms);

    let logs = data.join("postgres/cluster/log");
    let written = fs::read_dir(logs).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    let written = written.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).collect::<String>();
    assert_clean("PostgreSQL's log", &written, &forms);
    let (printed, logged) = (server.printed(), server.logged());
    assert!(logged.lines().count() > 50, "trace says a lot");
    assert_clean("standard output", &printed, &forms);
    assert_clean("the log", &logged, &forms);
    assert_eq!(server.stop().code(), Some(0));
}
