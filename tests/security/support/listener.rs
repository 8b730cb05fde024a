//! Somebody who waits for the server to call, and hopes that it never does.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{net::TcpListener, task::JoinHandle};

pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    calls: Arc<AtomicUsize>,
    waiting: JoinHandle<()>,
}

impl Listener {
    pub(crate) async fn wait() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&calls);
        let waiting = tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, calls, waiting }
    }

    /// How often somebody called. Calls once itself, so that a deaf listener is found out.
    pub(crate) async fn calls(&self) -> usize {
        let before = self.calls.load(Ordering::SeqCst);
        drop(tokio::net::TcpStream::connect(self.address).await.unwrap());
        while self.calls.load(Ordering::SeqCst) == before {
            tokio::task::yield_now().await;
        }
        before
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.waiting.abort();
    }
}
