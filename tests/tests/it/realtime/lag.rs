//! A listener that does not take what it is told, until the node has forgotten it.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Value, json};
use souk_tests::{Client, TestApp};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use super::{PATIENCE, STREAM};

const PRODUCTS: usize = 250;
/// Each makes all products run out or recover: together more than the sockets between hold, in more batches than a
/// node keeps for those who are slow.
const TURNS: usize = 120;

/// A connection that holds almost nothing on this side.
async fn narrow(app: &TestApp, client: &Client) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(app.address).await.unwrap();
    let token = client.token().unwrap();
    let request = format!(
        "GET {STREAM}?filter[name]=stock:out,stock:recovered HTTP/1.1\r\nHost: souk\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    stream
}

/// How often each name was told of each product.
async fn heard(mut stream: TcpStream, wanted: usize) -> BTreeMap<(String, String), usize> {
    let (mut text, mut part) = (Vec::new(), vec![0; 1 << 16]);
    let data = |text: &[u8]| text.windows(6).filter(|window| *window == b"data: ").count();
    let mut seen = 0;
    while seen < wanted {
        let length =
            timeout(PATIENCE, stream.read(&mut part)).await.expect("the rest comes in time").unwrap();
        assert_ne!(length, 0, "it ended after {seen} of {wanted}");
        let before = text.len().saturating_sub(5);
        text.extend_from_slice(&part[..length]);
        seen += data(&text[before..]);
    }
    // Parts are whole frames, so the sizes of the chunks stand on lines of their own.
    let text = String::from_utf8(text).unwrap();
    let mut told = BTreeMap::new();
    let mut last = 0;
    for message in
        text.lines().filter_map(|line| serde_json::from_str::<Value>(line.strip_prefix("data: ")?).ok())
    {
        let word = |name: &str| message[name].as_str().unwrap().to_owned();
        let position: u64 = word("position").split_once('.').unwrap().1.parse().unwrap();
        assert!(position > last, "{position} after {last}");
        last = position;
        *told.entry((word("product_id"), word("name"))).or_default() += 1;
    }
    told
}

#[tokio::test]
async fn whoever_was_too_slow_for_the_feed_misses_nothing_and_hears_nothing_twice() {
    // It takes nothing for longer than others may.
    let app = TestApp::spawn_with(|source| source.env_text("send_limit_s", "600")).await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let mut products = Vec::new();
    for number in 0..PRODUCTS {
        products.push(admin.product(&format!("P-{number}"), "100").await);
    }
    let turn = async |delta: i64| {
        let row = |product: &String| json!({"product_id": product, "warehouse_id": warehouse, "delta": delta, "reason": "count"});
        let rows: Vec<Value> = products.iter().map(row).collect();
        admin.patch("/api/v1/inventory/bulk-update", &json!({"rows": rows})).await.ok();
    };
    turn(1).await;
    let stream = narrow(&app, &admin).await;
    for number in 0..TURNS {
        turn(if number % 2 == 0 { -1 } else { 1 }).await;
        // So that no two turns are told together.
        tokio::time::sleep(Duration::from_millis(60)).await;
    }
    // Heartbeats come whatever is missed.
    let told = timeout(6 * PATIENCE, heard(stream, PRODUCTS * TURNS)).await.expect("all of it comes in time");
    assert_eq!(told.len(), PRODUCTS * 2);
    assert!(told.values().all(|times| *times == TURNS / 2), "{told:?}");
}
