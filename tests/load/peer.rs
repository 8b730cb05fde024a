//! The write path in process, and the same commands through plain cqrs-es and postgres-es.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use commands::{
    Call,
    orders::{LineProduct, NewLine, NewOrder, Orders},
};
use cqrs_es::{AggregateError, CqrsFramework, persist::PersistedEventStore};
use domain::{
    decider::Decider,
    ids::{OrderId, ProductId, WarehouseId},
    inventory::{Allocation, Stock, StockCommand},
    money::{Currency, Money, UnitPrice},
    orders::{Fulfilment, Order, OrderCommand, PaymentMethod, PlaceLine, PlaceOrder},
    quantity::Quantity,
    text::Sku,
};
use event_store::{Log, LogOptions, cqrs::Root, ids};
use sqlx::{Connection, PgConnection, postgres::PgPoolOptions};

use crate::{baseline::with_database, stage::vault};

/// Orders per second through `Orders::place`, the best of several numbers of clients.
pub(crate) async fn ours(
    url: &str,
    data_dir: &std::path::Path,
    products: &Arc<Vec<ProductId>>,
    time: Duration,
) -> Result<f64> {
    let log = Log::open(LogOptions::new(url.parse()?)).await?;
    let orders = Orders::new(log.clone(), vault(&log, data_dir).await?);
    // A node that has just started reads each product's stock once; that is a start's cost, not the write path's.
    for both in products.chunks(2) {
        let lines = both.iter().map(|product| line(*product, Quantity::ONE)).collect();
        orders.place(&Call::system(), order_of(lines)).await?;
    }
    let mut best = 0.0_f64;
    for clients in [64, 256] {
        let (orders, products) = (orders.clone(), Arc::clone(products));
        let place = move |pick: u64| {
            let (orders, lines) = (orders.clone(), pair(&products, pick));
            async move {
                let lines = lines.map(|(product, quantity)| line(product, quantity));
                orders.place(&Call::system(), order_of(lines.to_vec())).await?;
                anyhow::Ok(())
            }
        };
        best = best.max(rate(clients, time, place).await?);
    }
    log.close().await;
    Ok(best)
}

fn line(product: ProductId, quantity: Quantity) -> NewLine {
    NewLine { product: LineProduct::Id(product), quantity, hold: None }
}

fn order_of(lines: Vec<NewLine>) -> NewOrder {
    NewOrder {
        customer: None,
        external_id: None,
        country: None,
        zone: None,
        address: None,
        fulfilment: Fulfilment::Delivery,
        payment_method: PaymentMethod::Invoice,
        lines,
        preferred: vec![],
        coupons: vec![],
        promotions: vec![],
    }
}

const TABLES: &str = "
    create table events (
        aggregate_type text not null, aggregate_id text not null, sequence bigint check (sequence >= 0) not null,
        event_type text not null, event_version text not null, payload json not null, metadata json not null,
        primary key (aggregate_type, aggregate_id, sequence));
    create table snapshots (
        aggregate_type text not null, aggregate_id text not null, last_sequence bigint not null,
        current_snapshot bigint not null, payload json not null,
        primary key (aggregate_type, aggregate_id, last_sequence))";

/// The same orders, one aggregate after the other, each in its own transaction: what the two libraries offer.
pub(crate) async fn theirs(url: &str, products: &Arc<Vec<ProductId>>, time: Duration) -> Result<f64> {
    let mut server = PgConnection::connect(url).await?;
    sqlx::query("drop database if exists souk_peer with (force)").execute(&mut server).await?;
    sqlx::query("create database souk_peer").execute(&mut server).await?;
    let pool = PgPoolOptions::new().max_connections(48).connect(&with_database(url, "souk_peer")?).await?;
    sqlx::raw_sql(TABLES).execute(&pool).await?;
    let warehouse = WarehouseId::from_uuid(ids::uuid());
    let stock = Arc::new(framework::<Stock>(&pool));
    let order = Arc::new(framework::<Order>(&pool));
    for product in products.iter() {
        let quantity = Quantity::new(500_000_000).unwrap_or(Quantity::ONE);
        let receive = StockCommand::Receive { warehouse, quantity, reference: None, lot: None };
        stock.execute(&product.stream(), receive).await?;
    }
    let mut best = 0.0_f64;
    for clients in [8, 16, 32] {
        let (stock, order, products) = (Arc::clone(&stock), Arc::clone(&order), Arc::clone(products));
        let place = move |pick: u64| {
            let (stock, order, lines) = (Arc::clone(&stock), Arc::clone(&order), pair(&products, pick));
            async move { place_plainly(&stock, &order, warehouse, lines).await }
        };
        best = best.max(rate(clients, time, place).await?);
    }
    pool.close().await;
    sqlx::query("drop database if exists souk_peer with (force)").execute(&mut server).await?;
    Ok(best)
}

