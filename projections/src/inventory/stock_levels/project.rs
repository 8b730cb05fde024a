//! Filling the tables.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use async_trait::async_trait;
use domain::{
    catalog::{Product, ProductEvent},
    decider::Decider,
    inventory::{Stock, StockEvent, Warehouse},
    money::UnitPrice,
};
use event_store::{
    RecordedEvent,
    subscription::{Projection, ProjectionError},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{lots::LotChanges, places::PlaceChanges};
use crate::{catalog::product_list::ProductStatus, columns::Word, fold::stream_id};

/// The read model `stock_levels`.
#[derive(Debug)]
pub struct StockLevels;

#[async_trait]
impl Projection for StockLevels {
    fn name(&self) -> &'static str {
        "stock_levels"
    }

    fn version(&self) -> u32 {
        2
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "ProductRegistered",
            "ProductDescribed",
            "ProductRepriced",
            "ProductDiscontinued",
            "WarehouseOpened",
            "WarehouseRevised",
            "WarehouseLogisticsSet",
            "StoreOpened",
            "StoreRevised",
            "StoreStatusSet",
            "WarehouseClosed",
            "StockReceived",
            "StockAdjusted",
            "StockReserved",
            "StockReleased",
            "StockDeducted",
            "StockReturned",
            "StockTransferred",
            "StockWasted",
            "StockHeld",
            "HoldReleased",
            "StockThresholdSet",
        ]
    }

    fn tables(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn indexes(&self) -> &'static str {
        include_str!("indexes.sql")
    }

    fn views(&self) -> &'static str {
        include_str!("views.sql")
    }

    async fn project(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), ProjectionError> {
        let mut changes = Changes::default();
        for event in batch {
            match event.aggregate_type.as_str() {
                Product::KIND => changes.product(stream_id(event)?, event.typed()?),
                Warehouse::KIND => changes.places.add(stream_id(event)?, event.typed()?, event)?,
                Stock::KIND => changes.stock(stream_id(event)?, event.typed()?),
                _ => {}
            }
        }
        changes.write_levels(connection).await?;
        changes.write_thresholds(connection).await?;
        changes.write_products(connection).await?;
        changes.lots.write(connection).await?;
        changes.places.write(connection).await
    }
}

#[derive(Default)]
struct Delta {
    on_hand: i64,
    reserved: i64,
    held: i64,
}

#[derive(Default)]
struct ProductChange<'a> {
    sku: Option<&'a str>,
    title: Option<&'a domain::text::LocalizedText>,
    base: Option<UnitPrice>,
    discontinued: bool,
}

/// What a batch changes, by row.
#[derive(Default)]
struct Changes<'a> {
    /// Sorted, so that neighbours in the index are written together.
    levels: BTreeMap<(Uuid, Uuid), Delta>,
    thresholds: HashMap<(Uuid, Uuid), i64>,
    products: HashMap<Uuid, ProductChange<'a>>,
    lots: LotChanges<'a>,
    places: PlaceChanges<'a>,
}

impl<'a> Changes<'a> {
    fn stock(&mut self, product: Uuid, event: &'a StockEvent) {
        self.lots.add(product, event);
        event.each_movement(|movement| {
            let delta = self.levels.entry((product, movement.warehouse.as_uuid())).or_default();
            delta.on_hand = delta.on_hand.saturating_add(movement.on_hand);
            delta.reserved = delta.reserved.saturating_add(movement.reserved);
            delta.held = delta.held.saturating_add(movement.held);
        });
        if let StockEvent::StockThresholdSet { warehouse, threshold } = event {
            self.thresholds.insert((product, warehouse.as_uuid()), i64::from(*threshold));
        }
    }

