//! Companies, accounts, payouts and settlements are what an independent fold says, and what is owed is always what was
//! earned less what was paid.

use std::collections::BTreeMap;

use domain::payouts::Item;
use projections::{
    PageRequest,
    payouts::{
        company_account::{self, PayoutFilter},
        settlement_list::{self, SettlementFilter},
    },
    vendors::company_list::{self, CompanyFilter},
};
use sqlx::PgPool;

use crate::support::{Bench, all, expected_vendors::ExpectedVendors, history::History};

#[tokio::test]
async fn vendors_tables_are_what_an_independent_fold_says() {
    for (seed, batch) in [(31, 11), (32, 300), (33, 9_000)] {
        let events = History::random(seed, 2_500);
        let expected = ExpectedVendors::of(&events);
        assert!(expected.payouts.len() > 3 && expected.items.len() > 20, "the history is too poor");
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        let pool = &bench.pool();
        companies(pool, &expected).await;
        items(pool, &expected).await;
        payouts(pool, &expected).await;
        settlements(pool, &expected).await;
        balance(pool).await;
    }
}

async fn companies(pool: &PgPool, expected: &ExpectedVendors) {
    let none = &CompanyFilter::default();
    let rows = all(|page| async move { company_list::list(pool, none, &page).await }).await;
    let mut found = BTreeMap::new();
    for row in rows {
        assert_eq!(company_list::get(pool, row.id).await.unwrap().as_ref(), Some(&row));
        let rates = company_list::commission_rates(pool, row.id).await.unwrap();
        let rates = rates.iter().map(|rate| rate.commission_rate.get()).collect::<Vec<_>>();
        let name = row.name.by_language()["en"].clone();
        found.insert(row.id, (name, row.active, row.commission_rate.get(), row.version, rates));
    }
    assert_eq!(found, expected.companies);
    let active = &CompanyFilter { active: Some(true), ..CompanyFilter::default() };
    let active = all(|page| async move { company_list::list(pool, active, &page).await }).await;
    assert_eq!(active.len(), expected.companies.values().filter(|company| company.1).count());
    for zone in ["erbil", "nowhere"] {
        let filter = &CompanyFilter { zone: Some(zone.parse_zone()), ..CompanyFilter::default() };
        let serving = all(|page| async move { company_list::list(pool, filter, &page).await }).await;
        assert!(serving.iter().all(|row| row.zones.is_empty() || row.zones.iter().any(|own| own == zone)));
    }
}

trait ParseZone {
    fn parse_zone(&self) -> domain::text::Zone;
}

impl ParseZone for str {
    fn parse_zone(&self) -> domain::text::Zone {
        domain::text::Zone::parse(self).unwrap()
    }
}

async fn items(pool: &PgPool, expected: &ExpectedVendors) {
    let mut due: Vec<Item> = Vec::new();
    for (company, currency) in expected.accounts.keys() {
        let found = company_account::due(pool, *company, *currency, 10_000).await.unwrap();
        let positions: Vec<i64> = found.iter().map(|item| expected.items[item].2).collect();
        assert!(positions.is_sorted(), "oldest first");
        let first = company_account::due(pool, *company, *currency, 2).await.unwrap();
        assert_eq!(first, found[..found.len().min(2)]);
        due.extend(found);
    }
    due.sort();
    let wanted: Vec<Item> =
        expected.items.keys().filter(|item| !expected.holders.contains_key(item)).copied().collect();
    assert_eq!(due, wanted);
    let accounts = company_account::accounts(pool, None).await.unwrap();
    assert_eq!(accounts.len(), expected.accounts.len());
    for row in accounts {
        let wanted = &expected.accounts[&(row.company, row.sales.currency)];
        let figures = [
            row.sales,
            row.commission,
            row.refunds,
            row.refunded_commission,
            row.delivery_fees,
        ];
        assert_eq!(figures.map(|sum| sum.minor), wanted.figures);
        assert_eq!(
            (row.lines, row.in_payout.minor, row.paid.minor),
            (wanted.lines, wanted.in_payout, wanted.paid)
        );
        let of_one = company_account::accounts(pool, Some(row.company)).await.unwrap();
        assert!(of_one.contains(&row));
    }
}

async fn payouts(pool: &PgPool, expected: &ExpectedVendors) {
    let none = &PayoutFilter::default();
    let rows = all(|page| async move { company_account::list(pool, none, &page).await }).await;
    assert_eq!(rows.len(), expected.payouts.len());
    for row in rows {
        let wanted = &expected.payouts[&row.id];
        assert_eq!((row.company, row.total, row.status), (wanted.company, wanted.total, wanted.status));
        assert_eq!((&row.reference, row.version), (&wanted.reference, wanted.version));
        assert_eq!(row.earnings.net().unwrap(), row.total);
        assert_eq!(company_account::get(pool, row.id).await.unwrap().as_ref(), Some(&row));
        let items = company_account::items_of(pool, row.id).await.unwrap();
        let mut named: Vec<Item> = items.iter().map(|item| item.item).collect();
        named.sort();
        assert_eq!(named, wanted.items);
        for item in items {
            assert_eq!(item.payout, expected.holders.get(&item.item).copied());
            assert_eq!(
                (item.company, item.position),
                (expected.items[&item.item].0, expected.items[&item.item].2)
            );
        }
        let filter = PayoutFilter { company: Some(row.company), status: Some(row.status) };
        let page = company_account::list(pool, &filter, &PageRequest::first(200)).await.unwrap();
        assert!(page.items.contains(&row));
        assert!(page.items.iter().all(|other| other.company == row.company && other.status == row.status));
    }
}

async fn settlements(pool: &PgPool, expected: &ExpectedVendors) {
    let none = &SettlementFilter::default();
    let rows = all(|page| async move { settlement_list::list(pool, none, &page).await }).await;
    let mut found = BTreeMap::new();
    for row in rows {
        assert_eq!(settlement_list::get(pool, row.id).await.unwrap().as_ref(), Some(&row));
        let filter = SettlementFilter { company: Some(row.company), status: Some(row.status) };
        let page = settlement_list::list(pool, &filter, &PageRequest::first(200)).await.unwrap();
        assert!(page.items.contains(&row));
        found.insert(row.id, (row.company, row.status, row.from, row.to, row.statement, row.version));
    }
    assert_eq!(found, expected.settlements);
}

/// In SQL, over all rows: what is due is the sum of the free items, and what is in payouts the sum of theirs.
async fn balance(pool: &PgPool) {
    let wrong: i64 = sqlx::query_scalar(
        "select count(*) from read.company_accounts a where a.owed - a.in_payout is distinct from \
         (select coalesce(sum(i.net), 0) from read.company_items i \
          where i.company = a.company and i.currency = a.currency and i.payout is null)",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(wrong, 0);
}
