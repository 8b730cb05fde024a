//! The warehouse, and the products with their opening stock.

use chrono::{DateTime, Utc};
use domain::{
    catalog::{
        AttributeValues, Presentation, Prices, Product, ProductCommand, ProductDetails, ProductKind,
        RegisterProduct,
    },
    ids::{ProductId, WarehouseId},
    inventory::{Stock, StockCommand, Warehouse, WarehouseCommand},
    quantity::Quantity,
    text::{Code, LocalizedText, Reason},
};
use event_store::{Decision, StreamRef};
use serde::{Deserialize, Serialize};

use super::{flow::Step, keys, plan::PlannedProduct};
use crate::{
    catalog::{SKU_SCOPE, candidates, is_goods, product_of, slug_hints, take_own_slug},
    execute::{Ruling, judge, refuse},
    inventory::{CODE_TAKEN, NOT_GOODS, WAREHOUSE_CODE_SCOPE},
};

/// The warehouse of the whole file.
const WAREHOUSE: &str = "MAIN";

/// The most units that one arrival is booked with.
const MAX_ARRIVAL: u64 = 4_000_000_000;

/// What became of a product.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Registered {
    pub(super) product: ProductId,
}

/// Finds the warehouse by its code, or opens it.
pub(super) fn warehouse(at: DateTime<Utc>) -> Step<WarehouseId> {
    let new = keys::warehouse(WAREHOUSE);
    Step::new(keys::named("warehouse", WAREHOUSE, b""), at, move |unit| {
        unit.claims(WAREHOUSE_CODE_SCOPE, WAREHOUSE).reads(StreamRef::of::<Warehouse>(new.stream()))
    })
    .decided(move |decision| {
        if let Some(holder) = decision.holder(WAREHOUSE_CODE_SCOPE, WAREHOUSE)? {
            return match uuid::Uuid::try_parse(&holder) {
                Ok(id) => Ok(WarehouseId::from_uuid(id)),
                Err(_) => refuse(CODE_TAKEN.refusal()),
            };
        }
        let (Ok(code), Ok(name)) = (Code::parse(WAREHOUSE), LocalizedText::single("en", "Main warehouse"))
        else {
            return refuse(CODE_TAKEN.refusal());
        };
        decision.claim(WAREHOUSE_CODE_SCOPE, WAREHOUSE, &new.stream())?;
        let open = WarehouseCommand::Open { code, name, country: None, zones: Vec::new() };
        judge::<Warehouse>(decision, &new.stream(), open)?;
        Ok(new)
    })
}

/// Finds a product by its code or registers it, and books its opening stock. The key holds the file's digest: another
/// file opens with stock of its own.
pub(super) fn product(
    planned: &PlannedProduct,
    opening: u64,
    warehouse: WarehouseId,
    digest: &[u8],
    at: DateTime<Utc>,
) -> Step<Registered> {
    let sku = planned.sku.clone();
    let new = keys::product(sku.as_str());
    let planned = planned.clone();
    let named = sku.clone();
    let slugs =
        registration(&planned).map_or_else(|_| Vec::new(), |it| candidates(&it.details, &it.sku, new));
    let hinted = slugs.clone();
    Step::new(keys::named("product", sku.as_str(), digest), at, move |unit| {
        slug_hints(unit, &hinted)
            .claims(SKU_SCOPE, named.as_str())
            .reads(StreamRef::of::<Product>(new.stream()))
            .reads(StreamRef::of::<Stock>(new.stream()))
    })
    .decided(move |decision| {
        let known = decision.holder(SKU_SCOPE, sku.as_str())?;
        let product = match known.as_deref().and_then(product_of) {
            Some(known) => known,
            None => {
                decision.claim(SKU_SCOPE, sku.as_str(), &new.stream())?;
                let mut product = registration(&planned)?;
                take_own_slug(decision, &mut product.presentation, &slugs, &new.stream())?;
                judge::<Product>(decision, &new.stream(), ProductCommand::Register(product))?;
                new
            }
        };
        receive_opening(decision, product, warehouse, opening)?;
        Ok(Registered { product })
    })
}

fn registration(planned: &PlannedProduct) -> Ruling<RegisterProduct> {
    let title = LocalizedText::single("en", &planned.title)
        .or_else(|_| LocalizedText::single("en", planned.sku.as_str()));
    let Ok(title) = title else {
        return refuse(NOT_GOODS.refusal());
    };
    Ok(RegisterProduct {
        sku: planned.sku.clone(),
        kind: if planned.is_service {
            ProductKind::Service
        } else {
            ProductKind::Goods
        },
        details: ProductDetails {
            title,
            description: None,
            categories: Vec::new(),
            tags: Vec::new(),
            barcode: None,
            images: Vec::new(),
            attributes: AttributeValues::new(),
        },
        prices: Prices { base: planned.price, discounted: None, wholesale: None },
        min_order_quantity: Quantity::ONE,
        external_id: None,
        company: None,
        presentation: Presentation::default(),
    })
}

fn receive_opening(
    decision: &mut Decision<'_>,
    product: ProductId,
    warehouse: WarehouseId,
    opening: u64,
) -> Ruling<()> {
    let id = product.stream();
    if opening == 0 || !is_goods(decision.state::<Product>(&id)?) {
        return Ok(());
    }
    let mut left = opening;
    while left > 0 {
        let arrival = left.min(MAX_ARRIVAL);
        left -= arrival;
        let Some(quantity) = u32::try_from(arrival).ok().and_then(Quantity::new) else {
            break;
        };
        let reference = Reason::parse("opening stock").ok();
        judge::<Stock>(decision, &id, StockCommand::Receive { warehouse, quantity, reference, lot: None })?;
    }
    Ok(())
}
