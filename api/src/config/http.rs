//! Where the server listens and how it treats requests.

use std::{net::ToSocketAddrs, num::NonZeroUsize, thread, time::Duration};

use commands::identity::Secret;

use super::{ConfigError, DefenceConfig, Source};

/// Settings of the HTTP server.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// Address and port.
    pub listen: String,
    /// The URL that clients use; `http://` and the address where nobody says.
    pub public_url: Option<String>,
    /// Threads that answer requests.
    pub workers: usize,
    /// How long an idle connection stays open.
    pub keep_alive: Duration,
    /// How long requests under way may take when the server stops.
    pub stop_grace: Duration,
    /// How long a read waits for its `Min-Event-Position`.
    pub read_wait: Duration,
    /// How long an answer may take to begin.
    pub request_limit: Duration,
    /// How long a projection may lag before the node is not ready.
    pub ready_lag: Duration,
    /// What `/metrics` asks for.
    pub metrics_token: Option<Secret>,
    /// Open streams of server-sent events at most.
    pub stream_limit: u32,
    /// How long a stream is silent at most; so often it looks whether its caller still may follow.
    pub stream_heartbeat: Duration,
    /// How it defends itself.
    pub defence: DefenceConfig,
}

impl HttpConfig {
    /// Reads the settings.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn from_source(source: &Source) -> Result<Self, ConfigError> {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let seconds = |name, default| {
            source.number(name, default, 1..=86_400).map(|seconds| Duration::from_secs(seconds.into()))
        };
        let workers = source.number("workers", u32::try_from(cores).unwrap_or(1), 1..=1_024)?;
        let read_wait_ms = source.number("read_wait_ms", 2_000, 0..=60_000)?;
        Ok(Self {
            listen: source.parse("listen", address)?.unwrap_or_else(|| "127.0.0.1:8080".to_owned()),
            public_url: source.parse("public_url", url)?,
            workers: usize::try_from(workers).unwrap_or(1),
            keep_alive: seconds("keep_alive_s", 75)?,
            stop_grace: seconds("stop_grace_s", 30)?,
            read_wait: Duration::from_millis(read_wait_ms.into()),
            request_limit: seconds("request_limit_s", 25)?,
            ready_lag: seconds("ready_lag_s", 30)?,
            metrics_token: source.parse("metrics_token", token)?,
            stream_limit: source.number("stream_limit", 1_000, 1..=100_000)?,
            stream_heartbeat: seconds("stream_heartbeat_s", 15)?,
            defence: DefenceConfig::from_source(source)?,
        })
    }

    /// Whether clients come by TLS.
    #[must_use]
    pub fn is_tls_only(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

fn address(text: &str) -> Result<String, &'static str> {
    let is_address = text.to_socket_addrs().is_ok_and(|mut addresses| addresses.next().is_some());
    if is_address {
        Ok(text.to_owned())
    } else {
        Err("must be an address and a port, such as 0.0.0.0:8080")
    }
}

pub(super) fn url(text: &str) -> Result<String, &'static str> {
    let host = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    if host.is_some_and(|host| !host.is_empty()) {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("must begin with http:// or https://")
    }
}

fn token(text: &str) -> Result<Secret, &'static str> {
    if text.len() >= 16 {
        Ok(Secret::new(text.to_owned()))
    } else {
        Err("must have at least 16 characters")
    }
}
