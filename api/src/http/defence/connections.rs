//! Connections that hold a place without using it. The HTTP library ends a first request whose head does not come and a
//! connection that is idle; not one that drips the head of a second request, drips a body that nobody reads any more, or
//! does not take its answer. So each has a moment by which something must have moved, and is cut when that has passed.

use std::{
    any::Any,
    net::Shutdown,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use actix_web::{
    body::{BodySize, BoxBody, MessageBody},
    dev::{Extensions, ServiceResponse},
};
use bytes::Bytes;
use metrics::Counter;
use socket2::{SockRef, Socket};
use tokio::{net::TcpStream, time::interval};

/// How often connections are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A client that was refused with its body unread gets so long to read the answer.
const FAREWELL: Duration = Duration::from_secs(2);

/// More of an answer is made when less than so much waits to be sent.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 131_072;

/// While the server works it is its own turn.
const OUR_TURN: u64 = u64::MAX;

/// The connections of this node.
pub struct Connections {
    open: Mutex<Vec<Weak<Connection>>>,
    /// Moments are milliseconds since then.
    since: Instant,
    /// Between an answer and the whole head of the next request.
    idle: Duration,
    /// Until more of an answer is taken.
    send: Duration,
    cut: Counter,
}

/// One of them.
pub struct Connection {
    /// A second handle on the socket; it goes with the connection.
    socket: Socket,
    all: Arc<Connections>,
    deadline_ms: AtomicU64,
}

impl Connections {
    /// None yet.
    #[must_use]
    pub fn new(idle: Duration, send: Duration) -> Arc<Self> {
        Arc::new(Self {
            open: Mutex::default(),
            since: Instant::now(),
            idle,
            send,
            cut: metrics::counter!("souk_http_stalled_connections_total"),
        })
    }

    /// Takes a new connection under watch, and keeps it with what is kept for its requests.
    pub fn watch(self: &Arc<Self>, stream: &dyn Any, kept: &mut Extensions) {
        let Some(stream) = stream.downcast_ref::<TcpStream>() else {
            return;
        };
        // Without a second handle (no file descriptors left) it goes unwatched.
        let Ok(socket) = SockRef::from(stream).try_clone() else {
            return;
        };
        hold_little(&socket);
        let connection = Arc::new(Connection {
            socket,
            all: Arc::clone(self),
            deadline_ms: AtomicU64::new(OUR_TURN),
        });
        connection.wait(self.idle);
        self.open.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&connection));
        kept.insert(connection);
    }

    /// Cuts connections whose moment has passed. Never ends.
    pub async fn cut_stalled(self: Arc<Self>) {
        let mut looks = interval(LOOK_EVERY);
        loop {
            looks.tick().await;
            self.look();
        }
    }

    fn look(&self) {
        let now = self.now_ms();
        self.open.lock().unwrap_or_else(PoisonError::into_inner).retain(|connection| {
            let Some(connection) = connection.upgrade() else {
                return false;
            };
            let is_stalled = connection.deadline_ms.load(Ordering::Relaxed) < now;
            if is_stalled {
                self.cut.increment(1);
                connection.cut();
            }
            !is_stalled
        });
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.since.elapsed().as_millis()).unwrap_or(OUR_TURN)
    }
}

impl Connection {
    /// A request has come.
    pub fn begin(&self) {
        self.deadline_ms.store(OUR_TURN, Ordering::Relaxed);
    }

    /// A request has its answer; from now on the client must do something.
    pub fn end(self: &Arc<Self>, response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
        let status = response.status().as_u16();
        if response.response().body().size() == BodySize::Stream {
            self.wait(self.all.send);
            let connection = Arc::clone(self);
            return response.map_body(|_, body| BoxBody::new(Watched { body, connection }));
        }
        self.wait(if [408, 413].contains(&status) {
            FAREWELL
        } else {
            self.all.idle
        });
        response
    }

    /// A request has been given up; its answer is short.
    pub fn rest(&self) {
        self.wait(self.all.idle);
    }

    fn wait(&self, time: Duration) {
        let time = u64::try_from(time.as_millis()).unwrap_or(OUR_TURN);
        self.deadline_ms.store(self.all.now_ms().saturating_add(time), Ordering::Relaxed);
    }

    /// Wakes whoever serves it, with an error. What the kernel still holds for the client is dropped, too.
    fn cut(&self) {
        drop(self.socket.set_linger(Some(Duration::ZERO)));
        drop(self.socket.shutdown(Shutdown::Both));
    }
}

/// Lets the kernel keep little of what was not sent yet, so that a slow client is seen to move.
fn hold_little(socket: &Socket) {
    #[cfg(target_os = "linux")]
    drop(socket.set_tcp_notsent_lowat(UNSENT_BYTES));
    #[cfg(not(target_os = "linux"))]
    drop(socket.set_send_buffer_size(4 * 131_072));
}

/// A streamed answer: asked for its next part only when the client has taken the last one.
struct Watched {
    body: BoxBody,
    connection: Arc<Connection>,
}

impl MessageBody for Watched {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let part = Pin::new(&mut self.body).poll_next(context);
        match &part {
            Poll::Pending => self.connection.begin(),
            Poll::Ready(_) => self.connection.wait(self.connection.all.send),
        }
        part
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.connection.wait(self.connection.all.idle);
    }
}
