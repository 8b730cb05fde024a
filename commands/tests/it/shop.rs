//! A small shop with a log of its own.

use std::{path::Path, sync::Arc};

use commands::{
    Call, Caller, CommandError, Executed, Principal, Refused,
    cart::Carts,
    catalog::Catalog,
    identity::Secret,
    inventory::{Inventory, OpenWarehouse, ReceiveStock},
    orders::{LineProduct, NewLine, NewOrder, OrderAccepted, Orders},
    payouts::Payouts,
    pricing::Pricing,
    vault::{MasterKeySource, Vault, VaultOptions},
    vendors::{NewCompany, Vendors},
};
use domain::{
    catalog::{AttributeValues, Presentation, Prices, ProductDetails, ProductKind, RegisterProduct},
    identity::Role,
    ids::{AccountId, CompanyId, OrderId, ProductId, SessionId, WarehouseId},
    inventory::{Level, Stock},
    money::{BasisPoints, Currency, UnitPrice},
    orders::{Fulfilment, Order, OrderState, PaymentMethod},
    quantity::Quantity,
    text::{Code, LocalizedText, Reason, Sku, Zone},
    vendors::RegisterCompany,
};
use event_store::{AsOf, Log, LogOptions, ids};
use souk_tests::TestDatabase;
use sqlx::postgres::PgConnectOptions;

/// An empty, migrated database; it goes with the last clone.
#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) connect: PgConnectOptions,
    _database: Arc<TestDatabase>,
}

pub(crate) async fn database() -> Database {
    let database = TestDatabase::create().await;
    Database {
        connect: database.url().parse().unwrap(),
        _database: Arc::new(database),
    }
}

pub(crate) struct Shop {
    pub(crate) database: Database,
    pub(crate) log: Log,
    pub(crate) carts: Carts,
    pub(crate) catalog: Catalog,
    pub(crate) inventory: Inventory,
    pub(crate) orders: Orders,
    pub(crate) pricing: Pricing,
    pub(crate) vendors: Vendors,
    pub(crate) payouts: Payouts,
    _folder: Arc<tempfile::TempDir>,
}

/// The master key of every test.
const MASTER_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// A vault with its list of erasures in `folder`.
pub(crate) async fn vault(log: &Log, folder: &Path) -> Vault {
    let active = Secret::new(MASTER_KEY.to_owned());
    let master_key = MasterKeySource::Given { active, retired: Vec::new() };
    let options = VaultOptions::new(master_key, folder.join("erasures.jsonl"));
    Vault::open(log.pool().clone(), options).await.unwrap()
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::on(database().await).await
    }

    /// Another node on the same database.
    pub(crate) async fn beside(&self) -> Self {
        Self::on(self.database.clone()).await
    }

    async fn on(database: Database) -> Self {
        let log = Log::open(LogOptions::new(database.connect.clone())).await.unwrap();
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let vault = vault(&log, folder.path()).await;
        Self {
            _folder: folder,
            database,
            carts: Carts::new(log.clone()),
            catalog: Catalog::new(log.clone()),
            inventory: Inventory::new(log.clone()),
            orders: Orders::new(log.clone(), vault),
            pricing: Pricing::new(log.clone()),
            vendors: Vendors::new(log.clone()),
            payouts: Payouts::new(log.clone()),
            log,
        }
    }

    pub(crate) async fn warehouse(&self, code: &str) -> WarehouseId {
        self.warehouse_in(code, &[]).await
    }

    pub(crate) async fn warehouse_in(&self, code: &str, zones: &[&str]) -> WarehouseId {
        let new = OpenWarehouse {
            code: Code::parse(code).unwrap(),
            name: LocalizedText::single("en", code).unwrap(),
            country: None,
            zones: zones.iter().map(|zone| Zone::parse(zone).unwrap()).collect(),
            location: None,
            shipping: Vec::new(),
        };
        self.inventory.open_warehouse(&Call::system(), new).await.unwrap().result.warehouse
    }

    /// Registers a company that pays 10 percent.
    pub(crate) async fn company(&self, id: CompanyId) {
        let company = RegisterCompany {
            name: LocalizedText::single("en", "Zagros").unwrap(),
            description: None,
            zones: Vec::new(),
            commission_rate: BasisPoints::try_from(1_000).unwrap(),
            delivery_fees: Vec::new(),
        };
        self.vendors.register_company(&Call::system(), NewCompany { id: Some(id), company }).await.unwrap();
    }

    pub(crate) async fn product(&self, sku: &str, price: &str) -> ProductId {
        self.register(new_product(sku, price)).await
    }

    pub(crate) async fn register(&self, new: RegisterProduct) -> ProductId {
        self.catalog.register_product(&Call::system(), new).await.unwrap().result.product
    }

    /// A product with `units` in a new warehouse.
    pub(crate) async fn stocked(&self, sku: &str, price: &str, units: u32) -> (ProductId, WarehouseId) {
        let product = self.product(sku, price).await;
        let warehouse = self.warehouse(&format!("W-{sku}")).await;
        self.receive(product, warehouse, units).await;
        (product, warehouse)
    }

    pub(crate) async fn receive(&self, product: ProductId, warehouse: WarehouseId, units: u32) {
        self.inventory.receive(&Call::system(), arrival(product, warehouse, units)).await.unwrap();
    }

    pub(crate) async fn level(&self, product: ProductId, warehouse: WarehouseId) -> Level {
        let loaded = self.log.reader().load::<Stock>(&product.stream(), AsOf::Now).await.unwrap();
        loaded.state.level(warehouse)
    }

    pub(crate) async fn order(&self, order: OrderId) -> OrderState {
        self.log.reader().load::<Order>(&order.stream(), AsOf::Now).await.unwrap().state
    }

    pub(crate) async fn place(&self, call: &Call, lines: &[(ProductId, u32)]) -> Executed<OrderAccepted> {
        self.orders.place(call, order_of(lines)).await.unwrap()
    }

    pub(crate) async fn events(&self) -> i64 {
        self.log.reader().refresh_head().await.unwrap().position
    }
}

