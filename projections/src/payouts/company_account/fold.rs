//! What a batch does to the tables, folded in memory.

use std::collections::{BTreeMap, HashMap, HashSet};

use domain::{
    ids::{CompanyId, OrderId, PayoutId, ReturnId},
    money::Currency,
    orders::{OrderEvent, ReturnEvent},
    payouts::{Earnings, Item, PayoutEvent, PayoutStatus},
};
use event_store::{RecordedEvent, subscription::ProjectionError};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    ItemRow, PayoutRow,
    pending::{self, PendingOrder, PendingRefund},
};
use crate::fold::{orphan, stream_id};

pub(super) enum What<'a> {
    Order(&'a OrderEvent),
    Return(&'a ReturnEvent),
    Payout(&'a PayoutEvent),
}

/// One event with its stream's id.
pub(super) struct Fact<'a> {
    pub(super) id: Uuid,
    pub(super) what: What<'a>,
    pub(super) event: &'a RecordedEvent,
}

/// What is added to one account, in minor units.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Delta {
    pub(super) lines: i64,
    pub(super) earnings: [i128; 5],
    pub(super) in_payout: i128,
    pub(super) paid: i128,
}

#[derive(Default)]
pub(super) struct Folded {
    /// Every pending order that the batch touches; `None` once nothing of it is pending.
    pub(super) orders: HashMap<Uuid, Option<PendingOrder>>,
    /// Every pending refund that the batch touches; `None` once it is settled.
    pub(super) refunds: HashMap<Uuid, Option<PendingRefund>>,
    /// Lines that counted before this batch.
    vendors: HashMap<(Uuid, u16), CompanyId>,
    pub(super) items: Vec<ItemRow>,
    /// Every payout that the batch touches, as it stands after it.
    pub(super) payouts: HashMap<Uuid, PayoutRow>,
    /// The items of those that the batch creates.
    pub(super) created: HashMap<Uuid, Vec<Item>>,
    /// Those that fail in the batch.
    pub(super) failed: HashSet<Uuid>,
    pub(super) accounts: BTreeMap<(CompanyId, Currency), Delta>,
}

