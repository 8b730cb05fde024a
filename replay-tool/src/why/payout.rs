//! `why-payout`: a payout as the fold of everything that its company had earned and been charged by then, less what
//! earlier payouts took. The amounts are computed anew from the orders and returns, not read off the payout.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io::Write,
};

use domain::{
    decider::Decider,
    ids::{CompanyId, OrderId, PayoutId, ReturnId},
    money::{Currency, Money},
    orders::{Order, OrderEvent, OrderState, Return, ReturnEvent, ReturnState},
    payouts::{
        Due, Earnings, Item, Payout, PayoutEvent, PayoutState, PayoutStatus, charged_by_return,
        earned_in_order,
    },
};
use event_store::{EventFilter, RecordedEvent};
use uuid::Uuid;

use crate::{
    Outcome,
    failure::{Code, failure},
    output,
    source::Source,
};

mod tell;

const PAGE: usize = 5_000;

/// Everything that a payout is made from.
struct Account {
    company: CompanyId,
    currency: Currency,
    orders: HashMap<OrderId, OrderState>,
    returns: HashMap<ReturnId, ReturnState>,
    /// By the position of their creation.
    payouts: BTreeMap<i64, (PayoutId, PayoutState)>,
    created: HashMap<PayoutId, i64>,
    edited: HashSet<String>,
}

/// An earlier payout that took items and has not failed.
struct Earlier {
    payout: PayoutId,
    position: i64,
    status: PayoutStatus,
    total: Money,
}

/// What the payout comes to, part by part.
struct Explained {
    payout: PayoutId,
    company: CompanyId,
    /// Of its creation; everything is as of then.
    position: i64,
    /// Now.
    status: PayoutStatus,
    reference: Option<String>,
    items: Vec<Due>,
    /// How many lines, fees and refunds there were by then, in and out of payouts.
    counts: [usize; 3],
    /// What these come to.
    earned: Earnings,
    earlier: Vec<Earlier>,
    /// What was due and is not in it.
    left: Vec<Due>,
    left_total: Money,
    /// Earned less earlier less left.
    total: Money,
    /// What the payout says.
    stated: Money,
    /// Where the payout says something else than orders and returns do.
    faults: Vec<String>,
}

pub(crate) async fn run(source: &Source, text: &str, is_json: bool) -> anyhow::Result<Outcome> {
    let payout = find(text)?;
    let events = source.read_stream(Payout::KIND, &payout.stream(), i64::MAX).await?;
    let Some(created) = events.first() else {
        return Err(failure(Code::NotFound, format!("there is no payout {text} in the log")));
    };
    let PayoutEvent::PayoutCreated { company, total, .. } = created.typed()? else {
        return Err(failure(
            Code::Damaged,
            format!("the stream of {payout} does not begin with its creation"),
        ));
    };
    let mut account = Account {
        company: *company,
        currency: total.currency(),
        orders: HashMap::new(),
        returns: HashMap::new(),
        payouts: BTreeMap::new(),
        created: HashMap::new(),
        edited: HashSet::new(),
    };
    account.read(source, created.position).await?;
    let mut state = PayoutState::default();
    for event in &events {
        Payout::evolve(&mut state, event.typed()?);
    }
    let explained = account.explain(payout, created, &state)?;
    if is_json {
        output::document(&tell::document(&explained, source.head()))?;
    } else {
        let mut out = output::stdout();
        tell::table(&mut out, &explained)?;
        out.flush()?;
    }
    Ok(if explained.faults.is_empty() {
        Outcome::Well
    } else {
        Outcome::FaultsFound
    })
}

fn find(text: &str) -> anyhow::Result<PayoutId> {
    let payout = text.parse().ok().or_else(|| Uuid::try_parse(text).ok().map(PayoutId::from_uuid));
    payout.ok_or_else(|| failure(Code::NotFound, format!("{text} is no payout's id (pay_…)")))
}

/// The types that earn, charge and pay.
fn types() -> Vec<String> {
    use domain::decider::Event;
    let all = [
        OrderEvent::CATALOGUE,
        ReturnEvent::CATALOGUE,
        PayoutEvent::CATALOGUE,
    ];
    all.into_iter().flatten().map(|(name, _)| (*name).to_owned()).collect()
}

