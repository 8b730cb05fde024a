//! What happens, as it happens.

mod lag;
mod resume;
mod stream;

use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::Value;
use souk_tests::Client;
use tokio::time::timeout;

const STREAM: &str = "/api/v1/stream";
const PATIENCE: Duration = Duration::from_secs(20);
/// So long nothing must come.
const SILENCE: Duration = Duration::from_millis(700);

/// One server-sent event.
#[derive(Debug, Clone, PartialEq)]
struct Message {
    id: String,
    name: String,
    data: Value,
}

/// A client that listens.
struct Listener {
    response: Response,
    buffer: String,
    /// The id that was told last, with data or without.
    last_id: String,
}

impl Listener {
    async fn open(client: &Client, query: &str) -> Self {
        Self::resume(client, query, "").await
    }

    /// As a browser comes back.
    async fn resume(client: &Client, query: &str, last_id: &str) -> Self {
        let request =
            client.request(Method::GET, &format!("{STREAM}{query}")).header("Last-Event-ID", last_id);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        assert_eq!(response.headers()["cache-control"], "no-store");
        let mut listener = Self { response, buffer: String::new(), last_id: String::new() };
        let greeting = listener.frame().await.unwrap();
        assert!(greeting.starts_with("retry: 2000\nid: "), "{greeting}");
        listener
    }

    /// What stands before the next empty line; `None` at the end of the stream.
    async fn frame(&mut self) -> Option<String> {
        loop {
            if let Some((frame, rest)) = self.buffer.split_once("\n\n") {
                let frame = frame.to_owned();
                self.buffer = rest.to_owned();
                if let Some(id) = frame.lines().find_map(|line| line.strip_prefix("id: ")) {
                    self.last_id = id.to_owned();
                }
                return Some(frame);
            }
            let part = timeout(PATIENCE, self.response.chunk()).await.expect("something comes in time");
            self.buffer.push_str(std::str::from_utf8(&part.unwrap()?).unwrap());
        }
    }

    /// The next message; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Message> {
        loop {
            let frame = self.frame().await?;
            let field = |name: &str| frame.lines().find_map(|line| line.strip_prefix(name));
            let Some(data) = field("data: ") else { continue };
            let message = Message {
                id: field("id: ").unwrap().to_owned(),
                name: field("event: ").unwrap().to_owned(),
                data: serde_json::from_str(data).unwrap(),
            };
            assert_eq!(
                (&message.data["name"], &message.data["position"]),
                (&message.name.as_str().into(), &message.id.as_str().into())
            );
            return Some(message);
        }
    }

    async fn heard(&mut self) -> Message {
        self.next().await.expect("a message")
    }

    /// The names of so many messages.
    async fn names(&mut self, count: usize) -> Vec<String> {
        let mut names = Vec::new();
        for _ in 0..count {
            names.push(self.heard().await.name);
        }
        names
    }

    async fn hears_nothing(&mut self) {
        if let Ok(message) = timeout(SILENCE, self.next()).await {
            panic!("{message:?}");
        }
    }
}