    fn product(&mut self, id: Uuid, event: &'a ProductEvent) {
        match event {
            ProductEvent::ProductRegistered { sku, details, prices, .. } => {
                let change = self.products.entry(id).or_default();
                change.sku = Some(sku.as_str());
                change.title = Some(&details.title);
                change.base = Some(prices.base);
            }
            ProductEvent::ProductRepriced { prices } => {
                self.products.entry(id).or_default().base = Some(prices.base);
            }
            ProductEvent::ProductDescribed { details } => {
                self.products.entry(id).or_default().title = Some(&details.title);
            }
            ProductEvent::ProductDiscontinued { reason: _ } => {
                self.products.entry(id).or_default().discontinued = true;
            }
            ProductEvent::MinimumOrderQuantitySet { .. }
            | ProductEvent::ProductPresented { .. }
            | ProductEvent::SustainabilityStated { .. } => {}
        }
    }

    async fn write_levels(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.levels.is_empty() {
            return Ok(());
        }
        let (products, warehouses): (Vec<Uuid>, Vec<Uuid>) = self.levels.keys().copied().unzip();
        let column = |of: fn(&Delta) -> i64| self.levels.values().map(of).collect::<Vec<i64>>();
        sqlx::query(
            "insert into levels (product, warehouse, on_hand, reserved, held, threshold) \
             select *, 0 from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[]) \
             on conflict (product, warehouse) do update set on_hand = levels.on_hand + excluded.on_hand, \
             reserved = levels.reserved + excluded.reserved, held = levels.held + excluded.held",
        )
        .bind(products)
        .bind(warehouses)
        .bind(column(|delta| delta.on_hand))
        .bind(column(|delta| delta.reserved))
        .bind(column(|delta| delta.held))
        .execute(connection)
        .await?;
        Ok(())
    }

    async fn write_thresholds(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.thresholds.is_empty() {
            return Ok(());
        }
        let (products, warehouses): (Vec<Uuid>, Vec<Uuid>) = self.thresholds.keys().copied().unzip();
        let thresholds: Vec<i64> = self.thresholds.values().copied().collect();
        sqlx::query(
            "insert into levels (product, warehouse, on_hand, reserved, held, threshold) \
             select product, warehouse, 0, 0, 0, threshold \
             from unnest($1::uuid[], $2::uuid[], $3::bigint[]) as t (product, warehouse, threshold) \
             on conflict (product, warehouse) do update set threshold = excluded.threshold",
        )
        .bind(products)
        .bind(warehouses)
        .bind(thresholds)
        .execute(connection)
        .await?;
        Ok(())
    }

    /// A registered product brings all of its columns; a later change only some, and the row exists then.
    async fn write_products(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.products.is_empty() {
            return Ok(());
        }
        let mut ids = Vec::new();
        let mut skus = Vec::new();
        let mut titles = Vec::new();
        let mut statuses = Vec::new();
        let (mut bases, mut currencies) = (Vec::new(), Vec::new());
        for (id, change) in &self.products {
            let title = change.title.map(serde_json::to_string).transpose();
            let discontinued = change.discontinued.then(|| ProductStatus::Discontinued.word());
            ids.push(*id);
            skus.push(change.sku);
            titles.push(title.map_err(|error| sqlx::Error::Encode(Box::new(error)))?);
            statuses.push(discontinued);
            bases.push(change.base.map(UnitPrice::micros));
            currencies.push(change.base.map(|base| base.currency().code()));
        }
        sqlx::query(
            "with change as (\
                 select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[]) \
                      as t (id, sku, title, status, base_micros, currency)\
             ), changed as (\
                 update products p set title = coalesce(c.title::json, p.title), \
                                       status = coalesce(c.status, p.status), \
                                       base_micros = coalesce(c.base_micros, p.base_micros), \
                                       currency = coalesce(c.currency, p.currency) \
                 from change c where p.id = c.id and c.sku is null\
             ) \
             insert into products (id, sku, title, status, base_micros, currency) \
             select id, sku, title::json, coalesce(status, 'active'), base_micros, currency \
             from change where sku is not null",
        )
        .bind(ids)
        .bind(skus)
        .bind(titles)
        .bind(statuses)
        .bind(bases)
        .bind(currencies)
        .execute(connection)
        .await?;
        Ok(())
    }
}
