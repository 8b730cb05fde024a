//! Who waits, who was told and what is needed are what an independent fold says.

use std::collections::BTreeMap;

use domain::{
    customers::{NeededItemEvent, NeededItemStatus, StockAlertsEvent},
    ids::{AccountId, NeededItemId, ProductId},
    text::Zone,
};
use projections::customers::unmet_demand::{self, NeededItemFilter};
use uuid::Uuid;

use crate::support::{Bench, all, demand::appended, history::Written};

/// Customer, zone, status, and whether there is an answer.
type Known = (AccountId, Option<String>, NeededItemStatus, bool);

#[derive(Default)]
struct Expected {
    /// Who was told.
    alerts: BTreeMap<(ProductId, AccountId), bool>,
    items: BTreeMap<NeededItemId, Known>,
}

impl Expected {
    fn of(events: &[Written]) -> Self {
        let mut expected = Self::default();
        for event in events {
            match event.kind {
                "stock_alerts" => expected.alert(event),
                "alert_register" => expected.alerts.retain(|_, told| !*told),
                "needed_item" => expected.item(event),
                "account" if event.name == "AccountErased" => {
                    let person = AccountId::from_uuid(id(event));
                    expected.alerts.retain(|(_, customer), _| *customer != person);
                    expected.items.retain(|_, (customer, ..)| *customer != person);
                }
                _ => {}
            }
        }
        expected
    }

    fn alert(&mut self, event: &Written) {
        let product = ProductId::from_uuid(id(event));
        match serde_json::from_str(&event.payload).unwrap() {
            StockAlertsEvent::StockAlertRequested { customer } => {
                self.alerts.insert((product, customer), false);
            }
            StockAlertsEvent::StockAlertWithdrawn { customer } => {
                self.alerts.remove(&(product, customer));
            }
            StockAlertsEvent::StockAlertServed { customer } => {
                if let Some(told) = self.alerts.get_mut(&(product, customer)) {
                    *told = true;
                }
            }
        }
    }

    fn item(&mut self, event: &Written) {
        let item = NeededItemId::from_uuid(id(event));
        match serde_json::from_str(&event.payload).unwrap() {
            NeededItemEvent::ItemNeeded { customer, zone, .. } => {
                let zone = zone.map(|zone| zone.as_str().to_owned());
                self.items.insert(item, (customer, zone, NeededItemStatus::Open, false));
            }
            NeededItemEvent::NeededItemAnswered { status, answer, .. } => {
                if let Some(known) = self.items.get_mut(&item) {
                    known.2 = status;
                    known.3 |= answer.is_some();
                }
            }
        }
    }
}

fn id(event: &Written) -> Uuid {
    event.id.parse().unwrap()
}

#[tokio::test]
async fn wishes_are_what_an_independent_fold_says() {
    for (seed, batch) in [(81, 1), (82, 17), (83, 9_000)] {
        let events = appended(seed, Vec::new(), 600);
        let expected = Expected::of(&events);
        let told = expected.alerts.values().filter(|told| **told).count();
        let answered = expected.items.values().filter(|item| item.3).count();
        assert!(expected.alerts.len() - told > 1 && answered > 3, "the history is too poor");
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        let pool = &bench.pool();
        let demand = all(|page| async move { unmet_demand::demand(pool, &page).await }).await;
        assert!(demand.is_sorted_by(|a, b| a.waiting >= b.waiting));
        let mut found = BTreeMap::new();
        for row in &demand {
            let product = row.product;
            let rows =
                all(|page| async move { unmet_demand::alerts_of_product(pool, product, &page).await }).await;
            let waiting: Vec<_> = rows.iter().filter(|row| row.served_at.is_none()).collect();
            assert_eq!(usize::try_from(row.waiting).unwrap(), waiting.len());
            assert_eq!(usize::try_from(row.served).unwrap(), rows.len() - waiting.len());
            assert_eq!(row.waiting_since, waiting.iter().map(|row| row.requested_at).min());
            found.extend(rows.iter().map(|row| ((product, row.customer), row.served_at.is_some())));
        }
        assert_eq!(found, expected.alerts);
        let (_, customer) = *expected.alerts.keys().next().unwrap();
        let own =
            all(|page| async move { unmet_demand::alerts_of_customer(pool, customer, &page).await }).await;
        assert_eq!(own.len(), expected.alerts.keys().filter(|(_, other)| *other == customer).count());
        items(pool, &expected).await;
    }
}

async fn items(pool: &sqlx::PgPool, expected: &Expected) {
    let count =
        |is_wanted: &dyn Fn(&Known) -> bool| expected.items.values().filter(|item| is_wanted(item)).count();
    let none = &NeededItemFilter::default();
    let rows = all(|page| async move { unmet_demand::needed_items(pool, none, &page).await }).await;
    let found: BTreeMap<NeededItemId, Known> = rows
        .into_iter()
        .map(|row| (row.id, (row.customer, row.zone, row.status, row.answer.is_some())))
        .collect();
    assert_eq!(found, expected.items);
    let zones = [Zone::parse("erbil").unwrap()];
    for (zones, number) in [(&zones[..], count(&|item| item.1.is_some())), (&[], 0)] {
        let filter = &NeededItemFilter { zones: Some(zones), ..NeededItemFilter::default() };
        let rows = all(|page| async move { unmet_demand::needed_items(pool, filter, &page).await }).await;
        assert_eq!(rows.len(), number);
    }
    let status = NeededItemStatus::Sourcing;
    let filter = &NeededItemFilter { status: Some(status), ..NeededItemFilter::default() };
    let rows = all(|page| async move { unmet_demand::needed_items(pool, filter, &page).await }).await;
    assert_eq!(rows.len(), count(&|item| item.2 == status));
}
