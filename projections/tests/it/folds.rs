//! Incremental equals rebuilt equals an independent fold, whatever the batches.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use chrono::NaiveDate;
use domain::{
    cart::CartEvent,
    catalog::{CategoryEvent, ProductEvent, ReviewEvent, SellingUnitEvent, UnitEvent},
    customers::{
        AddressBookEvent, AlertRegisterEvent, LoyaltyAccountEvent, LoyaltyProgramEvent, NeededItemEvent,
        StockAlertsEvent,
    },
    decider::Event,
    identity::AccountEvent,
    inventory::{ReorderEvent, StockEvent, SupplierEvent, WarehouseEvent},
    orders::{OrderEvent, ReturnEvent},
    payouts::{PayoutEvent, SettlementEvent},
    pricing::{CouponEvent, PriceListEvent, PromotionEvent},
    vendors::CompanyEvent,
};
use event_store::subscription::{SubscriptionOptions, Subscriptions};
use projections::{
    Sort,
    analytics::sales::{self, Period, SalesFilter},
    catalog::product_list::{self, ProductFilter, ProductSort},
    identity::accounts::{self, AccountFilter},
    inventory::{
        stock_history::{self, MovementFilter},
        stock_levels,
    },
    orders::{
        order_list::{self, OrderFilter, OrderSort},
        return_list::{self, ReturnFilter},
    },
};
use sqlx::PgPool;

use crate::support::{
    Bench, all, dump,
    expected::Expected,
    history::{History, Written},
};

const EVENTS: usize = 1_800;

#[tokio::test]
async fn the_tables_are_the_same_whatever_the_batches() {
    let events = History::random(1, EVENTS);
    cover_every_event(&events);
    let mut dumps = Vec::new();
    for batch in [1, 7, 5_000] {
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        dumps.push(dump(&bench.pool()).await);
    }
    for (table, rows) in &dumps[2] {
        assert!(!rows.is_empty(), "{table} was not tried");
        assert_eq!(&dumps[0][table], rows, "{table}, one by one");
        assert_eq!(&dumps[1][table], rows, "{table}, by seven");
    }
}

#[tokio::test]
async fn the_tables_are_what_an_independent_fold_says() {
    for (seed, batch) in [(2, 13), (3, 400), (4, 5_000)] {
        let events = History::random(seed, EVENTS);
        let expected = Expected::of(&events);
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        compare(&bench.pool(), &expected).await;
    }
}

/// A batch that was rolled back, because its node died or lost the fence, leaves nothing behind.
#[tokio::test]
async fn a_batch_that_is_rolled_back_is_as_if_it_never_was() {
    let events = History::random(5, EVENTS);
    let (plain, crashing) = tokio::join!(Bench::with(&events), Bench::with(&events));
    plain.install_and_project(50).await;
    crashing.install().await;
    for projection in projections::all() {
        crashing.project_with_crashes(projection.as_ref(), 50).await;
    }
    assert_eq!(dump(&plain.pool()).await, dump(&crashing.pool()).await);
}

