//! A message on its way to the broker.

use uuid::Uuid;

/// The value of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Header {
    /// Text in UTF-8.
    Text(String),
    /// A signed number of 64 bits.
    Number(i64),
}

/// A message to publish. It is always persistent, and its content is always JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// By what a receiver knows a repeat.
    pub id: Uuid,
    /// Where the exchange sends it; at most 255 bytes.
    pub routing_key: String,
    /// What it is: the property `type`; at most 255 bytes.
    pub kind: String,
    /// What it belongs to.
    pub correlation_id: Option<Uuid>,
    /// Seconds since 1970.
    pub timestamp_s: u64,
    /// Further headers.
    pub headers: Vec<(&'static str, Header)>,
    /// JSON.
    pub body: Vec<u8>,
}
