//! Where the broker is.

use std::fmt;

use lapin::uri::AMQPUri;

/// Seconds without a sign of life after which a connection counts as dead.
const HEARTBEAT_S: u16 = 10;

/// Milliseconds that connecting may take.
const CONNECT_MS: u64 = 5_000;

/// `amqp://user:password@host:port/vhost`, or `amqps://` for TLS. Never shown: it holds a password.
#[derive(Clone, PartialEq, Eq)]
pub struct AmqpUrl(AMQPUri);

impl AmqpUrl {
    /// Reads a URL. Without a path, and with an empty one, the virtual host is `/`.
    ///
    /// # Errors
    /// Why it is none, without repeating it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "must be amqp://user:password@host:port/vhost, or amqps://… for TLS";
        // An IPv6 address would be taken for localhost by the library.
        if text.contains('[') {
            return Err("must name the host, or give it as an IPv4 address");
        }
        let mut uri: AMQPUri = text.parse().map_err(|_| FORM)?;
        if uri.authority.host.is_empty() {
            return Err(FORM);
        }
        if uri.vhost.is_empty() {
            "/".clone_into(&mut uri.vhost);
        }
        uri.query.heartbeat.get_or_insert(HEARTBEAT_S);
        uri.query.connection_timeout.get_or_insert(CONNECT_MS);
        Ok(Self(uri))
    }

    pub(super) fn uri(&self) -> AMQPUri {
        self.0.clone()
    }
}

impl fmt::Debug for AmqpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AmqpUrl(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_brokers_are_read_and_never_shown() {
        let url = AmqpUrl::parse("amqp://souk:hunter2@mq.example:5673/").unwrap();
        assert_eq!((url.0.authority.host.as_str(), url.0.vhost.as_str()), ("mq.example", "/"));
        assert_eq!(url.0.query.heartbeat, Some(HEARTBEAT_S));
        assert!(!format!("{url:?}").contains("hunter2"));
        assert_eq!(AmqpUrl::parse("amqps://h/shop").unwrap().0.vhost, "shop");
        for wrong in ["", "localhost", "http://localhost", "amqp://[::1]:5672"] {
            assert!(AmqpUrl::parse(wrong).is_err(), "{wrong}");
        }
    }
}