impl Folded {
    /// Reads the rows that the batch changes and does not make.
    pub(super) async fn load(
        connection: &mut PgConnection,
        facts: &[Fact<'_>],
        payouts: HashMap<Uuid, PayoutRow>,
    ) -> Result<Self, sqlx::Error> {
        let (mut orders, mut returns) = (HashSet::new(), Vec::new());
        let mut asked: Vec<PendingRefund> = Vec::new();
        for fact in facts {
            match fact.what {
                What::Order(
                    OrderEvent::OrderEdited { .. }
                    | OrderEvent::PartDelivered { .. }
                    | OrderEvent::OrderCancelled { .. },
                ) => {
                    orders.insert(fact.id);
                }
                What::Return(ReturnEvent::CreditIssued { .. } | ReturnEvent::ReturnRejected { .. }) => {
                    returns.push(fact.id);
                }
                What::Return(ReturnEvent::ReturnRequested { lines, .. }) => {
                    asked.extend(PendingRefund::of(lines));
                }
                What::Order(_) | What::Return(_) | What::Payout(_) => {}
            }
        }
        let refunds: HashMap<Uuid, PendingRefund> =
            pending::load(&mut *connection, "pending_refunds", "return_id", &returns).await?;
        let lines: Vec<(Uuid, u16)> = refunds
            .values()
            .chain(&asked)
            .flat_map(|refund| refund.lines.iter().map(|line| (line.order, line.line)))
            .collect();
        orders.extend(lines.iter().map(|(order, _)| *order));
        let orders: Vec<Uuid> = orders.into_iter().collect();
        let orders: HashMap<Uuid, PendingOrder> =
            pending::load(&mut *connection, "pending_orders", "order_id", &orders).await?;
        Ok(Self {
            orders: orders.into_iter().map(|(id, order)| (id, Some(order))).collect(),
            refunds: refunds.into_iter().map(|(id, refund)| (id, Some(refund))).collect(),
            vendors: pending::vendors_of(connection, &lines).await?,
            payouts,
            ..Self::default()
        })
    }

    pub(super) fn apply(&mut self, fact: &Fact<'_>) -> Result<(), ProjectionError> {
        match fact.what {
            What::Order(change) => self.apply_order(fact.id, change, fact.event),
            What::Return(change) => self.apply_return(fact.id, change, fact.event),
            What::Payout(change) => return self.apply_payout(fact.id, change, fact.event),
        }
        Ok(())
    }

    fn apply_order(&mut self, id: Uuid, change: &OrderEvent, event: &RecordedEvent) {
        match change {
            OrderEvent::OrderPlaced { lines, parts, totals, .. } => {
                if let Some(pending) = PendingOrder::of(totals.total.currency(), lines, parts) {
                    self.orders.insert(id, Some(pending));
                }
            }
            OrderEvent::OrderEdited { lines, parts, totals, .. } => {
                // Nothing of it has arrived yet.
                let pending = PendingOrder::of(totals.total.currency(), lines, parts);
                let known = self.orders.contains_key(&id);
                if known || pending.is_some() {
                    self.orders.insert(id, pending);
                }
            }
            OrderEvent::PartDelivered { part } => {
                let Some(pending) = self.orders.get_mut(&id) else {
                    return;
                };
                let earned = pending.as_mut().map(|order| order.arrive(*part)).unwrap_or_default();
                if pending.as_ref().is_some_and(PendingOrder::is_done) {
                    *pending = None;
                }
                for (kind, number, company, earnings) in earned {
                    let order = OrderId::from_uuid(id);
                    let item = if kind == "line" {
                        self.vendors.insert((id, number), company);
                        Item::Line(order, number)
                    } else {
                        Item::Delivery(order, number)
                    };
                    self.earn(item, company, order, earnings, event);
                }
            }
            OrderEvent::OrderCancelled { .. } => {
                if let Some(pending) = self.orders.get_mut(&id) {
                    *pending = None;
                }
            }
            OrderEvent::OrderConfirmed { .. }
            | OrderEvent::PartProcessed { .. }
            | OrderEvent::PartShipped { .. }
            | OrderEvent::OrderFlagged { .. }
            | OrderEvent::FlagCleared { .. }
            | OrderEvent::FraudConfirmed { .. }
            | OrderEvent::LinesReturned { .. }
            | OrderEvent::ReturnWithdrawn { .. } => {}
        }
    }

    fn apply_return(&mut self, id: Uuid, change: &ReturnEvent, event: &RecordedEvent) {
        match change {
            ReturnEvent::ReturnRequested { lines, .. } => {
                if let Some(pending) = PendingRefund::of(lines) {
                    self.refunds.insert(id, Some(pending));
                }
            }
            ReturnEvent::CreditIssued { .. } => {
                let Some(refund) = self.refunds.get_mut(&id).and_then(Option::take) else {
                    return;
                };
                for line in refund.lines {
                    let waiting = self.orders.get(&line.order).and_then(Option::as_ref);
                    let vendor = waiting
                        .and_then(|order| order.vendor_of(line.line))
                        .or_else(|| self.vendors.get(&(line.order, line.line)).copied());
                    let Some(company) = vendor else { continue };
                    let item = Item::Refund(ReturnId::from_uuid(id), line.number);
                    let earnings = Earnings {
                        refunds: line.refund,
                        refunded_commission: line.commission,
                        ..Earnings::zero(line.refund.currency())
                    };
                    self.earn(item, company, OrderId::from_uuid(line.order), earnings, event);
                }
            }
            ReturnEvent::ReturnRejected { .. } => {
                if let Some(refund) = self.refunds.get_mut(&id) {
                    *refund = None;
                }
            }
            ReturnEvent::ReturnApproved | ReturnEvent::ReturnReceived { .. } => {}
        }
    }

    fn earn(
        &mut self,
        item: Item,
        company: CompanyId,
        order: OrderId,
        earnings: Earnings,
        event: &RecordedEvent,
    ) {
        let delta = self.accounts.entry((company, earnings.currency())).or_default();
        delta.lines += i64::from(matches!(item, Item::Line(..)));
        for (sum, amount) in delta.earnings.iter_mut().zip(amounts(&earnings)) {
            *sum += i128::from(amount);
        }
        self.items.push(ItemRow {
            item,
            company,
            order,
            earnings,
            position: event.position,
            effective_at: event.effective_at(),
            recorded_at: event.recorded_at,
            payout: None,
        });
    }

    fn apply_payout(
        &mut self,
        id: Uuid,
        change: &PayoutEvent,
        event: &RecordedEvent,
    ) -> Result<(), ProjectionError> {
        if let Some((payout, items)) = created(id, change, event) {
            let delta = self.accounts.entry((payout.company, payout.total.currency())).or_default();
            delta.in_payout += i128::from(payout.total.minor());
            self.payouts.insert(id, payout);
            self.created.insert(id, items);
            return Ok(());
        }
        let payout = self.payouts.get_mut(&id).ok_or_else(|| orphan(event))?;
        let delta = self.accounts.entry((payout.company, payout.total.currency())).or_default();
        let total = i128::from(payout.total.minor());
        match change {
            PayoutEvent::PayoutCreated { .. } | PayoutEvent::PayoutApproved => {}
            PayoutEvent::PayoutPaid { .. } => {
                delta.in_payout -= total;
                delta.paid += total;
            }
            PayoutEvent::PayoutFailed { .. } => {
                delta.in_payout -= total;
                self.failed.insert(id);
            }
        }
        advance(payout, change, event);
        Ok(())
    }
}

fn advance(payout: &mut PayoutRow, change: &PayoutEvent, event: &RecordedEvent) {
    match change {
        PayoutEvent::PayoutCreated { .. } => {}
        PayoutEvent::PayoutApproved => payout.status = PayoutStatus::Approved,
        PayoutEvent::PayoutPaid { reference } => {
            payout.status = PayoutStatus::Paid;
            payout.reference = Some(reference.as_str().to_owned());
            payout.paid_at = Some(event.effective_at());
        }
        PayoutEvent::PayoutFailed { reason } => {
            payout.status = PayoutStatus::Failed;
            payout.failure_reason = Some(reason.as_str().to_owned());
        }
    }
    payout.version = event.sequence;
    payout.updated_at = event.recorded_at;
}

/// The row that these events of one payout come to, as the projection makes it; `None` where they do not begin with its
/// first one.
///
/// # Errors
/// When an event cannot be read.
pub fn row_of(events: &[RecordedEvent]) -> Result<Option<PayoutRow>, ProjectionError> {
    let Some((first, later)) = events.split_first().filter(|(first, _)| first.sequence == 1) else {
        return Ok(None);
    };
    let Some((mut payout, _)) = created(stream_id(first)?, first.typed()?, first) else {
        return Ok(None);
    };
    for event in later {
        advance(&mut payout, event.typed()?, event);
    }
    Ok(Some(payout))
}

/// In the order of the columns.
pub(super) const fn amounts(earnings: &Earnings) -> [i64; 5] {
    [
        earnings.sales.minor(),
        earnings.commission.minor(),
        earnings.refunds.minor(),
        earnings.refunded_commission.minor(),
        earnings.delivery_fees.minor(),
    ]
}

fn created(id: Uuid, change: &PayoutEvent, event: &RecordedEvent) -> Option<(PayoutRow, Vec<Item>)> {
    let PayoutEvent::PayoutCreated { company, lines, deliveries, refunds, earnings, total } = change else {
        return None;
    };
    let items: Vec<Item> = lines
        .iter()
        .map(|line| Item::Line(line.order, line.line))
        .chain(deliveries.iter().map(|fee| Item::Delivery(fee.order, fee.part)))
        .chain(refunds.iter().map(|refund| Item::Refund(refund.return_id, refund.line)))
        .collect();
    let payout = PayoutRow {
        id: PayoutId::from_uuid(id),
        company: *company,
        status: PayoutStatus::Pending,
        item_count: u32::try_from(items.len()).unwrap_or(u32::MAX),
        earnings: *earnings,
        total: *total,
        reference: None,
        failure_reason: None,
        version: event.sequence,
        created_at: event.recorded_at,
        paid_at: None,
        updated_at: event.recorded_at,
    };
    Some((payout, items))
}
