//! The payout: created from items, approved, paid; or failed before it is paid.
//!
//! PAY-1 A payout comes to more than nothing, and to exactly the sum of its items.
//! PAY-2 An item is in at most one payout that has not failed (its claim decides).
//! PAY-3 A paid payout is final: what turns out wrong later is a matter for the next one.

use std::collections::HashSet;

use super::{
    ChargedRefund, CreatePayout, Due, Earnings, Item, MAX_ITEMS, PaidDelivery, PaidLine, PayoutCommand,
    PayoutError, PayoutEvent, PayoutStatus,
};
use crate::{
    decider::Decider,
    ids::CompanyId,
    money::Money,
    text::{PaymentReference, Reason},
};

/// Money on its way to a company.
#[derive(Debug)]
pub struct Payout;

/// What is known of a payout.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PayoutState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// Nobody has allowed it yet.
    Pending(Box<PayoutContent>),
    /// It may be paid.
    Approved(Box<PayoutContent>),
    /// The money is with the company.
    Paid {
        /// What it pays.
        content: Box<PayoutContent>,
        /// What the bank calls the payment.
        reference: PaymentReference,
    },
    /// It will not be paid.
    Failed(Box<PayoutContent>),
}

/// What a payout pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutContent {
    /// Who is paid.
    pub company: CompanyId,
    /// What for; not its own any more once it has failed.
    pub items: Vec<Item>,
    /// Their sums.
    pub earnings: Earnings,
    /// What is paid.
    pub total: Money,
}

impl PayoutState {
    /// What it pays.
    #[must_use]
    pub fn content(&self) -> Option<&PayoutContent> {
        match self {
            Self::Absent => None,
            Self::Pending(content)
            | Self::Approved(content)
            | Self::Paid { content, .. }
            | Self::Failed(content) => Some(content),
        }
    }

    /// How far it has come.
    #[must_use]
    pub const fn status(&self) -> Option<PayoutStatus> {
        match self {
            Self::Absent => None,
            Self::Pending(_) => Some(PayoutStatus::Pending),
            Self::Approved(_) => Some(PayoutStatus::Approved),
            Self::Paid { .. } => Some(PayoutStatus::Paid),
            Self::Failed(_) => Some(PayoutStatus::Failed),
        }
    }

    fn advance(&mut self, next: impl FnOnce(Box<PayoutContent>) -> Self) {
        *self = match std::mem::take(self) {
            Self::Absent => Self::Absent,
            Self::Pending(content)
            | Self::Approved(content)
            | Self::Paid { content, .. }
            | Self::Failed(content) => next(content),
        };
    }
}

type Decision = Result<Vec<PayoutEvent>, PayoutError>;

impl Decider for Payout {
    const KIND: &'static str = "payout";

    type State = PayoutState;
    type Command = PayoutCommand;
    type Event = PayoutEvent;
    type Error = PayoutError;

    fn decide(state: &PayoutState, command: PayoutCommand) -> Decision {
        match command {
            PayoutCommand::Create(new) => create(state, &new),
            PayoutCommand::Approve => approve(state),
            PayoutCommand::Pay { reference } => pay(state, reference),
            PayoutCommand::Fail { reason } => fail(state, reason),
        }
    }

    fn evolve(state: &mut PayoutState, event: &PayoutEvent) {
        match event {
            PayoutEvent::PayoutCreated { company, lines, deliveries, refunds, earnings, total } => {
                let items = lines
                    .iter()
                    .map(|line| Item::Line(line.order, line.line))
                    .chain(deliveries.iter().map(|fee| Item::Delivery(fee.order, fee.part)))
                    .chain(refunds.iter().map(|refund| Item::Refund(refund.return_id, refund.line)))
                    .collect();
                *state = PayoutState::Pending(Box::new(PayoutContent {
                    company: *company,
                    items,
                    earnings: *earnings,
                    total: *total,
                }));
            }
            PayoutEvent::PayoutApproved => state.advance(PayoutState::Approved),
            PayoutEvent::PayoutPaid { reference } => {
                state.advance(|content| PayoutState::Paid { content, reference: reference.clone() });
            }
            PayoutEvent::PayoutFailed { reason: _ } => state.advance(PayoutState::Failed),
        }
    }
}

fn create(state: &PayoutState, new: &CreatePayout) -> Decision {
    if state.content().is_some() {
        return Err(PayoutError::AlreadyCreated);
    }
    if new.items.is_empty() {
        return Err(PayoutError::NothingDue);
    }
    if new.items.len() > MAX_ITEMS {
        return Err(PayoutError::TooManyItems { max: MAX_ITEMS });
    }
    let mut seen = HashSet::with_capacity(new.items.len());
    let belongs = |due: &Due| due.company == new.company && due.earnings.currency() == new.currency;
    if !new.items.iter().all(|due| belongs(due) && seen.insert(due.item)) {
        return Err(PayoutError::ForeignItem);
    }
    let earnings = new
        .items
        .iter()
        .try_fold(Earnings::zero(new.currency), |sum, due| sum.checked_add(due.earnings))
        .map_err(|_| PayoutError::AmountOutOfRange)?;
    let total = earnings.net().map_err(|_| PayoutError::AmountOutOfRange)?;
    if total.minor() <= 0 {
        return Err(PayoutError::NothingToPay { balance: total });
    }
    let (mut lines, mut deliveries, mut refunds) = (Vec::new(), Vec::new(), Vec::new());
    for Due { item, earnings, .. } in &new.items {
        match *item {
            Item::Line(order, line) => lines.push(PaidLine {
                order,
                line,
                sales: earnings.sales,
                commission: earnings.commission,
            }),
            Item::Delivery(order, part) => {
                deliveries.push(PaidDelivery { order, part, fee: earnings.delivery_fees });
            }
            Item::Refund(return_id, line) => refunds.push(ChargedRefund {
                return_id,
                line,
                refund: earnings.refunds,
                commission: earnings.refunded_commission,
            }),
        }
    }
    Ok(vec![PayoutEvent::PayoutCreated {
        company: new.company,
        lines,
        deliveries,
        refunds,
        earnings,
        total,
    }])
}

fn approve(state: &PayoutState) -> Decision {
    match state {
        PayoutState::Absent => Err(PayoutError::NotFound),
        PayoutState::Pending(_) => Ok(vec![PayoutEvent::PayoutApproved]),
        PayoutState::Approved(_) => Ok(Vec::new()),
        PayoutState::Paid { .. } => Err(PayoutError::AlreadyPaid),
        PayoutState::Failed(_) => Err(PayoutError::Failed),
    }
}

fn pay(state: &PayoutState, wanted: PaymentReference) -> Decision {
    match state {
        PayoutState::Absent => Err(PayoutError::NotFound),
        PayoutState::Pending(_) => Err(PayoutError::NotApproved),
        PayoutState::Approved(_) => Ok(vec![PayoutEvent::PayoutPaid { reference: wanted }]),
        PayoutState::Paid { reference, .. } if *reference == wanted => Ok(Vec::new()),
        PayoutState::Paid { .. } => Err(PayoutError::AlreadyPaid),
        PayoutState::Failed(_) => Err(PayoutError::Failed),
    }
}

fn fail(state: &PayoutState, reason: Reason) -> Decision {
    match state {
        PayoutState::Absent => Err(PayoutError::NotFound),
        PayoutState::Pending(_) | PayoutState::Approved(_) => Ok(vec![PayoutEvent::PayoutFailed { reason }]),
        PayoutState::Paid { .. } => Err(PayoutError::AlreadyPaid),
        PayoutState::Failed(_) => Ok(Vec::new()),
    }
}