type Plain<D> = CqrsFramework<Root<D>, PersistedEventStore<postgres_es::PostgresEventRepository, Root<D>>>;

fn framework<D: Decider>(pool: &sqlx::PgPool) -> Plain<D>
where
    D::Command: Send,
    D::Event: PartialEq + std::fmt::Debug,
{
    let repository = postgres_es::PostgresEventRepository::new(pool.clone());
    CqrsFramework::new(PersistedEventStore::new_event_store(repository), vec![], ())
}

async fn place_plainly(
    stock: &Plain<Stock>,
    orders: &Plain<Order>,
    warehouse: WarehouseId,
    lines: [(ProductId, Quantity); 2],
) -> Result<()> {
    let order = OrderId::from_uuid(ids::uuid());
    for (product, quantity) in lines {
        loop {
            let now = ids::now();
            let reserve = StockCommand::Reserve { order, quantity, preferred: vec![], hold: None, now };
            match stock.execute(&product.stream(), reserve).await {
                Err(AggregateError::AggregateConflict) => {}
                other => break other?,
            }
        }
    }
    let zero = Money::zero(Currency::GBP);
    let sku = Sku::parse("BENCH")?;
    let lines = lines.map(|(product, quantity)| PlaceLine {
        product,
        sku: sku.clone(),
        quantity,
        unit_price: UnitPrice::from_micros(12_500_000, Currency::GBP),
        tax: None,
        company: None,
        allocations: vec![Allocation { warehouse, quantity }],
    });
    let place = PlaceOrder {
        customer: None,
        external_id: None,
        country: None,
        zone: None,
        delivery_address: None,
        device: None,
        fulfilment: Fulfilment::Delivery,
        payment_method: PaymentMethod::Invoice,
        currency: Currency::GBP,
        lines: lines.to_vec(),
        discounts: Vec::new(),
        discount: zero,
        delivery: zero,
        tax: zero,
        cash_step: None,
        terms: Vec::new(),
    };
    Ok(orders.execute(&order.stream(), OrderCommand::Place(place)).await?)
}

/// Two different products, and how many of each.
fn pair(products: &[ProductId], pick: u64) -> [(ProductId, Quantity); 2] {
    let count = products.len();
    let first = usize::try_from(pick >> 33).unwrap_or(0) % count;
    let second = (first + 1 + usize::try_from(pick >> 13 & 0xFFFF).unwrap_or(0) % (count - 1)) % count;
    let two = Quantity::new(2).unwrap_or(Quantity::ONE);
    [(products[first], two), (products[second], Quantity::ONE)]
}

/// Calls `work` from `clients` tasks for `time`; how often per second it was done.
async fn rate<W, F>(clients: u64, time: Duration, work: W) -> Result<f64>
where
    W: Fn(u64) -> F + Clone + Send + 'static,
    F: Future<Output = Result<()>> + Send,
{
    let done = Arc::new(AtomicU64::new(0));
    let started = Instant::now();
    let tasks: Vec<_> = (0..clients)
        .map(|client| {
            let (work, done) = (work.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let mut pick = client + 1;
                while started.elapsed() < time {
                    pick =
                        pick.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    work(pick).await?;
                    done.fetch_add(1, Ordering::Relaxed);
                }
                anyhow::Ok(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(done.load(Ordering::Relaxed) as f64 / started.elapsed().as_secs_f64())
}
