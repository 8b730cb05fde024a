//! Items: what a company earns and is charged, read off orders and returns. Each is a fact for ever: a delivery is
//! never undone, a credit never taken back, and their amounts were frozen when the order was placed or the return asked
//! for.

use std::fmt;

use super::Earnings;
use crate::{
    ids::{CompanyId, OrderId, ReturnId},
    money::Money,
    orders::{OrderState, OrderStatus, ReturnState, ReturnStatus, SoldIn},
};

/// Names one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// A line of an order, earned with its last unit's delivery.
    Line(OrderId, u16),
    /// The delivery fee of a part, earned with its delivery.
    Delivery(OrderId, u16),
    /// A line of a return, charged with its credit.
    Refund(ReturnId, u16),
}

impl Item {
    /// Its kind in one word, as in JSON and SQL.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Line(..) => "line",
            Self::Delivery(..) => "delivery",
            Self::Refund(..) => "refund",
        }
    }
}

/// As the key of the claim: the UUID of order or return, a slash, the number.
impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(order, number) | Self::Delivery(order, number) => {
                write!(f, "{}/{number}", order.as_uuid())
            }
            Self::Refund(return_id, number) => write!(f, "{}/{number}", return_id.as_uuid()),
        }
    }
}

/// An item with its amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Which.
    pub item: Item,
    /// Whose.
    pub company: CompanyId,
    /// What it adds.
    pub earnings: Earnings,
}

/// What companies have earned in an order so far: its delivered lines and the fees of its delivered parts.
#[must_use]
pub fn earned_in_order(id: OrderId, order: &OrderState) -> Vec<Due> {
    let lines = order.lines().iter().filter(|line| order.is_delivered(line.number)).filter_map(|line| {
        let sales = line.revenue();
        let none = Earnings::zero(sales.currency());
        let commission = line.commission.map_or(none.commission, |commission| commission.amount);
        Some(Due {
            item: Item::Line(id, line.number),
            company: line.company?,
            earnings: Earnings { sales, commission, ..none },
        })
    });
    let arrived = |part: u16| order.part_status(part) == Some(OrderStatus::Delivered);
    let fees = order.parts().iter().filter(|part| arrived(part.number)).filter_map(|part| {
        let delivery_fees = part.delivery_fee?;
        Some(Due {
            item: Item::Delivery(id, part.number),
            company: part.company?,
            earnings: Earnings { delivery_fees, ..Earnings::zero(delivery_fees.currency()) },
        })
    });
    lines.chain(fees).collect()
}

/// What companies are charged by a return: each line of its credit, once that is issued. `vendor_of` tells whose line
/// it was sold with; a credit that names no order is the marketplace's own.
#[must_use]
pub fn charged_by_return(
    id: ReturnId,
    back: &ReturnState,
    vendor_of: impl Fn(SoldIn) -> Option<CompanyId>,
) -> Vec<Due> {
    if back.status() != Some(ReturnStatus::Credited) {
        return Vec::new();
    }
    let charged = back.lines().iter().filter_map(|line| {
        let currency = line.total.currency();
        Some(Due {
            item: Item::Refund(id, line.number),
            company: vendor_of(line.sold_in?)?,
            earnings: Earnings {
                refunds: line.revenue(),
                refunded_commission: line.commission.unwrap_or(Money::zero(currency)),
                ..Earnings::zero(currency)
            },
        })
    });
    charged.collect()
}
