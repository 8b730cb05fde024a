//! An independent fold of the stock, checked at every position.

use std::collections::HashMap;

use super::{Findings, Ledger, ledger::Event};
use crate::load::{Command, History};

/// What one warehouse has of one product.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) on_hand: i64,
    pub(crate) reserved: i64,
    pub(crate) held: i64,
}

impl Level {
    const fn is_sound(self) -> bool {
        self.reserved >= 0 && self.held >= 0 && self.on_hand >= self.reserved + self.held
    }
}

/// By product and warehouse.
pub(crate) type Levels = HashMap<(String, String), Level>;

/// Folds one event; the warehouses that it touched.
pub(super) fn fold(levels: &mut Levels, event: &Event) -> Vec<String> {
    let one = |units: i64| vec![(event.text("warehouse").to_owned(), units)];
    let (moved, change): (_, fn(&mut Level, i64)) = match event.name.as_str() {
        "StockReceived" | "StockReturned" => (one(event.number("quantity")), |level, n| level.on_hand += n),
        "StockAdjusted" => (one(event.number("delta")), |level, n| level.on_hand += n),
        "StockReserved" => (event.allocations(), |level, n| level.reserved += n),
        "StockReleased" => (event.allocations(), |level, n| level.reserved -= n),
        "StockDeducted" => (event.allocations(), |level, n| {
            level.reserved -= n;
            level.on_hand -= n;
        }),
        "StockHeld" => (event.allocations(), |level, n| level.held += n),
        "HoldReleased" => (event.allocations(), |level, n| level.held -= n),
        _ => (Vec::new(), |_, _| {}),
    };
    moved
        .into_iter()
        .map(|(warehouse, units)| {
            change(levels.entry((event.stream.clone(), warehouse.clone())).or_default(), units);
            warehouse
        })
        .collect()
}

pub(super) fn judge(ledger: &Ledger, history: &History, findings: &mut Findings) {
    let mut levels = Levels::new();
    for event in &ledger.events {
        for warehouse in fold(&mut levels, event) {
            let level = levels.get(&(event.stream.clone(), warehouse)).copied().unwrap_or_default();
            if !level.is_sound() {
                findings.add("sold more than there is", format!("{level:?} at position {}", event.position));
            }
        }
    }
    let mut asked: HashMap<(String, String), i64> = HashMap::new();
    for known in history.commands.values().filter(|known| known.accepted().is_some()) {
        if let Command::Adjust { product, warehouse, delta } = &known.command {
            *asked.entry((product.to_string(), warehouse.to_string())).or_default() += delta;
        }
    }
    for (place, level) in &levels {
        let asked = asked.get(place).copied().unwrap_or(0);
        if level.on_hand != asked {
            findings.add("on hand is not what was acknowledged", format!("{} for {asked}", level.on_hand));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::fixtures::{Log, kinds};

    fn found(ledger: &Ledger) -> Vec<String> {
        let mut findings = Findings::default();
        judge(ledger, &Log::history(), &mut findings);
        kinds(findings)
    }

    #[test]
    fn sound_stock_has_no_findings() {
        assert!(found(&Log::sound()).is_empty());
        let mut levels = Levels::new();
        for event in &Log::sound().events {
            fold(&mut levels, event);
        }
        let level = levels.into_values().next().unwrap();
        assert_eq!(level, Level { on_hand: 5, reserved: 3, held: 0 });
    }

    #[test]
    fn selling_more_than_there_is_is_found() {
        let mut ledger = Log::sound();
        let reserved = ledger.events.iter_mut().find(|event| event.name == "StockReserved").unwrap();
        reserved.body["allocations"][0]["quantity"] = json!(6);
        assert_eq!(found(&ledger), ["sold more than there is"]);
    }

    #[test]
    fn stock_that_nobody_asked_for_is_found() {
        let mut ledger = Log::sound();
        let adjusted = ledger.events.iter_mut().find(|event| event.name == "StockAdjusted").unwrap();
        adjusted.body["delta"] = json!(7);
        assert_eq!(found(&ledger), ["on hand is not what was acknowledged"]);
    }
}
