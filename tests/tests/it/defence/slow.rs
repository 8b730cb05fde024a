//! Clients that take their time, so that others get none.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    App, HttpResponse, HttpServer,
    web::{self, Bytes},
};
use api::http::{
    defence::{Gate, connections::Connections},
    envelope::{Envelope, Traffic},
};
use futures_util::Stream;
use souk_tests::TestApp;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use super::Wire;

const PATIENCE: Duration = Duration::from_secs(20);

/// Limits of a second, and connections that may be idle for as long.
async fn hasty() -> TestApp {
    TestApp::spawn_with(|source| {
        source
            .flag("keep_alive_s", "1")
            .flag("head_limit_s", "1")
            .flag("body_limit_s", "1")
            .flag("send_limit_s", "1")
    })
    .await
}

/// Sends a byte now and then until the server has had enough; answers for how long it had not.
async fn drip(wire: &mut Wire, bytes: &[u8]) -> (String, Duration) {
    let began = Instant::now();
    let (mut reader, mut writer) = wire.0.split();
    let dripping = async {
        for byte in bytes.iter().cycle() {
            if writer.write_all(&[*byte]).await.is_err() {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        // The server has hung up: the reader will see it.
        std::future::pending::<()>().await;
    };
    let mut seen = Vec::new();
    tokio::select! {
        () = dripping => {}
        ended = timeout(PATIENCE, reader.read_to_end(&mut seen)) => drop(ended.expect("the server hangs up")),
    }
    (String::from_utf8_lossy(&seen).into_owned(), began.elapsed())
}

async fn answer(wire: &mut Wire) -> String {
    let mut bytes = vec![0; 65_536];
    let read = timeout(PATIENCE, wire.0.read(&mut bytes)).await.expect("an answer").unwrap();
    String::from_utf8_lossy(&bytes[..read]).into_owned()
}

#[tokio::test]
async fn a_body_that_drips_is_given_up() {
    let app = hasty().await;
    for (length, piece) in [
        ("content-length: 100000", b" ".as_slice()),
        ("transfer-encoding: chunked", b"1\r\n \r\n".as_slice()),
    ] {
        let mut wire = Wire::to(&app).await;
        wire.send(&format!(
            "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{length}\r\n\r\n"
        ))
        .await;
        let (answer, took) = drip(&mut wire, piece).await;
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("body-too-slow"), "{length}: {answer}");
        assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
        assert!(took < Duration::from_secs(8), "{length}: {took:?}");
    }
}

#[tokio::test]
async fn a_head_that_drips_is_given_up_the_first_time_and_the_second() {
    let app = hasty().await;
    let mut wire = Wire::to(&app).await;
    let (answer, took) = drip(&mut wire, b"GET / HTTP/1.1\r\nx: ").await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(took < Duration::from_secs(5), "{took:?}");

    let mut wire = Wire::to(&app).await;
    wire.send("GET /api/v1/health/live HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(self::answer(&mut wire).await.starts_with("HTTP/1.1 200"));
    wire.send("GET /api/v1/health/live HTTP/1.1\r\nx: ").await;
    let (_, took) = drip(&mut wire, b"aaaa").await;
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[tokio::test]
async fn a_body_that_nobody_reads_holds_no_connection() {
    let app = hasty().await;
    let mut wire = Wire::to(&app).await;
    wire.send("POST /nowhere HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").await;
    let (answer, took) = drip(&mut wire, b"1\r\n \r\n").await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert!(took < Duration::from_secs(8), "{took:?}");
}

/// Small, so that the kernel does not take a whole answer for the client.
async fn narrow(address: std::net::SocketAddr, bytes: u32) -> TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(bytes).unwrap();
    socket.connect(address).await.unwrap()
}

#[tokio::test]
async fn an_answer_that_is_not_taken_is_thrown_away() {
    let app = hasty().await;
    let whole = app.anonymous().get("/openapi.json").await.bytes.len();
    assert!(whole > 300_000, "{whole}");
    let mut stream = narrow(app.address, 4_096).await;
    let requests = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(16);
    stream.write_all(requests.as_bytes()).await.unwrap();
    let cut = || async {
        let figures = String::from_utf8(app.anonymous().get("/metrics").await.bytes).unwrap();
        let line = figures.lines().find(|line| line.starts_with("souk_http_stalled_connections_total "));
        line.is_some_and(|line| !line.ends_with(" 0"))
    };
    let deadline = Instant::now() + PATIENCE;
    while !cut().await {
        assert!(Instant::now() < deadline, "the connection is still held");
        sleep(Duration::from_millis(200)).await;
    }
    let mut seen = Vec::new();
    drop(timeout(PATIENCE, stream.read_to_end(&mut seen)).await.expect("the server has hung up"));
    assert!(seen.len() < 16 * whole, "everything came after all");
}

/// Never ends, and tells when it is let go.
struct Endless(Arc<AtomicBool>);

impl Stream for Endless {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(Ok(Bytes::from_static(&[b'x'; 16_384]))))
    }
}

