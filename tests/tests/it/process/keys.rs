//! `souk keys`: master key and signing keys are replaced while a server runs, and nobody notices.

use std::{fs, path::Path, process::Output, time::Duration};

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::Value;

use super::{PASSWORD, Server, command, serving, text};

/// With the master key of the data folder, whatever the others use.
fn run(data_dir: &Path, args: &[&str]) -> Output {
    let mut souk = command("souk");
    souk.args(args).arg("--data-dir").arg(data_dir).env_remove("SOUK_MASTER_KEY").output().unwrap()
}

fn start(data_dir: &Path, args: &[&str]) -> Server {
    Server::start_as(serving().args(args).arg("--data-dir").arg(data_dir).env_remove("SOUK_MASTER_KEY"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_master_key_is_replaced_under_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let data_dir = folder.path().join("data");
    let file = data_dir.join("secrets/master-key");
    let server = start(&data_dir, &["--demo"]);
    let first = fs::read_to_string(&file).unwrap();
    let rotated = run(&data_dir, &["keys", "rotate-master"]);
    assert!(rotated.status.success(), "{}", text(&rotated.stderr));
    // Ten people, the first super admin, the key of lookups and that of strangers.
    assert!(text(&rotated.stdout).contains("13 keys were wrapped anew"), "{}", text(&rotated.stdout));
    let second = fs::read_to_string(&file).unwrap();
    assert!(second.ends_with(&first) && second.lines().count() == 2);
    // An address is opened, by the running server and by the next one.
    let knows_the_address = async |server: &Server| {
        let token = server.login("driver@souk.example", PASSWORD).await.unwrap();
        let (_, me) = server.get("/api/v1/auth/me", Some(&token)).await;
        me["email"] == "driver@souk.example"
    };
    assert!(knows_the_address(&server).await);
    assert!(server.stop().success());
    let again = run(&data_dir, &["keys", "rotate-master"]);
    assert!(text(&again.stdout).contains("1 older master keys"), "{}", text(&again.stdout));
    assert!(!fs::read_to_string(&file).unwrap().contains(first.trim()));
    let server = start(&data_dir, &[]);
    assert!(knows_the_address(&server).await);
    assert!(server.stop().success());
    // Without the key that the database names, a server does not start.
    fs::remove_file(&file).unwrap();
    let refused = run(&data_dir, &["serve", "--listen", "127.0.0.1:0"]);
    assert!(!refused.status.success());
    assert!(text(&refused.stderr).contains("master key"), "{}", text(&refused.stderr));
}

const JWKS: &str = "/.well-known/jwks.json";

/// Another service, which knows the server's URL and nothing else.
async fn elsewhere_verified(server: &Server, token: &str) -> bool {
    let (_, jwks) = server.get(JWKS, None).await;
    let keys: JwkSet = serde_json::from_value(jwks).unwrap();
    let Some(key) = keys.find(&kid(token)) else {
        return false;
    };
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&["souk"]);
    validation.set_audience(&["souk"]);
    decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation).is_ok()
}

fn kid(token: &str) -> String {
    decode_header(token).unwrap().kid.unwrap()
}

async fn me(server: &Server, token: &str) -> u16 {
    server.get("/api/v1/auth/me", Some(token)).await.0
}

async fn signed_by_another(server: &Server, key_id: &str) -> String {
    for _ in 0..300 {
        let token = server.login("driver@souk.example", PASSWORD).await.unwrap();
        if kid(&token) != key_id {
            return token;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the old key {key_id} still signs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_signing_key_is_replaced_and_withdrawn_under_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let data_dir = folder.path().join("data");
    let server = start(&data_dir, &["--demo"]);
    let before = server.login("driver@souk.example", PASSWORD).await.unwrap();
    let (old, file) = (kid(&before), data_dir.join("secrets/signing-key.pem"));
    let old_file = fs::read_to_string(&file).unwrap();
    let list = run(&data_dir, &["keys", "signing"]);
    assert!(text(&list.stdout).starts_with(&format!("{old}  signing")), "{}", text(&list.stdout));

    let asked = run(&data_dir, &["keys", "rotate-signing", "--after", "5"]);
    assert!(asked.status.success(), "{}", text(&asked.stderr));
    let after = signed_by_another(&server, &old).await;
    assert_ne!(fs::read_to_string(&file).unwrap(), old_file);
    for token in [&before, &after] {
        assert_eq!(me(&server, token).await, 200);
        assert!(elsewhere_verified(&server, token).await);
    }
    let list = text(&run(&data_dir, &["keys", "signing"]).stdout);
    assert!(list.contains(&format!("{old}  retired")), "{list}");
    assert!(list.contains(&format!("{}  signing", kid(&after))), "{list}");
    // It goes on with the next start.
    assert!(server.stop().success());
    let server = start(&data_dir, &[]);
    assert_eq!(me(&server, &before).await, 200);
    assert_eq!(kid(&server.login("driver@souk.example", PASSWORD).await.unwrap()), kid(&after));

    let unknown = run(&data_dir, &["keys", "withdraw-signing", "none"]);
    assert!(!unknown.status.success() && text(&unknown.stderr).contains("no signing key"));
    let withdrawn = run(&data_dir, &["keys", "withdraw-signing", &kid(&after)]);
    assert!(withdrawn.status.success(), "{}", text(&withdrawn.stderr));
    let third = signed_by_another(&server, &kid(&after)).await;
    assert_eq!(me(&server, &after).await, 401);
    assert!(!elsewhere_verified(&server, &after).await);
    for token in [&before, &third] {
        assert_eq!(me(&server, token).await, 200);
    }
    for printed in [server.printed(), server.logged()] {
        assert!(!printed.contains("PRIVATE KEY") && !printed.contains(old_file.lines().nth(1).unwrap()));
    }
    assert!(server.stop().success());
    // What is configured is replaced there.
    let configured = command("souk")
        .args(["keys", "rotate-signing"])
        .arg("--data-dir")
        .arg(&data_dir)
        .env("SOUK_SIGNING_KEY", &old_file)
        .output()
        .unwrap();
    assert!(!configured.status.success() && text(&configured.stderr).contains("set by configuration"));
}
