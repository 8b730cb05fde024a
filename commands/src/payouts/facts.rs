//! What companies have earned and been charged, read off the log.

use std::collections::{BTreeSet, HashMap};

use domain::{
    ids::{CompanyId, OrderId, ReturnId},
    orders::{Order, OrderState, Return, ReturnState, SoldIn},
    payouts::{Due, charged_by_return, earned_in_order},
};
use event_store::{AsOf, Loaded, LogReader};
use uuid::Uuid;

use crate::CommandError;

/// Every item of these orders and returns, as of a moment.
pub(super) async fn items_of(
    reader: &LogReader,
    orders: &BTreeSet<OrderId>,
    returns: &BTreeSet<ReturnId>,
    as_of: AsOf,
) -> Result<Vec<Due>, CommandError> {
    let streams: Vec<String> = returns.iter().map(ReturnId::stream).collect();
    let returns = reader.load_many_as_of::<Return>(&streams, as_of).await?;
    let mut wanted = orders.clone();
    wanted.extend(returns.values().flat_map(|loaded| sold_in(&loaded.state)));
    let streams: Vec<String> = wanted.iter().map(OrderId::stream).collect();
    let loaded = reader.load_many_as_of::<Order>(&streams, as_of).await?;
    let known: HashMap<OrderId, OrderState> = by_id(loaded, OrderId::from_uuid);
    let mut items = Vec::new();
    for (id, state) in &known {
        if orders.contains(id) {
            items.extend(earned_in_order(*id, state));
        }
    }
    let vendor_of = |sold: SoldIn| vendor_of(&known, sold);
    for (id, state) in by_id(returns, ReturnId::from_uuid) {
        items.extend(charged_by_return(id, &state, vendor_of));
    }
    items.sort_by_key(|due| due.item);
    Ok(items)
}

fn by_id<T: Eq + std::hash::Hash, S>(
    loaded: HashMap<String, Loaded<S>>,
    wrap: impl Fn(Uuid) -> T,
) -> HashMap<T, S> {
    let ids = loaded.into_iter().filter_map(|(id, loaded)| Some((Uuid::try_parse(&id).ok()?, loaded.state)));
    ids.map(|(id, state)| (wrap(id), state)).collect()
}

fn sold_in(back: &ReturnState) -> impl Iterator<Item = OrderId> + '_ {
    back.lines().iter().filter_map(|line| line.sold_in).map(|sold| sold.order)
}

/// Whose line it was.
fn vendor_of(orders: &HashMap<OrderId, OrderState>, sold: SoldIn) -> Option<CompanyId> {
    let lines = orders.get(&sold.order)?.lines();
    lines.iter().find(|line| line.number == sold.line).and_then(|line| line.company)
}