impl Drop for Endless {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[actix_web::test]
async fn a_streamed_answer_ends_with_a_client_that_stops_taking_it_and_not_before() {
    let is_gone = Arc::new(AtomicBool::new(false));
    let connections = Connections::new(Duration::from_secs(60), Duration::from_secs(2));
    let cutting = tokio::spawn(Arc::clone(&connections).cut_stalled());
    let kept = Arc::clone(&is_gone);
    let server = HttpServer::new(move || {
        let is_gone = Arc::clone(&kept);
        let envelope = Envelope {
            traffic: Arc::new(Traffic::default()),
            gate: Arc::new(Gate::default()),
            time_limit: PATIENCE,
            requests: None,
            audit: None,
        };
        let stream = move || {
            let is_gone = Arc::clone(&is_gone);
            async move { HttpResponse::Ok().streaming(Endless(is_gone)) }
        };
        App::new().wrap(envelope).route("/", web::get().to(stream))
    })
    .on_connect(move |stream, kept| connections.watch(stream, kept))
    .workers(1)
    .disable_signals()
    .bind("127.0.0.1:0")
    .unwrap();
    let address = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    let serving = actix_web::rt::spawn(server);

    let mut stream = narrow(address, 65_536).await;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    // Slowly, but steadily, for longer than it may stand still.
    let mut bytes = vec![0; 262_144];
    for _ in 0..20 {
        let mut taken = 0;
        while taken < 131_072 {
            let read = timeout(PATIENCE, stream.read(&mut bytes)).await.unwrap().unwrap();
            assert!(read > 0);
            taken += read;
        }
        sleep(Duration::from_millis(200)).await;
    }
    assert!(!is_gone.load(Ordering::SeqCst), "a client that takes its answer is served");
    let began = Instant::now();
    while !is_gone.load(Ordering::SeqCst) {
        assert!(began.elapsed() < PATIENCE, "the answer is still held");
        sleep(Duration::from_millis(50)).await;
    }
    handle.stop(false).await;
    serving.await.unwrap().unwrap();
    cutting.abort();
}

#[tokio::test]
async fn more_connections_than_configured_wait_for_their_turn() {
    let app = TestApp::spawn_with(|source| source.flag("connection_limit", "3")).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        let mut wire = Wire::to(&app).await;
        wire.send("GET /api/v1/health/live HTTP/1.1\r\nhost: x\r\n\r\n").await;
        assert!(answer(&mut wire).await.starts_with("HTTP/1.1 200"));
        held.push(wire);
    }
    let mut waiting = Wire::to(&app).await;
    waiting.send("GET /api/v1/health/live HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let mut bytes = [0; 1_024];
    assert!(timeout(Duration::from_secs(1), waiting.0.read(&mut bytes)).await.is_err(), "no place is free");
    held.pop();
    assert!(answer(&mut waiting).await.starts_with("HTTP/1.1 200"));
}
