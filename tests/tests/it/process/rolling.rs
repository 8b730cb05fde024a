//! A new version goes out node by node, behind the nginx that `docs/operators/nginx.conf` describes: nobody notices.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use nix::{sys::signal::Signal, unistd::Pid};
use serde_json::json;
use souk_tests::TestDatabase;

use super::{PASSWORD, Server, command, wait_until};

const CLIENTS: usize = 8;

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The shipped configuration, with these nodes, this port and a certificate of its own.
fn configuration(folder: &Path, port: u16, nodes: [u16; 2]) -> String {
    let shipped = include_str!("../../../../docs/operators/nginx.conf");
    let replace = |text: &str, old: &str, new: &str| {
        assert!(text.contains(old), "docs/operators/nginx.conf has no {old:?}");
        text.replace(old, new)
    };
    let server = |port| format!("    server 127.0.0.1:{port} max_fails=0;\n");
    let text = replace(shipped, &server(8080), &nodes.map(server).concat());
    let text = replace(&text, "listen 443 ssl;", &format!("listen 127.0.0.1:{port} ssl;"));
    let text = replace(&text, "listen 80;", &format!("listen 127.0.0.1:{};", free_port()));
    let text = replace(&text, "/etc/letsencrypt/live/shop.example", &folder.display().to_string());
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {};\n", folder.join(kind).display()))
        .concat();
    format!(
        "daemon off;\npid {};\nerror_log stderr warn;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{text}}}\n",
        folder.join("pid").display()
    )
}

/// Stopped with the value.
struct Nginx(Child);

impl Nginx {
    fn start(folder: &Path, port: u16, nodes: [u16; 2]) -> Self {
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-subj",
                "/CN=shop.example",
                "-days",
                "2",
            ])
            .args(["-keyout", "privkey.pem", "-out", "fullchain.pem"])
            .current_dir(folder)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let path = folder.join("nginx.conf");
        fs::write(&path, configuration(folder, port, nodes)).unwrap();
        let search = format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap_or_default());
        let child = Command::new("nginx")
            .env("PATH", search)
            .args(["-e", "stderr", "-p"])
            .arg(folder)
            .arg("-c")
            .arg(&path)
            .stdin(Stdio::null())
            .spawn()
            .expect("nginx: script/bootstrap tests");
        let nginx = Self(child);
        wait_until("nginx listens", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
        nginx
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let pid = Pid::from_raw(i32::try_from(self.0.id()).unwrap());
        let _ = nix::sys::signal::kill(pid, Signal::SIGTERM);
        drop(self.0.wait());
    }
}

/// One of two nodes that share a database and the keys.
fn node(database: &TestDatabase, data_dir: &Path, port: u16) -> Server {
    let key = data_dir.parent().unwrap().join("signing.pem");
    Server::start_as(
        command("souk")
            .args([
                "serve",
                "--demo",
                "--listen",
                &format!("127.0.0.1:{port}"),
                "--database-url",
                database.url(),
            ])
            .arg("--data-dir")
            .arg(data_dir)
            .env("SOUK_SIGNING_KEY", fs::read_to_string(key).unwrap())
            .env("SOUK_SECRET", "the same on both nodes, and long enough")
            .env("SOUK_TRUSTED_PROXIES", "127.0.0.1"),
    )
}

/// So that nothing runs out.
async fn stock_up(node: &Server) {
    let admin = node.login("admin@souk.example", PASSWORD).await.unwrap();
    let (_, products) = node.get("/api/v1/products?limit=200", Some(&admin)).await;
    let water = products["items"].as_array().unwrap().iter().find(|item| item["sku"] == "WATER-24X500");
    let product = water.unwrap()["id"].as_str().unwrap().to_owned();
    let (_, stock) = node.get(&format!("/api/v1/inventory/stock/{product}"), Some(&admin)).await;
    let adjusted = node
        .http
        .patch(format!("{}/api/v1/inventory/stock/update", node.url))
        .bearer_auth(&admin)
        .header("Idempotency-Key", "stock-up")
        .json(&json!({"product_id": product, "warehouse_id": stock["warehouses"][0]["warehouse_id"],
                      "delta": 10_000_000, "reason": "a test"}))
        .send()
        .await
        .unwrap();
    assert_eq!(adjusted.status(), 200, "{stock}");
}

