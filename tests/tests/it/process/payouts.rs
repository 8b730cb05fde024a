//! Being killed while companies are paid: every line is paid once, and once only.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::Client;

use super::{PATIENCE, Server, run, serving, text};

const ADMIN: &str = "root@souk.example";
const PASSWORD: &str = "a-long-enough-passphrase-2026";

/// What a company gets of one line: 10,000 dinars less 10 percent.
const NET: i64 = 9_000;
const ROUNDS: u64 = 4;
const ORDERS_PER_ROUND: usize = 5;

/// What is asked of the server, under a key of its own: it is asked again until the answer is certain.
#[derive(Clone)]
struct Wish {
    method: Method,
    path: String,
    key: String,
    body: Value,
}

/// The status of the answer and its content; `None` when there was none, or none that is certain.
async fn once(client: &Client, wish: &Wish) -> Option<(u16, Value)> {
    let request = client.request(wish.method.clone(), &wish.path).header("Idempotency-Key", &wish.key);
    let answer = request.json(&wish.body).timeout(Duration::from_secs(20)).send().await.ok()?;
    let status = answer.status();
    let body: Value = answer.json().await.ok()?;
    (!status.is_server_error()).then_some((status.as_u16(), body))
}

async fn until_certain(client: &Client, wish: &Wish) -> (u16, Value) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(certain) = once(client, wish).await {
            return certain;
        }
        assert!(Instant::now() < deadline, "no certain answer to {}", wish.path);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn start(folder: &Path) -> Server {
    let mut command = serving();
    command.env("SOUK_ADMIN_EMAIL", ADMIN).env("SOUK_ADMIN_PASSWORD", PASSWORD);
    Server::start_as(command.arg("--data-dir").arg(folder))
}

async fn admin(server: &Server) -> Client {
    Client::at(&server.url, &server.login(ADMIN, PASSWORD).await.unwrap())
}

/// Sends everything at once, kills everything in the middle, starts again, and asks again for what was not certain.
/// What had been answered is answered again in the same way.
async fn through_a_kill(
    folder: &Path,
    server: Server,
    after: Duration,
    wishes: &[Wish],
) -> (Server, Vec<(u16, Value)>) {
    let client = admin(&server).await;
    let kill = async {
        tokio::time::sleep(after).await;
        server.kill_everything(folder);
    };
    let (early, ()) = tokio::join!(join_all(wishes.iter().map(|wish| once(&client, wish))), kill);
    drop(server);
    println!("{} of {} were answered before the kill", early.iter().flatten().count(), wishes.len());
    let server = start(folder);
    let client = admin(&server).await;
    let mut certain = Vec::new();
    for (wish, early) in wishes.iter().zip(early) {
        let now = until_certain(&client, wish).await;
        // What was refused may be refused for another reason now.
        if let Some(early) = early.filter(|(status, _)| *status < 300) {
            assert_eq!(early, now, "{} changed its mind", wish.path);
        }
        certain.push(now);
    }
    (server, certain)
}

async fn deliver(client: &Client, product: &str) {
    for _ in 0..ORDERS_PER_ROUND {
        let order = client.order(&[(product, 1)]).await.created();
        let path = format!("/api/v1/orders/{}/status", order["id"].as_str().unwrap());
        for status in ["processing", "shipped", "delivered"] {
            client.put(&path, &json!({"status": status})).await.ok();
        }
    }
}

/// Asks for payouts, some of them twice under one key, while the server is killed; answers those that were made.
async fn payouts(
    folder: &Path,
    server: Server,
    round: u64,
    company: &str,
) -> (Server, BTreeMap<String, Value>) {
    let wish = |n: u64| Wish {
        method: Method::POST,
        path: "/api/v1/payouts".to_owned(),
        key: format!("pay-{round}-{}", n % 4),
        body: json!({"company_id": company}),
    };
    let wishes: Vec<Wish> = (0..6).map(wish).collect();
    let (server, answers) =
        through_a_kill(folder, server, Duration::from_millis(2 + 7 * round), &wishes).await;
    let mut made = BTreeMap::new();
    for (status, answer) in answers {
        match status {
            201 => drop(made.insert(answer["id"].as_str().unwrap().to_owned(), answer)),
            _ => {
                assert_eq!((status, answer["code"].as_str()), (409, Some("payouts.nothing_due")), "{answer}")
            }
        }
    }
    (server, made)
}

/// Approves and pays, while the server is killed twice.
async fn settle(folder: &Path, mut server: Server, round: u64, made: &BTreeMap<String, Value>) -> Server {
    let steps = [
        json!({"status": "approved"}),
        json!({"status": "paid", "reference": "FT1"}),
    ];
    for body in steps {
        let wish = |id: &String| Wish {
            method: Method::PATCH,
            path: format!("/api/v1/payouts/{id}/status"),
            key: format!("{id}-{}", body["status"].as_str().unwrap()),
            body: body.clone(),
        };
        let wishes: Vec<Wish> = made.keys().map(wish).collect();
        let answers;
        (server, answers) =
            through_a_kill(folder, server, Duration::from_millis(1 + 3 * round), &wishes).await;
        for (status, answer) in answers {
            assert_eq!((status, &answer["status"]), (200, &body["status"]), "{answer}");
        }
    }
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_everything_while_companies_are_paid_pays_every_line_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = start(folder.path());
    let client = admin(&server).await;
    let company = client.company(None).await;
    let warehouse = client.warehouse("EBL").await;
    let product = client.product_of(&company, "HONEY", "10000").await;
    client.stock(&product, &warehouse, 1_000).await.ok();
    let mut all = BTreeMap::new();
    for round in 0..ROUNDS {
        deliver(&admin(&server).await, &product).await;
        let made;
        (server, made) = payouts(folder.path(), server, round, &company).await;
        server = settle(folder.path(), server, round, &made).await;
        all.extend(made);
    }
    // What came too late for the last round's payouts.
    let client = admin(&server).await;
    let last = client.post("/api/v1/payouts", &json!({"company_id": company})).await;
    let last = (last.status == 201)
        .then(|| last.created())
        .map(|payout| (payout["id"].as_str().unwrap().to_owned(), payout));
    all.extend(last);

    let mut paid: HashMap<(String, String), usize> = HashMap::new();
    let mut total = 0;
    for id in all.keys() {
        let payout = shown(&client, id).await;
        total += payout["total"]["amount"].as_str().unwrap().parse::<i64>().unwrap();
        for item in payout["items"].as_array().unwrap() {
            *paid.entry((item["order_id"].to_string(), item["line"].to_string())).or_default() += 1;
        }
    }
    let lines = usize::try_from(ROUNDS).unwrap() * ORDERS_PER_ROUND;
    assert!(paid.values().all(|times| *times == 1), "{paid:?}");
    assert_eq!((paid.len(), total), (lines, NET * i64::try_from(lines).unwrap()));
    let verified = run("souk-replay", folder.path(), &["verify"]);
    assert!(verified.status.success(), "{}", text(&verified.stdout));
    assert_eq!(server.stop().code(), Some(0));
}

/// A payout, once the read model has it.
async fn shown(client: &Client, id: &str) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let reply = client.get(&format!("/api/v1/payouts/{id}")).await;
        if reply.status == 200 {
            return reply.ok();
        }
        assert!(Instant::now() < deadline, "payout {id} is not shown: {}", reply.json());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
