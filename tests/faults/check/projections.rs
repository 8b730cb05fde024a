//! The tables of the read side against an independent fold of the log.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    Findings, Ledger,
    stock::{Level, Levels, fold},
};

pub(super) fn judge(ledger: &Ledger, findings: &mut Findings) {
    let end = ledger.events.last().map_or(0, |event| event.position);
    for checkpoint in &ledger.checkpoints {
        if checkpoint.state != "running" || checkpoint.position != end {
            let detail = format!("{} is {} at {}", checkpoint.name, checkpoint.state, checkpoint.position);
            findings.add("a projection does not stand at the log's end", detail);
        }
    }
    let (levels, balances) = stock(ledger);
    compare("stock_levels", keyed(&ledger.levels, &["product", "warehouse"], &LEVEL), levels, findings);
    let movements = keyed(&ledger.movements, &["position", "warehouse"], &LEVEL);
    compare("stock_history", movements, balances, findings);
    compare("order_list", keyed(&ledger.orders, &["id"], &ORDER), orders(ledger), findings);
}

const LEVEL: [&str; 3] = ["on_hand", "reserved", "held"];
const ORDER: [&str; 5] = ["status", "line_count", "units", "invoice_number", "version"];

/// By key: the columns that are compared, as text.
type Table = HashMap<String, String>;

fn columns(row: &Value, names: &[&str]) -> String {
    let text = |name: &&str| match row.get(name) {
        Some(Value::String(text)) => text.clone(),
        other => other.unwrap_or(&Value::Null).to_string(),
    };
    names.iter().map(text).collect::<Vec<_>>().join(" ")
}

fn keyed(rows: &[Value], key: &[&str], names: &[&str]) -> Table {
    rows.iter().map(|row| (columns(row, key), columns(row, names))).collect()
}

fn compare(name: &str, found: Table, expected: Table, findings: &mut Findings) {
    for (key, wanted) in &expected {
        match found.get(key) {
            Some(row) if row == wanted => {}
            row => {
                let row = row.map_or("nothing", String::as_str);
                findings.add("a projection is not the fold", format!("{name} {key}: {row} for {wanted}"));
            }
        }
    }
    for key in found.keys().filter(|key| !expected.contains_key(*key)) {
        findings.add("a projection is not the fold", format!("{name} {key}: no such thing in the log"));
    }
}

/// The levels at the end, and the balance after each movement.
fn stock(ledger: &Ledger) -> (Table, Table) {
    let text = |level: &Level| format!("{} {} {}", level.on_hand, level.reserved, level.held);
    let mut levels = Levels::new();
    let mut balances = Table::new();
    for event in &ledger.events {
        for warehouse in fold(&mut levels, event) {
            if let Some(level) = levels.get(&(event.stream.clone(), warehouse.clone())) {
                balances.insert(format!("{} {warehouse}", event.position), text(level));
            }
        }
    }
    let table =
        levels.iter().map(|((product, warehouse), level)| (format!("{product} {warehouse}"), text(level)));
    (table.collect(), balances)
}

fn orders(ledger: &Ledger) -> Table {
    let mut orders: HashMap<&str, Value> = HashMap::new();
    for event in ledger.events.iter().filter(|event| event.kind == "order") {
        let order = orders.entry(&event.stream).or_insert_with(|| json!({ "status": "pending" }));
        match event.name.as_str() {
            "OrderPlaced" => {
                let lines = event.body.get("lines").and_then(Value::as_array).cloned().unwrap_or_default();
                let units: i64 = lines.iter().filter_map(|line| line.get("quantity")?.as_i64()).sum();
                order["line_count"] = json!(lines.len());
                order["units"] = json!(units);
            }
            "OrderConfirmed" => {
                order["status"] = json!("confirmed");
                order["invoice_number"] = json!(event.number("invoice_number"));
            }
            "OrderCancelled" => order["status"] = json!("cancelled"),
            _ => {}
        }
        order["version"] = json!(event.sequence);
    }
    orders.into_iter().map(|(id, order)| (id.to_owned(), columns(&order, &ORDER))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::fixtures::{Log, kinds};

    fn found(ledger: &Ledger) -> Vec<String> {
        let mut findings = Findings::default();
        judge(ledger, &mut findings);
        kinds(findings)
    }

    #[test]
    fn projections_that_follow_have_no_findings() {
        assert!(found(&Log::sound()).is_empty());
    }

    #[test]
    fn a_doubled_or_lost_effect_is_found() {
        let not_the_fold = ["a projection is not the fold"];
        let mut ledger = Log::sound();
        ledger.levels[0]["reserved"] = json!(6);
        assert_eq!(found(&ledger), not_the_fold);
        let mut ledger = Log::sound();
        ledger.movements.pop();
        assert_eq!(found(&ledger), not_the_fold);
        let mut ledger = Log::sound();
        ledger.orders[0]["status"] = json!("pending");
        assert_eq!(found(&ledger), not_the_fold);
    }

    #[test]
    fn rows_of_nothing_are_found() {
        let mut ledger = Log::sound();
        ledger.events.retain(|event| event.kind != "order");
        assert_eq!(
            found(&ledger),
            [
                "a projection does not stand at the log's end",
                "a projection is not the fold"
            ]
        );
    }

    #[test]
    fn a_projection_that_stopped_is_found() {
        let mut ledger = Log::sound();
        ledger.checkpoints[0].state = "stopped".to_owned();
        assert_eq!(found(&ledger), ["a projection does not stand at the log's end"]);
    }
}
