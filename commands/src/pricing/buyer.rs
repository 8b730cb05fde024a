//! What whoever buys pays: the customer's groups, and the price lists that hold, from the streams themselves.

use domain::{
    customers::CustomerGroups,
    ids::AccountId,
    pricing::{
        CouponCandidate, Listed, Offer, PRICE_BOOK, PriceBook, PriceList, PriceListState, PriceSource,
    },
    text::Code,
};
use event_store::{Decision, StreamRef, ids};

use super::{Hints, Pricing};
use crate::{CommandError, execute::Ruling};

/// Where a customer's prices come from; `has_wholesale` where one of the products has a wholesale price.
pub(crate) fn price_source(
    decision: &mut Decision<'_>,
    hints: &Hints,
    customer: Option<AccountId>,
    has_wholesale: bool,
) -> Ruling<PriceSource> {
    let Some(customer) = customer else {
        return Ok(PriceSource::default());
    };
    let now = decision.now();
    let asks_for_groups = has_wholesale || decision.state::<PriceBook>(PRICE_BOOK)?.asks_for_groups(now);
    hints.note_groups(asks_for_groups);
    let groups = if asks_for_groups {
        groups_of(decision, customer)?
    } else {
        Vec::new()
    };
    let lists = decision.state::<PriceBook>(PRICE_BOOK)?.lists_for(customer, &groups, now);
    let streams: Vec<StreamRef> =
        lists.iter().map(|list| StreamRef::of::<PriceList>(list.stream())).collect();
    if !streams.is_empty() {
        decision.prefetch(&streams, &[])?;
    }
    let mut terms = Vec::with_capacity(lists.len());
    for list in lists {
        if let PriceListState::Live(known) = decision.state::<PriceList>(&list.stream())? {
            terms.push(known.clone());
        }
    }
    Ok(PriceSource::new(terms, &groups))
}

fn groups_of(decision: &mut Decision<'_>, customer: AccountId) -> Ruling<Vec<Code>> {
    Ok(decision.state::<CustomerGroups>(&customer.stream())?.groups().to_vec())
}

/// The groups of a customer, where any offer at hand is for groups.
pub(super) fn groups_for(
    decision: &mut Decision<'_>,
    customer: Option<AccountId>,
    running: &[Listed],
    coupons: &[CouponCandidate],
) -> Ruling<Vec<Code>> {
    match customer.filter(|_| are_for_groups(running, coupons)) {
        Some(customer) => groups_of(decision, customer),
        None => Ok(Vec::new()),
    }
}

fn are_for_groups(running: &[Listed], coupons: &[CouponCandidate]) -> bool {
    let is_for_groups = |offer: &Offer| !offer.scope.customer_groups.is_empty();
    running.iter().any(|listed| is_for_groups(&listed.terms.offer))
        || coupons
            .iter()
            .filter_map(|candidate| candidate.standing.as_ref().ok())
            .any(|coupon| is_for_groups(&coupon.offer))
}

impl Pricing {
    /// The groups of a customer, as the log has them now.
    pub(super) async fn groups(&self, customer: Option<AccountId>) -> Result<Vec<Code>, CommandError> {
        let Some(customer) = customer else {
            return Ok(Vec::new());
        };
        let known = self.log.reader().newest::<CustomerGroups>(&[customer.stream()]).await?;
        Ok(known.into_iter().next().map(|state| state.groups().to_vec()).unwrap_or_default())
    }

    /// Where a customer's prices come from, as the log has it now.
    pub(super) async fn price_source(
        &self,
        customer: Option<AccountId>,
        groups: &[Code],
    ) -> Result<PriceSource, CommandError> {
        let Some(customer) = customer else {
            return Ok(PriceSource::default());
        };
        let lists = self.prices.current().await?.lists_for(customer, groups, ids::now());
        let streams: Vec<String> = lists.iter().map(|list| list.stream()).collect();
        // A list in the book is a live one, and the newest event of a live list is all of it.
        let known = self.log.reader().newest::<PriceList>(&streams).await?;
        let live = known.into_iter().filter_map(|state| match state {
            PriceListState::Live(terms) => Some(terms),
            PriceListState::Absent | PriceListState::Retired(_) => None,
        });
        Ok(PriceSource::new(live.collect(), groups))
    }
}
