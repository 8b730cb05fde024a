//! The test vectors of the specification: docs/evidence/vectors.json, which other verifiers are tried on.
//! `UPDATE_DOCS=1 cargo test -p event-store` writes it.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, SecondsFormat};
use serde_json::{Value, json};

use super::{HeadKeys, Note, RawEvent, Tree, TreeHead, leaf_hash};
use crate::StoredEvent;

/// The secret key of the first test of RFC 8032, section 7.1.
const SEED: &str = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

fn keys() -> HeadKeys {
    let mut der = vec![
        0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20,
    ];
    der.extend(STANDARD.decode(SEED).unwrap());
    HeadKeys::from_pem("shop.example/log", &STANDARD.encode(der)).unwrap()
}

fn events() -> Vec<StoredEvent> {
    let event =
        |position, micros, stream: (&str, &str, i64), name: (&str, &str), texts: (&str, &str)| StoredEvent {
            position,
            aggregate_type: stream.0.to_owned(),
            aggregate_id: stream.1.to_owned(),
            sequence: stream.2,
            event_type: name.0.to_owned(),
            event_version: name.1.to_owned(),
            payload: texts.0.to_owned(),
            metadata: texts.1.to_owned(),
            recorded_at: DateTime::from_timestamp_micros(micros).unwrap(),
        };
    let by_system = r#"{"event_id":"0190c7a2-0000-7000-8000-000000000001","actor":"system"}"#;
    vec![
        event(
            1,
            1_764_547_200_000_000,
            ("order", "0190c7a2-0000-7000-8000-000000000001", 1),
            ("OrderPlaced", "1"),
            (r#"{"OrderPlaced":{"lines":[{"quantity":6}]}}"#, by_system),
        ),
        event(
            2,
            1_764_547_200_000_001,
            ("product", "رز", 2),
            ("TitleRevised", "12"),
            (r#"{ "title" : {"ar":"أرز بسمتي","ku":"برنج","x":"\u0061\n😀"} }"#, r#"{"actor":"usr_1"}"#),
        ),
        event(3, 1_764_547_200_120_000, ("a", "", 9_007_199_254_740_993), ("B", "0"), ("1.50", "{}")),
        event(4, 1_764_547_261_000_000, ("", "a", i64::MAX), ("B", "0"), ("1.5", " {}")),
        event(
            5,
            -1,
            ("note", "x", 1),
            ("Noted", "9"),
            (r#"{"amount":1e2, "amount" : 1.00}"#, r#"{"effective_at":"1970-01-01T00:00:00Z"}"#),
        ),
        event(6, 0, ("note", "x", 2), ("Noted", "9"), ("null", "[]")),
        event(7, 253_402_300_799_999_999, ("note", "x", 3), ("Noted", "9"), (r#""""#, "{}")),
    ]
}

fn vectors() -> Value {
    let keys = keys();
    let key = keys.signing().unwrap();
    let (mut tree, mut vectors, mut notes) = (Tree::default(), Vec::new(), Vec::new());
    for event in events() {
        let mut encoding = Vec::new();
        let leaf = leaf_hash(&RawEvent::of(&event), &mut encoding);
        tree.append(leaf).unwrap();
        vectors.push(json!({
            "event": {
                "position": event.position,
                "recorded_at": event.recorded_at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
                "sequence": event.sequence,
                "aggregate_type": event.aggregate_type,
                "aggregate_id": event.aggregate_id,
                "event_type": event.event_type,
                "event_version": event.event_version,
                "payload": event.payload,
                "metadata": event.metadata,
            },
            "encoding": hex(&encoding),
            "leaf_hash": hex(&leaf.0),
            "root": hex(&tree.root().0),
        }));
        let head = TreeHead {
            origin: key.verifier().name().to_owned(),
            size: tree.size(),
            root: tree.root(),
            epoch: 1,
            signed_at: DateTime::from_timestamp(1_764_547_300, 0).unwrap(),
        };
        let note = Note::sign(head.text(), &[key]).to_string();
        notes.push(json!({"key": key.verifier().to_string(), "note": note}));
    }
    json!({"events": vectors, "notes": notes})
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_vectors_of_the_specification_are_ours() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/evidence/vectors.json");
    let ours = vectors();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&ours).unwrap())).unwrap();
    }
    let written: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(written, ours, "a change of the encoding is another encoding: docs/evidence.md");
}
