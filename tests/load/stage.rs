//! What the load needs to stand on: a warehouse, a thousand products with stock, and customers who can sign in.

use anyhow::{Context, Result};
use commands::{
    Call,
    catalog::Catalog,
    identity::{Email, Identity, IdentityOptions, KeySource, NewAccount, Secret},
    inventory::{Inventory, OpenWarehouse, ReceiveStock},
    vault::{MasterKeySource, Vault, VaultOptions},
};
use domain::{
    catalog::{AttributeValues, Presentation, Prices, ProductDetails, ProductKind, RegisterProduct},
    identity::{PersonalDetails, Role},
    ids::{CategoryId, ProductId, WarehouseId},
    money::{Currency, UnitPrice},
    quantity::Quantity,
    text::{Code, LocalizedText, Sku},
};
use event_store::{Log, LogOptions};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::json;

use crate::client::ask;

pub(crate) const PASSWORD: &str = "correct-horse-battery-9";
pub(crate) const PRODUCTS: usize = 1_000;
pub(crate) const CUSTOMERS: usize = 32;
const STOCK: u32 = 500_000_000;

/// The products, and one access token per customer.
pub(crate) struct Stage {
    pub(crate) products: Vec<ProductId>,
    pub(crate) tokens: Vec<String>,
}

/// Puts everything into the log through the product's own use cases, as a second node.
pub(crate) async fn furnish(database: &str, data_dir: &std::path::Path) -> Result<Vec<ProductId>> {
    let log = Log::open(LogOptions::new(database.parse()?)).await?;
    let warehouse = open_warehouse(&log).await?;
    let products: Vec<ProductId> = stream::iter(0..PRODUCTS)
        .map(|number| product(&log, number, warehouse))
        .buffered(64)
        .try_collect()
        .await?;
    let source = KeySource::File(data_dir.with_file_name("key.pem"));
    let vault = vault(&log, data_dir).await?;
    let identity = Identity::open(log.clone(), source, IdentityOptions::default(), vault).await?;
    for number in 0..CUSTOMERS {
        let account = NewAccount {
            email: Email::parse(&email(number)).map_err(|_| anyhow::anyhow!("address"))?,
            password: Secret::new(PASSWORD.to_owned()),
            role: Role::Customer,
            zones: vec![],
            company: None,
            details: PersonalDetails::default(),
        };
        identity.register_account(&Call::system(), account).await?;
    }
    log.close().await;
    Ok(products)
}

/// The vault of the server whose data folder this is.
pub(crate) async fn vault(log: &Log, data_dir: &std::path::Path) -> Result<Vault> {
    let master_key = MasterKeySource::File(data_dir.join("secrets/master-key"));
    let options = VaultOptions::new(master_key, data_dir.join("erasures.jsonl"));
    Ok(Vault::open(log.pool().clone(), options).await?)
}

pub(crate) fn email(number: usize) -> String {
    format!("customer-{number}@souk.example")
}

async fn open_warehouse(log: &Log) -> Result<WarehouseId> {
    let wanted = OpenWarehouse {
        code: Code::parse("BENCH")?,
        name: LocalizedText::single("en", "Bench")?,
        country: None,
        zones: vec![],
        location: None,
        shipping: Vec::new(),
    };
    Ok(Inventory::new(log.clone()).open_warehouse(&Call::system(), wanted).await?.result.warehouse)
}

async fn product(log: &Log, number: usize, warehouse: WarehouseId) -> Result<ProductId> {
    let product = register(log, &Goods::alike(number)).await?;
    let quantity = Quantity::new(STOCK).context("stock")?;
    let receive = ReceiveStock { product, warehouse, quantity, reference: None, lot: None };
    Inventory::new(log.clone()).receive(&Call::system(), receive).await?;
    Ok(product)
}

/// What a product is called, and where it stands.
pub(crate) struct Goods {
    sku: String,
    titles: [(&'static str, String); 3],
    category: Option<CategoryId>,
    price: i64,
}

impl Goods {
    /// One of many that are called almost the same.
    pub(crate) fn alike(number: usize) -> Self {
        let titles = [
            ("en", "Basmati rice, 5 kg"),
            ("ar", "أرز بسمتي ٥ كغ"),
            ("ku", "برنجی بەسمەتی ٥ کگم"),
        ];
        Self {
            sku: format!("BENCH-{number:04}"),
            titles: titles.map(|(tag, text)| (tag, format!("{text} #{number}"))),
            category: None,
            price: i64::try_from(number).unwrap_or(0),
        }
    }

    /// Of many words, as a real catalogue is.
    pub(crate) fn varied(number: usize, category: CategoryId) -> Self {
        const WHAT: [(&str, &str); 10] = [
            ("Rice", "أرز"),
            ("Olive oil", "زيت زيتون"),
            ("Green tea", "شاي أخضر"),
            ("Dates", "تمر"),
            ("Mountain honey", "عسل جبلي"),
            ("Soap", "صابون"),
            ("Cardamom", "هيل"),
            ("Lentils", "عدس"),
            ("Tomato paste", "معجون طماطم"),
            ("Detergent", "مسحوق غسيل"),
        ];
        const HOW: [(&str, &str); 7] = [
            ("fine", "ناعم"),
            ("family size", "حجم عائلي"),
            ("lavender", "خزامى"),
            ("organic", "عضوي"),
            ("premium", "فاخر"),
            ("classic", "كلاسيكي"),
            ("light", "خفيف"),
        ];
        let ((what, what_ar), (how, how_ar)) = (WHAT[number % WHAT.len()], HOW[number / 10 % HOW.len()]);
        let brand = number / 70;
        Self {
            sku: format!("MANY-{number:06}"),
            titles: [
                ("en", format!("{what} {how}, brand {brand}, {} g", 100 + number % 900)),
                ("ar", format!("{what_ar} {how_ar} علامة {brand}")),
                ("ku", format!("{what} {brand}")),
            ],
            category: Some(category),
            price: i64::try_from(number % 7_919).unwrap_or(0),
        }
    }
}

/// Registers it through the product's own use case.
pub(crate) async fn register(log: &Log, goods: &Goods) -> Result<ProductId> {
    let price = UnitPrice::from_micros(12_500_000 + goods.price * 10_000, Currency::GBP);
    let titles = goods.titles.iter().map(|(tag, text)| ((*tag).to_owned(), text.clone())).collect();
    let new = RegisterProduct {
        sku: Sku::parse(&goods.sku)?,
        kind: ProductKind::Goods,
        details: ProductDetails {
            title: LocalizedText::try_new(titles)?,
            description: None,
            categories: goods.category.into_iter().collect(),
            tags: vec![],
            barcode: None,
            images: vec![],
            attributes: AttributeValues::new(),
        },
        prices: Prices { base: price, discounted: None, wholesale: None },
        min_order_quantity: Quantity::ONE,
        external_id: None,
        company: None,
        presentation: Presentation::default(),
    };
    Ok(Catalog::new(log.clone()).register_product(&Call::system(), new).await?.result.product)
}

/// Signs every customer in.
pub(crate) async fn sign_in(address: &str) -> Result<Vec<String>> {
    let mut tokens = Vec::with_capacity(CUSTOMERS);
    for number in 0..CUSTOMERS {
        let body = json!({ "email": email(number), "password": PASSWORD }).to_string();
        let answer = ask(address, "POST", "/api/v1/auth/login", &[], &body).await?;
        tokens.push(answer["access_token"].as_str().context("no access token")?.to_owned());
    }
    Ok(tokens)
}
