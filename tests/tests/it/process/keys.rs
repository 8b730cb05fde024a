//! `souk keys`: the master key is replaced while a server runs, and nobody notices.

use std::{fs, path::Path, process::Output};

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
    // Ten people, the first super admin, and the key of lookups.
    assert!(text(&rotated.stdout).contains("12 keys were wrapped anew"), "{}", text(&rotated.stdout));
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
