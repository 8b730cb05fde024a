//! What an order would come to, and everything that stands in its way: the placement's own steps on the state of one
//! moment, without taking anything. Whatever does not depend on a fault is told beside it.

use domain::{
    catalog::Product,
    decider::Decider,
    ids::OrderId,
    inventory::Stock,
    orders::{AppliedDiscount, Order, OrderCommand, OrderError, OrderEvent, OrderLine, OrderState, Totals},
    pricing::Inapplicable,
    refusal::{Fault, Refusal},
};
use event_store::{Decision, StreamRef, ids};

use super::{
    Faults, LineProduct, NewOrder,
    placing::{fill, order_of, resolve, wants},
    terms,
};
use crate::{
    execute::Ruling,
    pricing::{Buying, Hints, outcome},
};

/// What an order would come to.
#[derive(Debug, Default)]
pub(crate) struct Preview {
    /// Those that can be priced, each with its place in the request.
    pub(crate) lines: Vec<(usize, OrderLine)>,
    /// Of these lines; what a line without stock would cost to bring is not in them. `None` where none can be priced.
    pub(crate) totals: Option<Totals>,
    /// What is taken off, lines numbered by their places in the request, from 1.
    pub(crate) discounts: Vec<AppliedDiscount>,
    /// Coupons that take nothing off, by place.
    pub(crate) coupons: Vec<(usize, Inapplicable)>,
    /// Why the order would be refused, beside its coupons.
    pub(crate) faults: Vec<Fault>,
}

/// Looks, and gives up all that looking took. Holds are not looked at, nor who may order what for whom.
pub(crate) fn preview(decision: &mut Decision<'_>, hints: &Hints, new: &NewOrder) -> Ruling<Preview> {
    decision.rehearse(|decision| look(decision, hints, new))
}

fn look(decision: &mut Decision<'_>, hints: &Hints, new: &NewOrder) -> Ruling<Preview> {
    prefetch(decision, new)?;
    let mut faults = Faults::default();
    let mut resolved = resolve(decision, hints, new, &mut faults)?;
    let Some(currency) = resolved.first().map(|line| line.unit_price.currency()) else {
        return Ok(Preview { faults: faults.into_faults(), ..Preview::default() });
    };
    resolved.retain(|line| {
        let pointer = format!("/lines/{}/unit_price", line.index);
        let fits = line.unit_price.currency() == currency;
        if !fits {
            let refusal = OrderError::CurrencyMismatch { pointer: pointer.clone() };
            faults.push(refusal.kind(), Fault::at(pointer, &refusal));
        }
        fits
    });
    let vendors = resolved.iter().map(|line| (line.index, line.company, line.unit_price.currency()));
    let terms = terms::of_vendors(decision, new, vendors, &mut faults)?;
    let mut wants = wants(&resolved, &mut faults);
    let today = decision.now().date_naive();
    for want in &mut wants {
        let stock = decision.state::<Stock>(&want.product.stream())?;
        match stock.plan(want.total, &new.preferred, None, today) {
            Ok(allocations) => want.reserved = allocations,
            Err(refusal) => faults.short(want, &refusal),
        }
    }
    let places: Vec<usize> = resolved.iter().map(|line| line.index).collect();
    let lines = fill(resolved, &wants);
    let buying = Buying {
        order: OrderId::from_uuid(ids::uuid()),
        customer: new.customer,
        zone: new.zone.as_ref(),
        coupons: &new.coupons,
        promotions: &[],
    };
    let outcome = outcome(decision, hints, &buying, currency, &lines)?.unwrap_or_default();
    let place = order_of(hints, new, currency, lines, outcome.discounts, terms);
    let mut seen = Preview { coupons: outcome.refused, ..Preview::default() };
    match Order::decide(&OrderState::default(), OrderCommand::Place(place)) {
        Ok(events) => events.into_iter().for_each(|event| seen.take(event, &places)),
        Err(refusal) => seen.faults = at_places(&refusal, &places),
    }
    seen.faults.splice(..0, faults.into_faults());
    Ok(seen)
}

impl Preview {
    fn take(&mut self, event: OrderEvent, places: &[usize]) {
        let OrderEvent::OrderPlaced { lines, totals, mut discounts, .. } = event else {
            return;
        };
        for line in discounts.iter_mut().flat_map(|discount| &mut discount.lines) {
            let place = usize::from(line.line).checked_sub(1).and_then(|index| places.get(index));
            line.line = place.and_then(|place| u16::try_from(place + 1).ok()).unwrap_or(line.line);
        }
        self.lines = places.iter().copied().zip(lines).collect();
        self.totals = Some(totals);
        self.discounts = discounts;
    }
}

/// What the order refuses, with the places of the request.
fn at_places(refusal: &OrderError, places: &[usize]) -> Vec<Fault> {
    let faults = refusal.faults();
    if faults.is_empty() {
        return vec![Fault::at("", refusal)];
    }
    let placed = |mut fault: Fault| {
        if let Some((index, member)) =
            fault.pointer.strip_prefix("/lines/").and_then(|rest| rest.split_once('/'))
            && let Some(place) = index.parse().ok().and_then(|index: usize| places.get(index))
        {
            fault.pointer = format!("/lines/{place}/{member}");
        }
        fault
    };
    faults.into_iter().map(placed).collect()
}

/// All goods in one go.
fn prefetch(decision: &mut Decision<'_>, new: &NewOrder) -> Ruling<()> {
    let mut streams = Vec::with_capacity(new.lines.len() * 2);
    for line in &new.lines {
        if let LineProduct::Id(id) = &line.product {
            let id = id.stream();
            streams.extend([StreamRef::of::<Product>(id.as_str()), StreamRef::of::<Stock>(id)]);
        }
    }
    Ok(decision.prefetch(&streams, &[])?)
}
