//! Ids and keys that follow from the file's content, so that a repeat finds what was done.

use aws_lc_rs::digest::{Context, SHA256};
use chrono::{DateTime, Utc};
use domain::ids::{AccountId, OrderId, ProductId, ReturnId, WarehouseId};
use event_store::Idempotency;
use uuid::{Builder, Uuid};

/// The name of this import; part of every id and key, so it never changes.
const NAME: &str = "online-retail";

/// A hash over parts that cannot run into each other.
pub(super) struct Hash(Context);

impl Hash {
    pub(super) fn of(kind: &str) -> Self {
        Self(Context::new(&SHA256)).text(NAME).text(kind)
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(super) fn number(self, number: i64) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        // A usize always fits; a wrong length would only make the hash another one.
        self.0.update(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.0.update(bytes);
        self
    }

    pub(super) fn finish(self) -> [u8; 32] {
        let mut hash = [0; 32];
        hash.copy_from_slice(self.0.finish().as_ref());
        hash
    }

    /// A UUID of version 8: made from a hash.
    pub(super) fn uuid(self) -> Uuid {
        let mut first = [0; 16];
        first.copy_from_slice(self.finish().split_at(16).0);
        Builder::from_custom_bytes(first).into_uuid()
    }

    /// A UUID of version 7, so that it sorts by the time of the fact.
    fn uuid_at(self, time: DateTime<Utc>) -> Uuid {
        let mut random = [0; 10];
        random.copy_from_slice(self.finish().split_at(10).0);
        let millis = u64::try_from(time.timestamp_millis()).unwrap_or(0);
        Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

pub(super) fn customer(number: &str) -> AccountId {
    AccountId::from_uuid(Hash::of("customer").text(number).uuid())
}

pub(super) fn product(code: &str) -> ProductId {
    ProductId::from_uuid(Hash::of("product").text(code).uuid())
}

pub(super) fn warehouse(code: &str) -> WarehouseId {
    WarehouseId::from_uuid(Hash::of("warehouse").text(code).uuid())
}

pub(super) fn order(invoice: &str, at: DateTime<Utc>) -> OrderId {
    OrderId::from_uuid(Hash::of("order").text(invoice).uuid_at(at))
}

pub(super) fn credit(invoice: &str, at: DateTime<Utc>) -> ReturnId {
    ReturnId::from_uuid(Hash::of("credit").text(invoice).uuid_at(at))
}

/// The key of a unit that depends on nothing but its name.
pub(super) fn named(kind: &str, name: &str, content: &[u8]) -> Idempotency {
    Idempotency {
        key: Hash::of("unit").text(kind).text(name).bytes(content).uuid(),
        fingerprint: Hash::of("content").text(kind).text(name).bytes(content).finish(),
    }
}
