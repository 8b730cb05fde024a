//! Credits find the sale that they undo.

use std::collections::HashMap;

use domain::ids::OrderId;

use super::{
    keys,
    plan::{Kind, Planned},
};

/// A sold line with what has not come back yet.
struct Sold {
    order: OrderId,
    line: u16,
    left: u32,
}

/// Gives every credited line the customer's latest earlier line of the same product and price that still has so many
/// units. Credits without a customer, or of more than any one line sold, stay unmatched.
pub(super) fn match_credits(invoices: &mut [Planned]) {
    let mut sold: HashMap<_, Vec<Sold>> = HashMap::new();
    for invoice in invoices {
        let Some(customer) = invoice.customer else {
            continue;
        };
        let order = keys::order(invoice.number.as_str(), invoice.at);
        for (line, number) in invoice.lines.iter_mut().zip(1_u16..) {
            let key = (customer, line.sku.clone(), line.price.micros());
            match invoice.kind {
                Kind::Order => {
                    sold.entry(key).or_default().push(Sold { order, line: number, left: line.quantity.get() })
                }
                Kind::Credit => {
                    let candidates = sold.get_mut(&key).into_iter().flatten().rev();
                    let found = candidates.into_iter().find(|sale| sale.left >= line.quantity.get());
                    if let Some(sale) = found {
                        sale.left -= line.quantity.get();
                        line.sold_in = Some((sale.order, sale.line));
                    }
                }
                Kind::Adjustment => {}
            }
        }
    }
}