async fn orders(database: &TestDatabase) -> i64 {
    sqlx::query_scalar("select count(*) from events where event_type = 'OrderPlaced'")
        .fetch_one(&database.pool())
        .await
        .unwrap()
}

struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

impl Client {
    /// Places orders and reads them, each over whatever connection there is, until told to stop. Nothing is repeated.
    async fn work(self: Arc<Self>, number: usize, stop: Arc<AtomicBool>) -> (u64, Vec<String>) {
        let (mut placed, mut failures) = (0, Vec::new());
        while !stop.load(Ordering::Relaxed) {
            let key = format!("rolling-{number}-{placed}-{}", failures.len());
            let order = json!({"lines": [{"sku": "WATER-24X500", "quantity": 5}]});
            let request = self
                .http
                .post(format!("{}/api/v1/orders", self.base))
                .bearer_auth(&self.token)
                .header("Idempotency-Key", key)
                .json(&order);
            match request.send().await {
                Ok(answer) if answer.status() == 201 => placed += 1,
                Ok(answer) => failures.push(format!("{} {:?}", answer.status(), answer.text().await)),
                Err(error) => failures.push(format!("{error:?}")),
            }
            let list = self.http.get(format!("{}/api/v1/products", self.base)).send().await;
            match list {
                Ok(answer) if answer.status() == 200 => {}
                other => failures.push(format!("{other:?}")),
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        (placed, failures)
    }
}

/// Where a client's session came from, who is at `address` and says that it is somewhere else.
async fn seen_from(base: &str, address: &str) -> String {
    let http = reqwest::Client::builder()
        .danger_accept_invalid_certs(true)
        .local_address(address.parse::<std::net::IpAddr>().unwrap())
        .build()
        .unwrap();
    let login = http
        .post(format!("{base}/api/v1/auth/login"))
        .header("X-Forwarded-For", "203.0.113.9")
        .header("Forwarded", "for=203.0.113.9")
        .json(&json!({"email": "erbil-shop@souk.example", "password": PASSWORD}));
    let tokens: serde_json::Value = login.send().await.unwrap().json().await.unwrap();
    let sessions = http.get(format!("{base}/api/v1/auth/sessions"));
    let sessions = sessions.bearer_auth(tokens["access_token"].as_str().unwrap()).send().await.unwrap();
    let sessions: serde_json::Value = sessions.json().await.unwrap();
    sessions["items"][0]["address"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_restart_one_after_the_other_and_no_request_fails() {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("openssl")
        .args(["genpkey", "-algorithm", "ed25519", "-out", "signing.pem"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(made.status.success());
    let ports = [free_port(), free_port()];
    let homes = [folder.path().join("one"), folder.path().join("two")];
    let mut nodes = [
        node(&database, &homes[0], ports[0]),
        node(&database, &homes[1], ports[1]),
    ];
    let port = free_port();
    let _nginx = Nginx::start(folder.path(), port, ports);

    stock_up(&nodes[0]).await;
    let token = nodes[0].login("baghdad-shop@souk.example", PASSWORD).await.unwrap();
    let client = Arc::new(Client {
        http: reqwest::Client::builder().danger_accept_invalid_certs(true).build().unwrap(),
        base: format!("https://127.0.0.1:{port}"),
        token,
    });
    assert_eq!(
        seen_from(&client.base, "127.0.0.2").await,
        "127.0.0.2",
        "what a client says of itself is not believed"
    );
    let before = orders(&database).await;
    let stop = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|number| tokio::spawn(Arc::clone(&client).work(number, Arc::clone(&stop))))
        .collect();
    for round in 0..4 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let index = round % 2;
        nodes[index].signal(Signal::SIGTERM);
        assert_eq!(nodes[index].wait().code(), Some(0));
        nodes[index] = node(&database, &homes[index], ports[index]);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    stop.store(true, Ordering::Relaxed);
    let mut placed = 0;
    for client in clients {
        let (own, failures) = client.await.unwrap();
        assert!(failures.is_empty(), "{failures:#?}");
        placed += own;
    }
    assert!(placed > 100, "{placed}");
    assert_eq!(
        orders(&database).await - before,
        i64::try_from(placed).unwrap(),
        "what was acknowledged is there, once"
    );
}
