//! A TCP proxy between one node and PostgreSQL. It reads what the node says to the server closely enough to know a
//! COMMIT, and can lose it, its answer, or both, at that very moment.

mod frontend;

use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Result;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    task::JoinSet,
};

pub(crate) use frontend::Committer;

use frontend::{Frontend, Piece};

/// What happens to the next COMMIT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlackHole {
    /// It never arrives; both sides lose the connection.
    CutBefore,
    /// It arrives, and the connection is gone at the same moment.
    CutWith,
    /// It is done; the connection is gone before the answer.
    CutAfter,
    /// It is done, and no answer comes: the connection stays open and silent.
    Silence,
    /// The node loses the connection first; the COMMIT arrives afterwards, while the node is already asking.
    Late(Duration),
}

#[derive(Debug, Default)]
struct Shared {
    armed: Mutex<Option<(Committer, BlackHole)>>,
    /// Local ports of the connections to the server: what it calls `client_port`.
    ports: Mutex<HashSet<u16>>,
    /// New connections are refused.
    is_closed: AtomicBool,
}

/// A running proxy; its connections end with it.
#[derive(Debug)]
pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    sprung: mpsc::UnboundedReceiver<()>,
    _accepting: JoinSet<()>,
}

impl Proxy {
    /// Listens on a port of its own.
    pub(crate) async fn start(server: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared::default());
        let (spring, sprung) = mpsc::unbounded_channel();
        let mut accepting = JoinSet::new();
        let theirs = Arc::clone(&shared);
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let Ok((client, _)) = listener.accept().await else {
                    continue;
                };
                let (shared, spring) = (Arc::clone(&theirs), spring.clone());
                connections.spawn(async move {
                    // A refused connection closes the client's side too: the node sees that there is no server.
                    if let Ok(upstream) = TcpStream::connect(server).await {
                        drop(carry(client, upstream, &shared, &spring).await);
                    }
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { port, shared, sprung, _accepting: accepting })
    }

    /// Where the node finds the database.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Whether the server's session with this `client_port` is of this proxy's node.
    pub(crate) fn carries(&self, client_port: u16) -> bool {
        self.shared.ports.lock().unwrap_or_else(PoisonError::into_inner).contains(&client_port)
    }

    /// Refuses new connections, or takes them again.
    pub(crate) fn close(&self, is_closed: bool) {
        self.shared.is_closed.store(is_closed, Ordering::Relaxed);
    }

    /// The next COMMIT of `committer` falls into this hole. False when none came in time.
    pub(crate) async fn spring(&mut self, committer: Committer, hole: BlackHole, limit: Duration) -> bool {
        while self.sprung.try_recv().is_ok() {}
        *self.shared.armed.lock().unwrap_or_else(PoisonError::into_inner) = Some((committer, hole));
        let in_time = tokio::time::timeout(limit, self.sprung.recv()).await.is_ok();
        let unused = self.shared.armed.lock().unwrap_or_else(PoisonError::into_inner).take();
        in_time || unused.is_none()
    }
}

impl Shared {
    fn take(&self, committer: Committer) -> Option<BlackHole> {
        let mut armed = self.armed.lock().unwrap_or_else(PoisonError::into_inner);
        armed.take_if(|(wanted, _)| *wanted == committer).map(|(_, hole)| hole)
    }
}

async fn carry(
    client: TcpStream,
    upstream: TcpStream,
    shared: &Shared,
    spring: &mpsc::UnboundedSender<()>,
) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    upstream.set_nodelay(true)?;
    let port = upstream.local_addr()?.port();
    shared.ports.lock().unwrap_or_else(PoisonError::into_inner).insert(port);
    let ended = carry_both(client, upstream, shared, spring).await;
    shared.ports.lock().unwrap_or_else(PoisonError::into_inner).remove(&port);
    ended
}

async fn carry_both(
    client: TcpStream,
    upstream: TcpStream,
    shared: &Shared,
    spring: &mpsc::UnboundedSender<()>,
) -> std::io::Result<()> {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = upstream.into_split();
    let mut frontend = Frontend::default();
    let (mut said, mut answered) = (vec![0; 16_384], vec![0; 16_384]);
    loop {
        tokio::select! {
            read = from_client.read(&mut said) => {
                let read = read?;
                if read == 0 {
                    return to_server.shutdown().await;
                }
                for piece in frontend.take(&said[..read]) {
                    match piece {
                        Piece::Other(bytes) => to_server.write_all(&bytes).await?,
                        Piece::Commit(committer, bytes) => match shared.take(committer) {
                            None => to_server.write_all(&bytes).await?,
                            Some(hole) => {
                                let _ = spring.send(());
                                let ends = Ends { from_client, to_client, from_server, to_server };
                                return swallow(hole, &bytes, ends).await;
                            }
                        },
                    }
                }
            }
            read = from_server.read(&mut answered) => {
                let read = read?;
                if read == 0 {
                    return to_client.shutdown().await;
                }
                to_client.write_all(&answered[..read]).await?;
            }
        }
    }
}

struct Ends {
    from_client: OwnedReadHalf,
    to_client: OwnedWriteHalf,
    from_server: OwnedReadHalf,
    to_server: OwnedWriteHalf,
}

async fn swallow(hole: BlackHole, commit: &[u8], ends: Ends) -> std::io::Result<()> {
    let Ends { mut from_client, to_client, mut from_server, mut to_server } = ends;
    let mut answer = [0; 1_024];
    match hole {
        BlackHole::CutBefore => Ok(()),
        BlackHole::CutWith => to_server.write_all(commit).await,
        BlackHole::CutAfter => {
            to_server.write_all(commit).await?;
            from_server.read(&mut answer).await.map(drop)
        }
        BlackHole::Silence => {
            to_server.write_all(commit).await?;
            // Until the node gives the connection up.
            while from_client.read(&mut answer).await? > 0 {}
            Ok(())
        }
        BlackHole::Late(delay) => {
            drop((from_client, to_client));
            tokio::time::sleep(delay).await;
            to_server.write_all(commit).await?;
            from_server.read(&mut answer).await.map(drop)
        }
    }
}
