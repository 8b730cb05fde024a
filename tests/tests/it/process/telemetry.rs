//! Traces reach a collector that speaks OTLP over HTTP, with the request, its append and its id in one.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest, common::v1::any_value::Value, trace::v1::Span,
};
use prost::Message;
use serde_json::json;

use super::{PASSWORD, Server, serving, wait_until};

/// Takes what is sent to `/v1/traces`.
struct Collector {
    url: String,
    spans: Arc<Mutex<Vec<Span>>>,
}

impl Collector {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let spans = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&spans);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let taken = Arc::clone(&taken);
                thread::spawn(move || serve(stream.unwrap(), &taken));
            }
        });
        Self { url, spans }
    }

    fn find(&self, is_wanted: impl Fn(&Span) -> bool) -> Option<Span> {
        self.spans.lock().unwrap().iter().find(|span| is_wanted(span)).cloned()
    }
}

fn serve(stream: std::net::TcpStream, taken: &Mutex<Vec<Span>>) {
    let mut writer = stream.try_clone().unwrap();
    let mut reader = BufReader::new(stream);
    loop {
        let (mut line, mut length, mut path) = (String::new(), 0, String::new());
        while reader.read_line(&mut line).unwrap_or(0) > 0 && line != "\r\n" {
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            } else if let Some(rest) = lower.strip_prefix("post ") {
                path = rest.split(' ').next().unwrap().to_owned();
            }
            line.clear();
        }
        if path.is_empty() {
            return;
        }
        assert_eq!(path, "/v1/traces");
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let request = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
        let spans = request.resource_spans.into_iter().flat_map(|of| of.scope_spans).flat_map(|of| of.spans);
        taken.lock().unwrap().extend(spans);
        writer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
    }
}

fn text(span: &Span, key: &str) -> Option<String> {
    let value = span.attributes.iter().find(|attribute| attribute.key == key)?.value.clone()?.value?;
    match value {
        Value::StringValue(text) => Some(text),
        Value::IntValue(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whether it is the span of the request with this id.
fn of(span: &Span, request: &str) -> bool {
    text(span, "correlation.id").as_deref() == Some(request)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_its_append_and_its_projections_are_traced() {
    let collector = Collector::start();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_as(
        serving()
            .args(["--demo", "--data-dir"])
            .arg(folder.path())
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url),
    );
    let token = server.login("baghdad-shop@souk.example", PASSWORD).await.unwrap();
    let request = "0190c7a2-0000-7000-8000-000000000042";
    let placed = server
        .http
        .post(format!("{}/api/v1/orders", server.url))
        .bearer_auth(token)
        .header("Idempotency-Key", "traced")
        .header("X-Request-Id", request)
        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .json(&json!({"lines": [{"sku": "RICE-BASMATI-5", "quantity": 1}]}))
        .send()
        .await
        .unwrap();
    assert_eq!(placed.status(), 201);
    let position = placed.headers()["event-position"].to_str().unwrap().to_owned();
    // The work that follows is done when its spans arrive, which are sent every few seconds.
    let projected = |span: &Span| span.name.starts_with("order_list");
    let mailed = |span: &Span| text(span, "job.id").is_some();
    let placing = |span: &Span| of(span, request);
    wait_until("the order is placed and listed and its mail is sent", || {
        collector.find(placing).and(collector.find(projected)).and(collector.find(mailed)).is_some()
    });

    let order = collector.find(placing).unwrap();
    assert_eq!(order.name, "POST /api/v1/orders");
    assert_eq!(text(&order, "http.response.status_code").as_deref(), Some("201"));
    assert_eq!(order.trace_id, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes());
    assert_eq!(order.parent_span_id, 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes());
    let append =
        collector.find(|span| span.name == "append" && span.parent_span_id == order.span_id).unwrap();
    assert_eq!(text(&append, "log.position"), Some(position));

    // What still waits is sent before the program ends.
    let last = "0190c7a2-0000-7000-8000-000000000043";
    let url = format!("{}/api/v1/products", server.url);
    assert_eq!(server.http.get(url).header("X-Request-Id", last).send().await.unwrap().status(), 200);
    assert!(server.stop().success());
    wait_until("the last span arrives", || collector.find(|span| of(span, last)).is_some());
}
