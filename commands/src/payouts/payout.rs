//! Creating payouts, and settling them.

use std::collections::{BTreeSet, HashSet};

use domain::{
    ids::{CompanyId, OrderId, PayoutId, ReturnId},
    money::Currency,
    payouts::{
        CreatePayout, Due, Item, MAX_ITEMS, Payout, PayoutCommand, PayoutError, PayoutEvent, PayoutStatus,
    },
    text::{PaymentReference, Reason},
    vendors::Company,
};
use event_store::{AsOf, Decision, Executed, StreamRef, ids};

use super::{
    DELIVERY_SCOPE, LINE_SCOPE, PAYOUT_STATUS_NOT_REACHABLE, PayoutAccepted, Payouts, REASON_NEEDED,
    REFERENCE_NEEDED, REFUND_SCOPE, facts,
};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{Ruling, check_version, execute, judge, refuse},
    vendors::unknown_company,
};

/// A payout to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayout {
    /// Who is paid.
    pub company: CompanyId,
    /// In which currency.
    pub currency: Currency,
    /// What may be due, from wherever the caller knows it; the log says what is, and the claims what still is. Those
    /// beyond [`MAX_ITEMS`] are left for the next payout.
    pub candidates: Vec<Item>,
}

/// A step of a payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettlePayout {
    /// Where to: approved, paid or failed.
    pub to: PayoutStatus,
    /// What the bank calls the payment; needed for `paid`.
    pub reference: Option<PaymentReference>,
    /// Why; needed for `failed`.
    pub reason: Option<Reason>,
    /// Only if nothing has changed since this version.
    pub expected_version: Option<i64>,
}

const fn scope(item: &Item) -> &'static str {
    match item {
        Item::Line(..) => LINE_SCOPE,
        Item::Delivery(..) => DELIVERY_SCOPE,
        Item::Refund(..) => REFUND_SCOPE,
    }
}

impl Payouts {
    /// Creates a payout from those of the candidates that are due and that no other payout has. What another payout
    /// takes at the same moment is left out here.
    ///
    /// # Errors
    /// `vendors.company_not_found`, `payouts.nothing_due`, `payouts.nothing_to_pay`.
    pub async fn create_payout(
        &self,
        call: &Call,
        new: NewPayout,
    ) -> Result<Executed<PayoutAccepted>, CommandError> {
        call.require(UseCase::CreatePayout)?;
        let due = self.due(&new).await?;
        let payout = PayoutId::from_uuid(ids::uuid());
        let mut unit = call
            .unit()
            .reads(StreamRef::new_of::<Payout>(payout.stream()))
            .reads(StreamRef::of::<Company>(new.company.stream()));
        for due in &due {
            unit = unit.claims(scope(&due.item), &due.item.to_string());
        }
        let (company, currency) = (new.company, new.currency);
        execute(&self.log, call, unit, move |decision| {
            if !decision.state::<Company>(&company.stream())?.exists() {
                return refuse(unknown_company("/company"));
            }
            let items = take_free(decision, payout, &due)?;
            let create = PayoutCommand::Create(CreatePayout { company, currency, items });
            judge::<Payout>(decision, &payout.stream(), create)?;
            accepted(decision, payout)
        })
        .await
    }

    /// The candidates that the log knows, with their amounts: of this company, in this currency.
    async fn due(&self, new: &NewPayout) -> Result<Vec<Due>, CommandError> {
        let candidates: HashSet<Item> = new.candidates.iter().copied().take(MAX_ITEMS).collect();
        let mut orders: BTreeSet<OrderId> = BTreeSet::new();
        let mut returns: BTreeSet<ReturnId> = BTreeSet::new();
        for item in &candidates {
            match item {
                Item::Line(order, _) | Item::Delivery(order, _) => {
                    orders.insert(*order);
                }
                Item::Refund(return_id, _) => {
                    returns.insert(*return_id);
                }
            }
        }
        let mut items = facts::items_of(self.log.reader(), &orders, &returns, AsOf::Now).await?;
        items.retain(|due| {
            let belongs = due.company == new.company && due.earnings.currency() == new.currency;
            belongs && candidates.contains(&due.item)
        });
        Ok(items)
    }

    /// Approves a payout, books its payment, or gives it up. A payout that fails gives its items back in the same
    /// unit, so that the next one can take them.
    ///
    /// # Errors
    /// `payouts.payout_not_found`, `payouts.status_not_reachable`, `payouts.reference_needed`,
    /// `payouts.reason_needed`, `PreconditionFailed`, and the payout's own rules.
    pub async fn settle_payout(
        &self,
        call: &Call,
        payout: PayoutId,
        step: SettlePayout,
    ) -> Result<Executed<PayoutAccepted>, CommandError> {
        call.require(UseCase::SettlePayout)?;
        let expected = step.expected_version;
        let command = command_of(step)?;
        let id = payout.stream();
        let unit = call.unit().reads(StreamRef::of::<Payout>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            if decision.state::<Payout>(&id)?.content().is_none() {
                return refuse(Refused::of(&PayoutError::NotFound));
            }
            check_version::<Payout>(decision, &id, expected)?;
            let events = judge::<Payout>(decision, &id, command.clone())?;
            if events.iter().any(|event| matches!(event, PayoutEvent::PayoutFailed { .. })) {
                let items = decision.state::<Payout>(&id)?.content().map(|content| content.items.clone());
                for item in items.unwrap_or_default() {
                    decision.release_claim(scope(&item), &item.to_string());
                }
            }
            accepted(decision, payout)
        })
        .await
    }
}

fn command_of(step: SettlePayout) -> Result<PayoutCommand, CommandError> {
    match (step.to, step.reference, step.reason) {
        (PayoutStatus::Approved, _, _) => Ok(PayoutCommand::Approve),
        (PayoutStatus::Paid, Some(reference), _) => Ok(PayoutCommand::Pay { reference }),
        (PayoutStatus::Paid, None, _) => Err(REFERENCE_NEEDED.refusal_at("/reference").into()),
        (PayoutStatus::Failed, _, Some(reason)) => Ok(PayoutCommand::Fail { reason }),
        (PayoutStatus::Failed, _, None) => Err(REASON_NEEDED.refusal_at("/reason").into()),
        (PayoutStatus::Pending, _, _) => Err(PAYOUT_STATUS_NOT_REACHABLE.refusal_at("/status").into()),
    }
}

/// Claims every item that no other payout holds (PAY-2). All are looked up before the first is claimed, because each
/// look-up goes through the changes of the unit so far.
fn take_free(decision: &mut Decision<'_>, payout: PayoutId, due: &[Due]) -> Ruling<Vec<Due>> {
    let mut free = Vec::with_capacity(due.len());
    for due in due {
        if decision.holder(scope(&due.item), &due.item.to_string())?.is_none() {
            free.push(*due);
        }
    }
    for due in &free {
        decision.claim(scope(&due.item), &due.item.to_string(), &payout.stream())?;
    }
    Ok(free)
}

/// The payout as it stands at the end of the unit.
fn accepted(decision: &mut Decision<'_>, payout: PayoutId) -> Ruling<PayoutAccepted> {
    let id = payout.stream();
    let version = decision.version::<Payout>(&id)?;
    let state = decision.state::<Payout>(&id)?;
    let (Some(content), Some(status)) = (state.content(), state.status()) else {
        return refuse(Refused::of(&PayoutError::NotFound));
    };
    Ok(PayoutAccepted {
        payout,
        company: content.company,
        status,
        version,
        items: content.items.len(),
        earnings: content.earnings,
        total: content.total,
    })
}
