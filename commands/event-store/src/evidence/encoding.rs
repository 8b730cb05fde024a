//! One event as bytes: what a leaf of the tree is the hash of.

use chrono::{DateTime, Utc};
use tlog_tiles::Hash;

use crate::StoredEvent;

/// What the encoding begins with: its name and version.
const MAGIC: &[u8; 8] = b"soukevt1";

/// The fields of the encoding, in their order: every column of the table `events`.
pub const FIELDS: [&str; 9] = [
    "position",
    "recorded_at",
    "sequence",
    "aggregate_type",
    "aggregate_id",
    "event_type",
    "event_version",
    "payload",
    "metadata",
];

/// One row of the log as it is stored, nothing of it interpreted. `None` is a null, which the schema forbids and a
/// superuser can write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawEvent<'a> {
    /// Its place in the total order.
    pub position: i64,
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub recorded_at: Option<i64>,
    /// Its place in the stream.
    pub sequence: Option<i64>,
    /// Kind and id of the stream, name and version of the event, payload and metadata: the stored text, in UTF-8.
    pub texts: [Option<&'a [u8]>; 6],
}

impl<'a> RawEvent<'a> {
    /// An event that was read from the table or from an exported log.
    #[must_use]
    pub fn of(event: &'a StoredEvent) -> Self {
        let texts = [
            &event.aggregate_type,
            &event.aggregate_id,
            &event.event_type,
            &event.event_version,
            &event.payload,
            &event.metadata,
        ];
        Self {
            position: event.position,
            recorded_at: Some(event.recorded_at.timestamp_micros()),
            sequence: Some(event.sequence),
            texts: texts.map(|text| Some(text.as_bytes())),
        }
    }

    /// The canonical encoding, appended to `to`.
    pub fn encode(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(MAGIC);
        let number = |number: i64| number.to_be_bytes();
        let (recorded_at, sequence) = (self.recorded_at.map(number), self.sequence.map(number));
        field(to, Some(&number(self.position)));
        field(to, recorded_at.as_ref().map(<[u8; 8]>::as_slice));
        field(to, sequence.as_ref().map(<[u8; 8]>::as_slice));
        for text in self.texts {
            field(to, text);
        }
    }

    /// When it was recorded, where that is a time that this program can show.
    #[must_use]
    pub fn time(&self) -> Option<DateTime<Utc>> {
        self.recorded_at.and_then(DateTime::from_timestamp_micros)
    }
}

/// Four bytes of length, then the bytes; a length of 2^32 - 1 is a null. PostgreSQL holds no field of 1 GiB or more.
fn field(to: &mut Vec<u8>, bytes: Option<&[u8]>) {
    let length = bytes.map_or(u32::MAX, |bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    to.extend_from_slice(&length.to_be_bytes());
    to.extend_from_slice(bytes.unwrap_or_default());
}

/// The hash of the leaf that an event is; `scratch` is overwritten, and spares an allocation for each.
#[must_use]
pub fn leaf_hash(event: &RawEvent<'_>, scratch: &mut Vec<u8>) -> Hash {
    scratch.clear();
    event.encode(scratch);
    tlog_tiles::record_hash(scratch)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> StoredEvent {
        StoredEvent {
            position: 1,
            aggregate_type: "order".to_owned(),
            aggregate_id: "a".to_owned(),
            sequence: 2,
            event_type: "OrderPlaced".to_owned(),
            event_version: "1".to_owned(),
            payload: r#"{"a": 1.0}"#.to_owned(),
            metadata: "{}".to_owned(),
            recorded_at: DateTime::from_timestamp_micros(1_000_001).unwrap(),
        }
    }

    #[test]
    fn fields_stand_one_after_the_other_with_their_lengths() {
        let event = event();
        let mut bytes = Vec::new();
        RawEvent::of(&event).encode(&mut bytes);
        let mut expected = b"soukevt1".to_vec();
        for number in [1_i64, 1_000_001, 2] {
            expected.extend_from_slice(&[0, 0, 0, 8]);
            expected.extend_from_slice(&number.to_be_bytes());
        }
        for (length, text) in [
            (5, "order"),
            (1, "a"),
            (11, "OrderPlaced"),
            (1, "1"),
            (10, r#"{"a": 1.0}"#),
            (2, "{}"),
        ] {
            expected.extend_from_slice(&[0, 0, 0, length]);
            expected.extend_from_slice(text.as_bytes());
        }
        assert_eq!(bytes, expected);
    }

    #[test]
    fn every_field_counts_and_none_runs_into_the_next() {
        let hash = |event: &StoredEvent| leaf_hash(&RawEvent::of(event), &mut Vec::new());
        let original = hash(&event());
        let changes: [fn(&mut StoredEvent); 9] = [
            |event| event.position = 2,
            |event| event.sequence = 1,
            |event| event.recorded_at = DateTime::from_timestamp_micros(1_000_000).unwrap(),
            |event| event.aggregate_type.push('s'),
            |event| event.aggregate_id.clear(),
            |event| event.event_type = "OrderPlaceD".to_owned(),
            |event| event.event_version = "2".to_owned(),
            |event| event.payload = r#"{"a":1.0}"#.to_owned(),
            |event| event.metadata.push(' '),
        ];
        for change in changes {
            let mut changed = event();
            change(&mut changed);
            assert!(hash(&changed) != original);
        }
        let mut moved = event();
        moved.aggregate_type = "orde".to_owned();
        moved.aggregate_id = "ra".to_owned();
        assert!(hash(&moved) != original);
        let (whole, mut without) = (event(), event());
        without.metadata.clear();
        let mut null = RawEvent::of(&whole);
        null.texts[5] = None;
        let null = leaf_hash(&null, &mut Vec::new());
        assert!(null != original && null != hash(&without));
    }
}
