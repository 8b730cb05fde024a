//! The demo's story, told to a log of its own.
#![cfg(test)]

use std::time::{Duration, Instant};

use api::demo;
use commands::{
    identity::{Identity, IdentityOptions, KeySource},
    vault::{MasterKeySource, Vault, VaultOptions},
};
use domain::{
    catalog::Product,
    decider::Decider,
    identity::{Account, Role},
    inventory::Stock,
    orders::{Order, OrderState, OrderStatus, Return, ReturnState, ReturnStatus},
    pricing::{Coupon, Promotion},
    vendors::{Company, CompanyState},
};
use event_store::{AsOf, EventFilter, Log, LogOptions};
use souk_tests::TestDatabase;

struct Shop {
    log: Log,
    identity: Identity,
    _keys: tempfile::TempDir,
    _database: TestDatabase,
}

impl Shop {
    async fn open() -> Self {
        let database = TestDatabase::create().await;
        let keys = tempfile::tempdir().unwrap();
        let log = Log::open(LogOptions::new(database.url().parse().unwrap())).await.unwrap();
        let source = KeySource::File(keys.path().join("key.pem"));
        let master_key = MasterKeySource::File(keys.path().join("master-key"));
        let options = VaultOptions::new(master_key, keys.path().join("erasures.jsonl"));
        let vault = Vault::open(log.pool().clone(), options).await.unwrap();
        let identity = Identity::open(log.clone(), source, IdentityOptions::default(), vault).await.unwrap();
        Self { log, identity, _keys: keys, _database: database }
    }

    async fn seed(&self) -> bool {
        demo::seed(&self.log, &self.identity).await.unwrap()
    }

    /// The states of every stream of a kind.
    async fn all<D: Decider>(&self) -> Vec<D::State> {
        let filter = EventFilter {
            aggregate_type: Some(D::KIND.to_owned()),
            ..EventFilter::default()
        };
        let events = self.log.reader().read(&filter, usize::MAX).await.unwrap();
        let mut states = Vec::new();
        for first in events.iter().filter(|event| event.sequence == 1) {
            states.push(self.log.reader().load::<D>(&first.aggregate_id, AsOf::Now).await.unwrap().state);
        }
        states
    }
}

#[tokio::test]
async fn a_second_start_adds_nothing() {
    let shop = Shop::open().await;
    let began = Instant::now();
    assert!(shop.seed().await);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    let head = shop.log.reader().head();
    assert!(!shop.seed().await);
    assert_eq!(shop.log.reader().refresh_head().await.unwrap(), head);
    shop.log.close().await;
}

#[tokio::test]
async fn a_seeding_that_was_cut_off_is_completed() {
    let shop = Shop::open().await;
    let seeding = demo::seed(&shop.log, &shop.identity);
    drop(tokio::time::timeout(Duration::from_millis(300), seeding).await);
    shop.seed().await;
    assert_eq!(shop.all::<Account>().await.len(), demo::ACCOUNTS.len());
    assert_eq!(shop.all::<Order>().await.len(), 12);
    // As after a kill just before the end, long after the usual time for repeats.
    let repeatable: i64 =
        sqlx::query_scalar("select count(*) from commands where expires_at > now() + interval '50 years'")
            .fetch_one(shop.log.pool())
            .await
            .unwrap();
    assert!(repeatable > 100, "{repeatable}");
    shop.log.close().await;
}

#[tokio::test]
async fn it_shows_every_role_and_every_state() {
    let shop = Shop::open().await;
    shop.seed().await;
    let roles = [
        Role::SuperAdmin,
        Role::LocationAdmin,
        Role::StoreManager,
        Role::Vendor,
        Role::Customer,
        Role::Driver,
        Role::Analyst,
        Role::Auditor,
    ];
    for role in roles {
        assert!(demo::ACCOUNTS.iter().any(|account| account.role == role), "{role:?}");
    }
    assert!(shop.all::<Company>().await.iter().all(CompanyState::is_active));
    let orders = shop.all::<Order>().await;
    let vendors_lines = || orders.iter().flat_map(OrderState::lines).filter(|line| line.company.is_some());
    assert!(vendors_lines().count() > 0 && vendors_lines().all(|line| line.commission.is_some()));
    for status in OrderStatus::ALL {
        assert!(orders.iter().any(|order| order.status() == Some(*status)), "{status}");
    }
    let is_partly_shipped = |order: &&OrderState| {
        order.part_status(1) == Some(OrderStatus::Shipped) && order.status() == Some(OrderStatus::Processing)
    };
    assert_eq!(orders.iter().filter(is_partly_shipped).count(), 1);
    let returns = shop.all::<Return>().await;
    let mut statuses: Vec<_> = returns.iter().filter_map(ReturnState::status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [ReturnStatus::Requested, ReturnStatus::Credited]);
    let products = shop.all::<Product>().await;
    assert!(products.len() >= 30 && products.iter().any(|product| !product.is_active()));
    assert_eq!((shop.all::<Promotion>().await.len(), shop.all::<Coupon>().await.len()), (2, 1));
    assert!(orders.iter().all(|order| order.discounts().is_empty()), "they were placed before");
    let stocks = shop.all::<Stock>().await;
    assert!(stocks.iter().any(|stock| stock.available() == 0), "something is out of stock");
    shop.log.close().await;
}
