//! Across streams: an order, its reservation and its invoice number are one unit.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::{Findings, Ledger, ledger::allocations};

/// What is known of one order: units by product and warehouse.
#[derive(Debug, Default)]
struct Order {
    wanted: BTreeMap<(String, String), i64>,
    reserved: BTreeMap<(String, String), i64>,
    is_placed: bool,
    is_cancelled: bool,
    invoices: Vec<i64>,
}

pub(super) fn judge(ledger: &Ledger, findings: &mut Findings) {
    let mut orders: HashMap<String, Order> = HashMap::new();
    let mut issued: Vec<(i64, String)> = Vec::new();
    for event in &ledger.events {
        match event.name.as_str() {
            "OrderPlaced" => {
                let order = orders.entry(event.stream.clone()).or_default();
                order.is_placed = true;
                for line in event.body.get("lines").and_then(Value::as_array).into_iter().flatten() {
                    let product = line.get("product").and_then(Value::as_str).unwrap_or_default();
                    for (warehouse, units) in allocations(line) {
                        *order.wanted.entry((product.to_owned(), warehouse)).or_default() += units;
                    }
                }
            }
            "OrderConfirmed" => {
                let order = orders.entry(event.stream.clone()).or_default();
                order.invoices.push(event.number("invoice_number"));
            }
            "OrderCancelled" => orders.entry(event.stream.clone()).or_default().is_cancelled = true,
            name @ ("StockReserved" | "StockReleased") => {
                let sign = if name == "StockReserved" { 1 } else { -1 };
                let order = orders.entry(event.text("order").to_owned()).or_default();
                for (warehouse, units) in event.allocations() {
                    *order.reserved.entry((event.stream.clone(), warehouse)).or_default() += sign * units;
                }
            }
            "NumberIssued" if event.stream == "invoice" => {
                issued.push((event.number("number"), event.text("document").to_owned()));
            }
            _ => {}
        }
    }
    reservations(&mut orders, findings);
    invoices(&orders, &issued, findings);
}

fn reservations(orders: &mut HashMap<String, Order>, findings: &mut Findings) {
    for (id, order) in orders {
        order.reserved.retain(|_, units| *units != 0);
        if order.is_cancelled {
            order.wanted.clear();
        }
        if order.wanted != order.reserved {
            let detail = format!("{id}: {:?} for {:?}", order.reserved, order.wanted);
            findings.add("an order's reservation is not its lines", detail);
        }
    }
}

/// Dense from 1, each on exactly one order.
fn invoices(orders: &HashMap<String, Order>, issued: &[(i64, String)], findings: &mut Findings) {
    for (expected, (number, _)) in (1..).zip(issued) {
        if *number != expected {
            findings.add("invoice numbers have a gap", format!("{number} instead of {expected}"));
        }
    }
    let by_document: HashMap<&str, i64> =
        issued.iter().map(|(number, text)| (text.as_str(), *number)).collect();
    for (id, order) in orders {
        let document = format!("ord_{}", id.replace('-', ""));
        let numbers: Vec<i64> = by_document.get(document.as_str()).copied().into_iter().collect();
        if order.is_placed && order.invoices != numbers {
            findings.add("an order has no invoice of its own", format!("{id}: {:?}", order.invoices));
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
        judge(ledger, &mut findings);
        kinds(findings)
    }

    fn change(ledger: &mut Ledger, name: &str, field: &str, value: Value) {
        let event = ledger.events.iter_mut().find(|event| event.name == name).unwrap();
        event.body[field] = value;
    }

    #[test]
    fn sound_orders_have_no_findings() {
        assert!(found(&Log::sound()).is_empty());
    }

    #[test]
    fn a_reservation_without_its_order_is_found() {
        let mut ledger = Log::sound();
        ledger.events.retain(|event| event.name != "OrderPlaced");
        assert!(found(&ledger).contains(&"an order's reservation is not its lines".to_owned()));
    }

    #[test]
    fn a_gap_in_the_invoices_is_found() {
        let mut ledger = Log::sound();
        change(&mut ledger, "NumberIssued", "number", json!(2));
        change(&mut ledger, "OrderConfirmed", "invoice_number", json!(2));
        assert_eq!(found(&ledger), ["invoice numbers have a gap"]);
    }

    #[test]
    fn an_order_without_its_invoice_is_found() {
        let mut ledger = Log::sound();
        change(&mut ledger, "OrderConfirmed", "invoice_number", json!(7));
        assert_eq!(found(&ledger), ["an order has no invoice of its own"]);
    }
}
