//! What the server does not put up with: floods, strangers' words, foreign pages, bodies too large or too slow, clients
//! that hold on, and secrets that slip out.

mod addresses;
mod bodies;
mod cors;
mod headers;
mod rates;
mod slow;

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};

/// A connection that speaks as badly as a test wants.
struct Wire(TcpStream);

impl Wire {
    async fn to(app: &souk_tests::TestApp) -> Self {
        Self(TcpStream::connect(app.address).await.unwrap())
    }

    async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// What comes until the server hangs up, and how long that took.
    async fn rest(&mut self, patience: Duration) -> (String, Duration) {
        let began = Instant::now();
        let mut bytes = Vec::new();
        let reading = timeout(patience, self.0.read_to_end(&mut bytes)).await;
        // A connection that is cut may end with an error.
        drop(reading.expect("the server hangs up"));
        (String::from_utf8_lossy(&bytes).into_owned(), began.elapsed())
    }
}