pub(crate) fn new_product(sku: &str, price: &str) -> RegisterProduct {
    RegisterProduct {
        sku: Sku::parse(sku).unwrap(),
        kind: ProductKind::Goods,
        details: ProductDetails {
            title: LocalizedText::single("en", sku).unwrap(),
            description: None,
            categories: Vec::new(),
            tags: Vec::new(),
            barcode: None,
            images: Vec::new(),
            attributes: AttributeValues::new(),
        },
        prices: Prices {
            base: UnitPrice::parse(price, Currency::GBP).unwrap(),
            discounted: None,
            wholesale: None,
        },
        min_order_quantity: Quantity::ONE,
        external_id: None,
        company: None,
        presentation: Presentation::default(),
    }
}

pub(crate) fn arrival(product: ProductId, warehouse: WarehouseId, units: u32) -> ReceiveStock {
    ReceiveStock {
        product,
        warehouse,
        quantity: Quantity::new(units).unwrap(),
        reference: None,
        lot: None,
    }
}

pub(crate) fn line(product: ProductId, units: u32) -> NewLine {
    NewLine::new(LineProduct::Id(product), Quantity::new(units).unwrap())
}

pub(crate) fn order_of(lines: &[(ProductId, u32)]) -> NewOrder {
    NewOrder {
        customer: None,
        external_id: None,
        country: None,
        zone: None,
        address: None,
        fulfilment: Fulfilment::Delivery,
        payment_method: PaymentMethod::Invoice,
        lines: lines.iter().map(|(product, units)| line(*product, *units)).collect(),
        preferred: Vec::new(),
        coupons: Vec::new(),
        promotions: Vec::new(),
    }
}

pub(crate) fn cash(lines: &[(ProductId, u32)]) -> NewOrder {
    NewOrder { payment_method: PaymentMethod::Cash, ..order_of(lines) }
}

pub(crate) fn call_of(role: Role, zones: &[&str], company: Option<CompanyId>) -> Call {
    Call::new(Caller::Account(Principal {
        account: AccountId::from_uuid(ids::uuid()),
        session: SessionId::from_uuid(ids::uuid()),
        role,
        zones: zones.iter().map(|zone| Zone::parse(zone).unwrap()).collect(),
        company,
        key: None,
    }))
}

pub(crate) fn customer() -> Call {
    call_of(Role::Customer, &[], None)
}

pub(crate) fn reason() -> Reason {
    Reason::parse("because").unwrap()
}

#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T, CommandError>) -> Refused {
    match outcome {
        Err(CommandError::Refused(refused)) => refused,
        other => panic!("not refused: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn code<T: std::fmt::Debug>(outcome: Result<T, CommandError>) -> &'static str {
    refused(outcome).code
}
