//! A small sound log with its journal, for the tests of the judgement: stock is adjusted, an order takes some of it,
//! one command is refused.

use chrono::DateTime;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    Findings, Ledger,
    ledger::{Checkpoint, Claim, Event, Remembered},
};
use crate::{
    load::{Command, Entry, History, Outcome},
    target::tag,
};

/// The fixture.
pub(super) enum Log {}

const PRODUCT: Uuid = Uuid::from_u128(1);
const WAREHOUSE: Uuid = Uuid::from_u128(2);
const ORDER: Uuid = Uuid::from_u128(3);
const PLACE: Uuid = Uuid::from_u128(11);

impl Log {
    /// The adjustment's command.
    pub(super) const ADJUST: Uuid = Uuid::from_u128(10);
    /// The refused command.
    pub(super) const REFUSED: Uuid = Uuid::from_u128(12);

    pub(super) fn sound() -> Ledger {
        let order = ORDER.to_string();
        let product = PRODUCT.to_string();
        let three = json!([{ "warehouse": WAREHOUSE, "quantity": 3 }]);
        let adjusted = json!({ "warehouse": WAREHOUSE, "delta": 5, "reason": tag(Self::ADJUST) });
        let placed = json!({ "lines": [{ "product": PRODUCT, "quantity": 3, "allocations": three }] });
        let events = [
            ("stock", &product, 1, "StockAdjusted", adjusted, "adjust"),
            ("stock", &product, 2, "StockReserved", json!({ "order": ORDER, "allocations": three }), "place"),
            ("order", &order, 1, "OrderPlaced", placed, "place"),
            ("counter", &"invoice".to_owned(), 1, "NumberIssued", number_issued(), "place"),
            ("order", &order, 2, "OrderConfirmed", json!({ "invoice_number": 1 }), "place"),
        ];
        Ledger {
            events: (1..).zip(events).map(|(position, event)| recorded(position, event)).collect(),
            commands: vec![
                Remembered { id: Self::ADJUST, position: 1 },
                Remembered { id: PLACE, position: 5 },
            ],
            claims: vec![Claim {
                scope: "faults.open_order".to_owned(),
                key: order.clone(),
                holder: order,
            }],
            checkpoints: vec![Checkpoint {
                name: "stock_levels_v2".to_owned(),
                position: 5,
                state: "running".to_owned(),
            }],
            levels: vec![json!({
                "product": PRODUCT, "warehouse": WAREHOUSE, "on_hand": 5, "reserved": 3, "held": 0,
            })],
            movements: vec![
                json!({ "position": 1, "warehouse": WAREHOUSE, "on_hand": 5, "reserved": 0, "held": 0 }),
                json!({ "position": 2, "warehouse": WAREHOUSE, "on_hand": 5, "reserved": 3, "held": 0 }),
            ],
            orders: vec![json!({
                "id": ORDER, "status": "confirmed", "line_count": 1, "units": 3, "invoice_number": 1, "version": 2,
            })],
        }
    }

    pub(super) fn history() -> History {
        let mut history = History::default();
        let adjust = Command::Adjust { product: PRODUCT, warehouse: WAREHOUSE, delta: 5 };
        let place = Command::Place { lines: vec![(PRODUCT, 3)] };
        history.add(Entry::Wanted { id: Self::ADJUST, command: adjust });
        history.add(Entry::Wanted { id: PLACE, command: place.clone() });
        history.add(Entry::Wanted { id: Self::REFUSED, command: place });
        history.add(answered(Self::ADJUST, 0, 0, accepted(None, 1, false)));
        history.add(answered(PLACE, 0, 0, Outcome::Unknown { why: "lost".to_owned() }));
        history.add(answered(PLACE, 1, 1, accepted(Some(ORDER), 5, true)));
        history.add(answered(Self::REFUSED, 0, 0, Outcome::Refused { code: "no".to_owned() }));
        history
    }
}

fn number_issued() -> Value {
    json!({ "number": 1, "document": format!("ord_{}", ORDER.simple()) })
}

fn recorded(
    position: i64,
    (kind, stream, sequence, name, body, command): (&str, &String, i64, &str, Value, &str),
) -> Event {
    Event {
        position,
        kind: kind.to_owned(),
        stream: stream.clone(),
        sequence,
        name: name.to_owned(),
        body,
        event_id: format!("event {position}"),
        command_id: command.to_owned(),
        recorded_at: DateTime::UNIX_EPOCH,
    }
}

pub(super) fn accepted(order: Option<Uuid>, position: i64, replayed: bool) -> Outcome {
    Outcome::Accepted { order, epoch: 1, position, replayed }
}

pub(super) fn answered(id: Uuid, attempt: u32, after: u32, outcome: Outcome) -> Entry {
    Entry::Answered { id, attempt, after, node: 0, outcome }
}

/// The kinds of findings, in the order in which they were first seen.
pub(super) fn kinds(findings: Findings) -> Vec<String> {
    findings.0.into_iter().map(|(kind, ..)| kind.to_owned()).collect()
}