/// The streams of the orders that were edited: few.
async fn edited(source: &Source, up_to: i64) -> anyhow::Result<HashSet<String>> {
    let mut filter = EventFilter {
        up_to: Some(up_to),
        event_types: vec!["OrderEdited".to_owned()],
        ..EventFilter::default()
    };
    let mut edited = HashSet::new();
    loop {
        let page = source.read(&filter, PAGE).await?;
        edited.extend(page.iter().map(|event| event.aggregate_id.clone()));
        match page.last() {
            Some(last) if page.len() == PAGE => filter.after = last.position,
            _ => return Ok(edited),
        }
    }
}

impl Account {
    /// Reads the log up to a position once, and keeps what is the company's.
    async fn read(&mut self, source: &Source, up_to: i64) -> anyhow::Result<()> {
        self.edited = edited(source, up_to).await?;
        let bar = output::progress("reading the account", u64::try_from(up_to)?);
        let mut filter = EventFilter {
            up_to: Some(up_to),
            event_types: types(),
            ..EventFilter::default()
        };
        loop {
            let page = source.read(&filter, PAGE).await?;
            for event in &page {
                match event.aggregate_type.as_str() {
                    Order::KIND => self.add_order(event)?,
                    Return::KIND => self.add_return(event)?,
                    Payout::KIND => self.add_payout(event)?,
                    _ => {}
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => filter.after = last.position,
                _ => break,
            }
            bar.set_position(u64::try_from(filter.after)?);
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn add_order(&mut self, event: &RecordedEvent) -> anyhow::Result<()> {
        let id = OrderId::from_uuid(Uuid::try_parse(&event.aggregate_id)?);
        let order: &OrderEvent = event.typed()?;
        if let OrderEvent::OrderPlaced { lines, parts, .. } = order {
            let own = Some(self.company);
            // An edited order may be the company's only since then.
            let is_edited = self.edited.contains(&event.aggregate_id);
            if !is_edited
                && lines.iter().all(|line| line.company != own)
                && parts.iter().all(|part| part.company != own)
            {
                return Ok(());
            }
            self.orders.insert(id, OrderState::default());
        }
        if let Some(state) = self.orders.get_mut(&id) {
            Order::evolve(state, order);
        }
        Ok(())
    }

    fn add_return(&mut self, event: &RecordedEvent) -> anyhow::Result<()> {
        let id = ReturnId::from_uuid(Uuid::try_parse(&event.aggregate_id)?);
        let back: &ReturnEvent = event.typed()?;
        if let ReturnEvent::ReturnRequested { lines, .. } = back {
            let is_own = |order: OrderId| self.orders.contains_key(&order);
            if !lines.iter().filter_map(|line| line.sold_in).any(|sold| is_own(sold.order)) {
                return Ok(());
            }
            self.returns.insert(id, ReturnState::default());
        }
        if let Some(state) = self.returns.get_mut(&id) {
            Return::evolve(state, back);
        }
        Ok(())
    }

    fn add_payout(&mut self, event: &RecordedEvent) -> anyhow::Result<()> {
        let id = PayoutId::from_uuid(Uuid::try_parse(&event.aggregate_id)?);
        let payout: &PayoutEvent = event.typed()?;
        if let PayoutEvent::PayoutCreated { company, total, .. } = payout {
            if *company != self.company || total.currency() != self.currency {
                return Ok(());
            }
            self.created.insert(id, event.position);
            self.payouts.insert(event.position, (id, PayoutState::default()));
        }
        let known = self.created.get(&id).and_then(|position| self.payouts.get_mut(position));
        if let Some((_, state)) = known {
            Payout::evolve(state, payout);
        }
        Ok(())
    }

    /// Every item of the company, by item.
    fn dues(&self) -> BTreeMap<Item, Due> {
        let earned = self.orders.iter().flat_map(|(id, order)| earned_in_order(*id, order));
        let charged = self.returns.iter().flat_map(|(id, back)| {
            charged_by_return(*id, back, |sold| {
                let lines = self.orders.get(&sold.order)?.lines();
                lines.iter().find(|line| line.number == sold.line)?.company
            })
        });
        let own = |due: &Due| due.company == self.company && due.earnings.currency() == self.currency;
        earned.chain(charged).filter(own).map(|due| (due.item, due)).collect()
    }

    fn explain(
        self,
        payout: PayoutId,
        created: &RecordedEvent,
        now: &PayoutState,
    ) -> anyhow::Result<Explained> {
        let mut dues = self.dues();
        let counts =
            ["line", "delivery", "refund"].map(|kind| dues.keys().filter(|item| item.kind() == kind).count());
        let earned = sum(self.currency, dues.values())?;
        let mut faults = Vec::new();
        let (mut earlier, mut items) = (Vec::new(), Vec::new());
        let mut stated = Money::zero(self.currency);
        for (position, (id, state)) in &self.payouts {
            let (Some(content), Some(status)) = (state.content(), state.status()) else {
                continue;
            };
            if *id != payout && status == PayoutStatus::Failed {
                continue;
            }
            let own = take(&mut dues, *id, &content.items, &mut faults);
            let net = sum(self.currency, &own)?.net()?;
            if net != content.total {
                faults.push(format!("{id} says {}, its items come to {net}", content.total));
            }
            if *id == payout {
                (items, stated) = (own, content.total);
                faults.extend(different(created, &items)?);
            } else {
                earlier.push(Earlier {
                    payout: *id,
                    position: *position,
                    status,
                    total: content.total,
                });
            }
        }
        let left: Vec<Due> = dues.into_values().collect();
        let left_total = sum(self.currency, &left)?.net()?;
        let mut total = earned.net()?.checked_sub(left_total)?;
        for payout in &earlier {
            total = total.checked_sub(payout.total)?;
        }
        if total != stated {
            faults.push(format!("{payout} says {stated}, the account comes to {total}"));
        }
        let reference = match now {
            PayoutState::Paid { reference, .. } => Some(reference.as_str().to_owned()),
            PayoutState::Absent
            | PayoutState::Pending(_)
            | PayoutState::Approved(_)
            | PayoutState::Failed(_) => None,
        };
        Ok(Explained {
            payout,
            company: self.company,
            position: created.position,
            status: now.status().unwrap_or(PayoutStatus::Pending),
            reference,
            items,
            counts,
            earned,
            earlier,
            left,
            left_total,
            total,
            stated,
            faults,
        })
    }
}

/// The items of a payout, which are then no other's.
fn take(
    dues: &mut BTreeMap<Item, Due>,
    payout: PayoutId,
    items: &[Item],
    faults: &mut Vec<String>,
) -> Vec<Due> {
    let mut own = Vec::with_capacity(items.len());
    for item in items {
        match dues.remove(item) {
            Some(due) => own.push(due),
            None => faults.push(format!(
                "{payout} has the {} {item}, which was not due or is in another payout",
                item.kind()
            )),
        }
    }
    own
}

fn sum<'a>(currency: Currency, dues: impl IntoIterator<Item = &'a Due>) -> anyhow::Result<Earnings> {
    let mut sum = Earnings::zero(currency);
    for due in dues {
        sum = sum.checked_add(due.earnings)?;
    }
    Ok(sum)
}

/// Items whose amounts the payout states otherwise than orders and returns do.
fn different(created: &RecordedEvent, items: &[Due]) -> anyhow::Result<Vec<String>> {
    let PayoutEvent::PayoutCreated { lines, deliveries, refunds, .. } = created.typed()? else {
        return Ok(Vec::new());
    };
    let stated: HashSet<(Item, Money, Money)> =
        lines
            .iter()
            .map(|line| (Item::Line(line.order, line.line), line.sales, line.commission))
            .chain(deliveries.iter().map(|part| {
                (Item::Delivery(part.order, part.part), part.fee, Money::zero(part.fee.currency()))
            }))
            .chain(
                refunds
                    .iter()
                    .map(|back| (Item::Refund(back.return_id, back.line), back.refund, back.commission)),
            )
            .collect();
    let computed = |due: &Due| match due.item {
        Item::Line(..) => (due.item, due.earnings.sales, due.earnings.commission),
        Item::Delivery(..) => (due.item, due.earnings.delivery_fees, Money::zero(due.earnings.currency())),
        Item::Refund(..) => (due.item, due.earnings.refunds, due.earnings.refunded_commission),
    };
    let differing = items.iter().filter(|due| !stated.contains(&computed(due)));
    Ok(differing
        .map(|due| {
            let (item, amount, commission) = computed(due);
            format!(
                "the {} {item} comes to {amount} and {commission} commission, not to what is stated",
                item.kind()
            )
        })
        .collect())
}
