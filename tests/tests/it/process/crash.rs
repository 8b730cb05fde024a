//! Being killed: what was acknowledged is there afterwards.

use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::{PASSWORD, PATIENCE, Server, run, text};

const SHOP: &str = "baghdad-shop@souk.example";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_server_and_postgres_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path(), &["--demo"]);
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..2 {
        let token = server.login(SHOP, PASSWORD).await.unwrap();
        let first: Vec<_> = (0..8).map(|n| format!("round {round} first {n}").replace(' ', "-")).collect();
        let placed = join_all(first.iter().map(|key| server.place(&token, key, "SALT-1", 12))).await;
        acknowledged.extend(placed.into_iter().map(|order| order.expect("an order")));
        // These are on their way when everything is killed.
        let late: Vec<_> = (0..32).map(|n| format!("round-{round}-late-{n}")).collect();
        let killing = async {
            tokio::time::sleep(Duration::from_millis(15)).await;
            server.kill_everything(folder.path());
        };
        let (placed, ()) =
            tokio::join!(join_all(late.iter().map(|key| server.place(&token, key, "SALT-1", 12))), killing);
        acknowledged.extend(placed.into_iter().flatten());
        drop(server);
        server = Server::start(folder.path(), &["--demo"]);
    }
    let token = server.login(SHOP, PASSWORD).await.unwrap();
    for order in &acknowledged {
        let path = format!("/api/v1/orders/{order}");
        let deadline = Instant::now() + PATIENCE;
        let mut answer = server.get(&path, Some(&token)).await;
        // What the log has, the read models may still be catching up with.
        while answer.0 == 404 && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
            answer = server.get(&path, Some(&token)).await;
        }
        let (status, found) = answer;
        assert_eq!((status, found["id"].as_str()), (200, Some(order.as_str())));
    }
    // The same key again is the same order, and nothing is taken twice.
    let again = server.place(&token, "round-0-first-0", "SALT-1", 12).await.unwrap();
    assert!(acknowledged.contains(&again));
    let verified = run("souk-replay", folder.path(), &["verify"]);
    assert!(verified.status.success(), "{}", text(&verified.stdout));
    assert_eq!(server.stop().code(), Some(0));
}
