//! Exports are the read model's rows, each once, in one snapshot.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::identity::Role;
use projections::{
    analytics::exports::{Cells, Export, Report},
    inventory::stock_history::{self, TurnoverFilter},
};
use sqlx::PgPool;

use crate::support::{Bench, all, expected::Expected, history::History};

async fn rows(pool: &PgPool, report: Report) -> Vec<Cells> {
    let mut export = Export::begin(pool, report).await.unwrap();
    let mut rows = Vec::new();
    loop {
        let page = export.next().await.unwrap();
        if page.is_empty() {
            return rows;
        }
        assert!(page.iter().all(|row| row.len() == export.columns().len()));
        rows.extend(page);
    }
}

fn column(report: Report, name: &str) -> usize {
    report.columns().iter().position(|column| column.name == name).unwrap()
}

fn by_id(rows: Vec<Cells>) -> BTreeMap<String, Cells> {
    rows.into_iter().map(|row| (row[0].clone().unwrap(), row)).collect()
}

#[tokio::test]
async fn every_row_is_exported_once_as_the_fold_says() {
    let events = History::random(41, 4_000);
    let expected = Expected::of(&events);
    let bench = Bench::with(&events).await;
    bench.install_and_project(5_000).await;
    let pool = &bench.pool();

    let orders = by_id(rows(pool, Report::Orders).await);
    assert_eq!(orders.len(), expected.orders.len());
    let cell = |row: &Cells, name: &str| row[column(Report::Orders, name)].clone().unwrap_or_default();
    for row in expected.orders.values() {
        let cells = &orders[&row.id.to_string()];
        assert_eq!(cell(cells, "total"), row.total.decimal());
        assert_eq!(cell(cells, "credited"), row.credited.decimal());
        assert_eq!(cell(cells, "status"), row.status.as_str());
        assert_eq!(cell(cells, "customer_id"), row.customer.map(|id| id.to_string()).unwrap_or_default());
        assert_eq!(cell(cells, "cancel_reason"), row.cancel_reason.clone().unwrap_or_default());
        assert_eq!(cell(cells, "units"), row.units.to_string());
    }
    let products = by_id(rows(pool, Report::Products).await);
    assert_eq!(products.len(), expected.products.len());
    for row in expected.products.values() {
        assert_eq!(products[&row.id.to_string()][1].as_deref(), Some(row.sku.as_str()));
    }
    let customers = rows(pool, Report::Customers).await;
    let wanted = expected.accounts.values().filter(|row| row.role == Role::Customer).count();
    assert_eq!(customers.len(), wanted);
    let stock = rows(pool, Report::Inventory).await;
    assert_eq!(stock.len(), expected.stock.len());
    let on_hand = column(Report::Inventory, "on_hand");
    let sum: i64 = stock.iter().map(|row| row[on_hand].clone().unwrap().parse::<i64>().unwrap()).sum();
    assert_eq!(sum, expected.stock.values().map(|levels| levels[0]).sum::<i64>());
    let sold = column(Report::Sales, "units_sold");
    let sales = rows(pool, Report::Sales).await;
    let units: i128 = sales.iter().map(|row| row[sold].clone().unwrap().parse::<i128>().unwrap()).sum();
    assert_eq!(units, expected.days.values().map(|figures| figures[2]).sum::<i128>());
}

/// More rows than one page has, and others that come in between.
#[tokio::test]
async fn an_export_sees_one_moment_however_long_it_takes() {
    let bench = Bench::new().await;
    bench.install().await;
    let pool = &bench.pool();
    let more = async |from: i32, to: i32| {
        sqlx::query(
            "insert into accounts_v2.accounts (id, role, zones, active, version, registered_at, updated_at) \
             select gen_random_uuid(), 'customer', '{}', true, 1, now(), now() from generate_series($1, $2)",
        )
        .bind(from)
        .bind(to)
        .execute(pool)
        .await
        .unwrap();
    };
    more(1, 2_500).await;
    let mut export = Export::begin(pool, Report::Customers).await.unwrap();
    let mut ids: Vec<Option<String>> = Vec::new();
    loop {
        let page = export.next().await.unwrap();
        if page.is_empty() {
            break;
        }
        ids.extend(page.into_iter().map(|row| row[0].clone()));
        more(1, 300).await;
    }
    assert_eq!(ids.len(), 2_500);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 2_500);
    drop(export);
    assert!(rows(pool, Report::Customers).await.len() > 3_000);
}

#[tokio::test]
async fn turnover_balances_and_adjoining_periods_add_up() {
    let events = History::random(42, 3_000);
    let expected = Expected::of(&events);
    let bench = Bench::with(&events).await;
    bench.install_and_project(5_000).await;
    let pool = &bench.pool();
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let (begin, middle, end) =
        (at("2010-01-01T00:00:00Z"), at("2010-12-20T12:00:00Z"), at("2012-01-01T00:00:00Z"));
    let of = |from, to| async move {
        let filter = &TurnoverFilter { from, to, warehouses: &[] };
        all(|page| async move { stock_history::turnover(pool, filter, &page).await }).await
    };
    let whole = of(begin, end).await;
    let (first, second) = (of(begin, middle).await, of(middle, end).await);
    let mut on_hand: BTreeMap<_, i64> = BTreeMap::new();
    for ((product, _), levels) in &expected.stock {
        *on_hand.entry(*product).or_default() += levels[0];
    }
    let closing: BTreeMap<_, i64> = whole.iter().map(|row| (row.product, row.closing)).collect();
    for (product, units) in &on_hand {
        assert_eq!(closing.get(product).copied().unwrap_or_default(), *units);
    }
    assert!(whole.iter().any(|row| row.sold > 0) && whole.iter().any(|row| row.wasted > 0));
    for ((whole, first), second) in whole.iter().zip(&first).zip(&second) {
        for row in [whole, first, second] {
            let gained = row.received + row.returned + row.found + row.transferred - row.sold - row.wasted;
            assert_eq!(row.transferred, 0, "what leaves one warehouse enters another");
            assert_eq!(row.opening + gained, row.closing);
        }
        assert_eq!((whole.opening, first.closing, second.closing), (0, second.opening, whole.closing));
        assert_eq!(first.sold + second.sold, whole.sold);
    }
    let page = projections::PageRequest { after: None, limit: 3, with_total: true };
    let warehouses: Vec<_> = expected.stock.keys().take(1).map(|(_, warehouse)| *warehouse).collect();
    let one = TurnoverFilter { from: begin, to: end, warehouses: &warehouses };
    let of_one = stock_history::turnover(pool, &one, &page).await.unwrap();
    assert!(of_one.total.unwrap() > 0 && of_one.items.len() <= 3);
}
