//! An explained payout, for people and for machines.

use std::io::{self, Write};

use domain::{
    money::Money,
    payouts::{Due, Item},
};
use event_store::LogPosition;
use serde::Serialize;

use super::Explained;
use crate::{output::Table, tone};

#[derive(Serialize)]
pub(super) struct Document<'a> {
    payout: String,
    company: String,
    /// Of its creation; the account is as of then.
    position: i64,
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<&'a str>,
    items: Vec<ItemLine>,
    /// These add up to the total.
    account: Vec<AccountLine>,
    total: Money,
    /// What the payout says.
    stated: Money,
    /// Up to where the log was looked at for the status.
    head: String,
    faults: &'a [String],
}

/// An item of the payout, computed anew from its order or return.
#[derive(Serialize)]
struct ItemLine {
    kind: &'static str,
    /// The order's id, or the return's.
    of: String,
    /// The line, or the part.
    number: u16,
    sales: Money,
    commission: Money,
    delivery_fee: Money,
    refund: Money,
    refunded_commission: Money,
}

#[derive(Serialize)]
struct AccountLine {
    /// `sales`, `commission`, `delivery_fees`, `refunds`, `refunded_commission`, `earlier_payout`, `left`.
    what: &'static str,
    /// The earlier payout.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    /// How many items; of an earlier payout where it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<i64>,
    /// Signed.
    amount: Money,
}

pub(super) fn document<'a>(explained: &'a Explained, head: LogPosition) -> Document<'a> {
    Document {
        payout: explained.payout.to_string(),
        company: explained.company.to_string(),
        position: explained.position,
        status: explained.status.as_str().to_owned(),
        reference: explained.reference.as_deref(),
        items: explained.items.iter().map(item_line).collect(),
        account: account(explained),
        total: explained.total,
        stated: explained.stated,
        head: head.to_string(),
        faults: &explained.faults,
    }
}

fn item_line(due: &Due) -> ItemLine {
    let (of, number) = match due.item {
        Item::Line(order, number) | Item::Delivery(order, number) => (order.to_string(), number),
        Item::Refund(back, number) => (back.to_string(), number),
    };
    ItemLine {
        kind: due.item.kind(),
        of,
        number,
        sales: due.earnings.sales,
        commission: due.earnings.commission,
        delivery_fee: due.earnings.delivery_fees,
        refund: due.earnings.refunds,
        refunded_commission: due.earnings.refunded_commission,
    }
}

/// The lines that add up to the payout, with their signs.
fn account(explained: &Explained) -> Vec<AccountLine> {
    let minus = |amount: Money| Money::from_minor(-amount.minor(), amount.currency());
    let [lines, deliveries, refunds] = explained.counts;
    let earned = &explained.earned;
    let of_items =
        |what, items, amount| AccountLine { what, of: None, items: Some(items), position: None, amount };
    let mut account = vec![
        of_items("sales", lines, earned.sales),
        of_items("commission", lines, minus(earned.commission)),
        of_items("delivery_fees", deliveries, earned.delivery_fees),
        of_items("refunds", refunds, minus(earned.refunds)),
        of_items("refunded_commission", refunds, earned.refunded_commission),
    ];
    account.extend(explained.earlier.iter().map(|earlier| AccountLine {
        what: "earlier_payout",
        of: Some(format!("{} ({})", earlier.payout, earlier.status.as_str())),
        items: None,
        position: Some(earlier.position),
        amount: minus(earlier.total),
    }));
    account.push(of_items("left", explained.left.len(), minus(explained.left_total)));
    account
}

pub(super) fn table(out: &mut impl Write, explained: &Explained) -> io::Result<()> {
    let Explained { payout, company, position, status, .. } = explained;
    let reference = explained.reference.as_ref().map(|text| format!(" ({text})")).unwrap_or_default();
    writeln!(out, "{payout} for {company}, created at {position}, {}{reference}", status.as_str())?;
    writeln!(out)?;
    let mut items = Table::new([
        "item",
        "of",
        "number",
        "sales",
        "commission",
        "fee",
        "refund",
        "given back",
    ]);
    for due in &explained.items {
        let line = item_line(due);
        items.row([
            line.kind.to_owned(),
            line.of,
            line.number.to_string(),
            line.sales.decimal(),
            line.commission.decimal(),
            line.delivery_fee.decimal(),
            line.refund.decimal(),
            line.refunded_commission.decimal(),
        ]);
    }
    items.write(out)?;
    writeln!(out)?;
    let mut sums = Table::new(["account of the company by then", "of", "amount", "balance"]);
    let mut balance = 0_i64;
    for line in account(explained) {
        balance = balance.saturating_add(line.amount.minor());
        let told = match line.what {
            "sales" => "sales of delivered lines",
            "commission" => "commission on them",
            "delivery_fees" => "delivery fees",
            "refunds" => "refunds",
            "refunded_commission" => "commission given back",
            "left" => "due, and not in this payout",
            _ => "earlier payout",
        };
        let of = line.of.or_else(|| line.items.map(|items| format!("{items} items"))).unwrap_or_default();
        let so_far = Money::from_minor(balance, line.amount.currency());
        sums.row([told.to_owned(), of, line.amount.decimal(), so_far.decimal()]);
    }
    sums.row([
        "= this payout".to_owned(),
        String::new(),
        String::new(),
        explained.total.to_string(),
    ]);
    sums.write(out)?;
    explained.faults.iter().try_for_each(|fault| writeln!(out, "{} {fault}", tone::fault()))
}