#[tokio::test]
async fn following_and_rebuilding_under_the_runtime_give_the_same_tables() {
    let events = History::random(6, EVENTS);
    let bench = Bench::with(&events).await;
    let runtime =
        Subscriptions::start(bench.log(), projections::all(), SubscriptionOptions::default()).await.unwrap();
    let head = bench.log().reader().refresh_head().await.unwrap();
    for projection in projections::all() {
        runtime.wait_for(projection.name(), head, Duration::from_secs(60)).await.unwrap();
    }
    let followed = dump(&bench.pool()).await;
    compare(&bench.pool(), &Expected::of(&events)).await;
    for (name, outcome) in runtime.rebuild_all().await {
        outcome.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    runtime.stop().await;
    assert_eq!(dump(&bench.pool()).await, followed);
}

fn cover_every_event(events: &[Written]) {
    let seen: BTreeSet<&str> = events.iter().map(|event| event.name).collect();
    let catalogues = [
        CartEvent::CATALOGUE,
        CategoryEvent::CATALOGUE,
        UnitEvent::CATALOGUE,
        SellingUnitEvent::CATALOGUE,
        ProductEvent::CATALOGUE,
        ReviewEvent::CATALOGUE,
        WarehouseEvent::CATALOGUE,
        SupplierEvent::CATALOGUE,
        ReorderEvent::CATALOGUE,
        StockEvent::CATALOGUE,
        OrderEvent::CATALOGUE,
        ReturnEvent::CATALOGUE,
        AccountEvent::CATALOGUE,
        AddressBookEvent::CATALOGUE,
        StockAlertsEvent::CATALOGUE,
        AlertRegisterEvent::CATALOGUE,
        NeededItemEvent::CATALOGUE,
        LoyaltyAccountEvent::CATALOGUE,
        LoyaltyProgramEvent::CATALOGUE,
        PromotionEvent::CATALOGUE,
        CouponEvent::CATALOGUE,
        PriceListEvent::CATALOGUE,
        CompanyEvent::CATALOGUE,
        PayoutEvent::CATALOGUE,
        SettlementEvent::CATALOGUE,
    ];
    for (name, _) in catalogues.into_iter().flatten() {
        assert!(seen.contains(name), "{name} does not occur");
    }
    let known: BTreeSet<&str> = catalogues.into_iter().flatten().map(|(name, _)| *name).collect();
    for projection in projections::all() {
        for name in projection.event_types() {
            assert!(known.contains(name), "{} takes {name}, which is no event", projection.name());
        }
    }
}

async fn compare(pool: &PgPool, expected: &Expected) {
    let pool = &pool.clone();
    let none = &ProductFilter::default();
    let products = all(|page| async move {
        product_list::list(pool, none, Sort::ascending(ProductSort::Sku), &page).await
    })
    .await;
    let products: BTreeMap<_, _> = products.into_iter().map(|row| (row.id, row)).collect();
    assert_eq!(products, expected.products);
    for id in expected.products.keys().take(5) {
        assert_eq!(product_list::get(pool, *id).await.unwrap().as_ref(), products.get(id));
    }
    compare_stock(pool, expected).await;
    let none = &OrderFilter::default();
    let orders = all(|page| async move {
        order_list::list(pool, none, Sort::descending(OrderSort::Total), &page).await
    })
    .await;
    assert!(orders.is_sorted_by(|a, b| a.total.minor() >= b.total.minor()));
    let orders: BTreeMap<_, _> = orders.into_iter().map(|row| (row.id, row)).collect();
    assert_eq!(orders, expected.orders);
    for (id, lines) in &expected.lines {
        let detail = order_list::detail(pool, *id).await.unwrap().unwrap();
        assert_eq!((&detail.order, &detail.lines), (&expected.orders[id], lines));
    }
    let none = &ReturnFilter::default();
    let returns = all(|page| async move { return_list::list(pool, none, &page).await }).await;
    let returns: BTreeMap<_, _> = returns.into_iter().map(|row| (row.id, row)).collect();
    assert_eq!(returns, expected.returns);
    for (id, lines) in &expected.return_lines {
        assert_eq!(&return_list::lines_of(pool, *id).await.unwrap(), lines);
    }
    let none = &AccountFilter::default();
    let accounts = all(|page| async move { accounts::list(pool, none, &page).await }).await;
    let accounts: BTreeMap<_, _> = accounts.into_iter().map(|row| (row.id, row)).collect();
    assert_eq!(accounts, expected.accounts);
    compare_sales(pool, expected).await;
}

async fn compare_stock(pool: &PgPool, expected: &Expected) {
    let mut found = BTreeMap::new();
    for id in expected.products.keys() {
        for row in stock_levels::stock_of(pool, *id).await.unwrap().by_warehouse {
            assert_eq!(row.available, row.on_hand - row.reserved - row.held);
            assert_eq!(row.product_available, expected.products[id].available);
            found.insert((row.product, row.warehouse), [row.on_hand, row.reserved, row.held, row.threshold]);
        }
    }
    assert_eq!(found, expected.stock);
    let warehouses = all(|page| async move { stock_levels::warehouses(pool, &[], &page).await }).await;
    let found: BTreeMap<_, _> = warehouses
        .into_iter()
        .map(|row| (row.id, (row.code, row.status == stock_levels::WarehouseStatus::Open)))
        .collect();
    assert_eq!(found, expected.warehouses);
    let oldest_first = &MovementFilter { newest_first: false, ..MovementFilter::default() };
    let moved = all(|page| async move { stock_history::history(pool, oldest_first, &page).await }).await;
    assert!(moved.is_sorted_by_key(|row| (row.position, row.warehouse)));
    let mut moved: Vec<_> = moved
        .iter()
        .map(|row| {
            (
                row.position,
                row.product,
                row.warehouse,
                row.event_type.as_str(),
                [row.delta_on_hand, row.delta_reserved, row.delta_held],
                [row.on_hand, row.reserved, row.held],
            )
        })
        .collect();
    moved.sort();
    let mut wanted = expected.moved.clone();
    wanted.sort();
    assert_eq!(moved, wanted);
}

async fn compare_sales(pool: &PgPool, expected: &Expected) {
    let day = |text: &str| text.parse::<NaiveDate>().unwrap();
    let filter = SalesFilter {
        from: day("2010-01-01"),
        to: day("2011-12-31"),
        country: None,
        currency: None,
    };
    let mut by_day: BTreeMap<(NaiveDate, &str), [i128; 8]> = BTreeMap::new();
    let mut by_country: BTreeMap<(&str, &str), [i128; 8]> = BTreeMap::new();
    let add = |sum: &mut [i128; 8], figures: &[i128; 8]| {
        for (sum, figure) in sum.iter_mut().zip(figures) {
            *sum += figure;
        }
    };
    for ((day, country, currency), figures) in &expected.days {
        add(by_day.entry((*day, currency)).or_default(), figures);
        add(by_country.entry((country, currency)).or_default(), figures);
    }
    let plain = |figures: &sales::SalesFigures| {
        [
            figures.orders.into(),
            figures.order_lines.into(),
            figures.units_sold.into(),
            figures.gross.minor,
            figures.credits.into(),
            figures.credit_lines.into(),
            figures.units_returned.into(),
            -figures.credited.minor,
        ]
    };
    let days = sales::by_period(pool, &filter, Period::Day).await.unwrap();
    let found: BTreeMap<_, _> =
        days.iter().map(|row| ((row.start, row.figures.currency.code()), plain(&row.figures))).collect();
    assert_eq!(found, by_day);
    let countries = sales::by_country(pool, &filter).await.unwrap();
    let found: BTreeMap<_, _> = countries
        .iter()
        .map(|row| {
            ((row.country.as_deref().unwrap_or_default(), row.figures.currency.code()), plain(&row.figures))
        })
        .collect();
    assert_eq!(found, by_country);
    let totals = sales::totals(pool, &filter).await.unwrap();
    assert_eq!((totals.adjustments, totals.units_adjusted), (expected.adjustments, expected.units_adjusted));
    let net: i128 = expected.days.values().map(|figures| figures[2] - figures[6]).sum();
    assert_eq!(i128::from(totals.net_units()), net + i128::from(expected.units_adjusted));
    compare_products_sold(pool, expected, &filter).await;
}

/// Lines by product: units and amounts sold and returned.
async fn compare_products_sold(pool: &PgPool, expected: &Expected, filter: &SalesFilter) {
    let mut wanted: BTreeMap<(String, &str), [i128; 4]> = BTreeMap::new();
    for row in expected.orders.values() {
        if row.status == domain::orders::OrderStatus::Cancelled {
            continue;
        }
        for line in &expected.lines[&row.id] {
            let sum = wanted.entry((line.sku.clone(), row.currency().code())).or_default();
            sum[0] += i128::from(line.quantity);
            sum[1] += i128::from(line.total.minor() - line.discount.minor());
        }
    }
    let credited = |row: &&return_list::ReturnRow| row.credit_number.is_some();
    for row in expected.returns.values().filter(credited) {
        for line in &expected.return_lines[&row.id] {
            let sum = wanted.entry((line.sku.clone(), row.total.currency().code())).or_default();
            sum[2] += i128::from(line.quantity);
            sum[3] += i128::from(line.total.minor());
        }
    }
    let products = sales::by_product(pool, filter, sales::BestBy::Units, 1_000).await.unwrap();
    assert!(products.is_sorted_by(|a, b| a.net_units >= b.net_units));
    let found: BTreeMap<_, _> = products
        .iter()
        .map(|row| {
            let sold = row.gross.minor - row.discount.minor;
            let figures = [
                row.units_sold.into(),
                sold,
                row.units_returned.into(),
                -row.credited.minor,
            ];
            ((row.sku.clone(), row.currency.code()), figures)
        })
        .collect();
    assert_eq!(found, wanted);
}
