//! Filling the tables.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use async_trait::async_trait;
use domain::{
    catalog::{Product, ProductEvent},
    decider::Decider,
    inventory::{Stock, StockEvent, Warehouse, WarehouseEvent},
};
use event_store::{
    RecordedEvent,
    subscription::{Projection, ProjectionError},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::WarehouseStatus;
use crate::{
    catalog::product_list::ProductStatus,
    columns::Word,
    fold::{orphan, stream_id},
};

/// The read model `stock_levels`.
#[derive(Debug)]
pub struct StockLevels;

#[async_trait]
impl Projection for StockLevels {
    fn name(&self) -> &'static str {
        "stock_levels"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "ProductRegistered",
            "ProductDescribed",
            "ProductDiscontinued",
            "WarehouseOpened",
            "WarehouseClosed",
            "StockReceived",
            "StockAdjusted",
            "StockReserved",
            "StockReleased",
            "StockDeducted",
            "StockReturned",
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
                Warehouse::KIND => changes.warehouse(stream_id(event)?, event.typed()?, event)?,
                Stock::KIND => changes.stock(stream_id(event)?, event.typed()?),
                _ => {}
            }
        }
        changes.write_levels(connection).await?;
        changes.write_thresholds(connection).await?;
        changes.write_products(connection).await?;
        changes.write_warehouses(connection).await
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
    discontinued: bool,
}

struct Opened<'a> {
    event: &'a WarehouseEvent,
    status: WarehouseStatus,
    version: i64,
    opened_at: chrono::DateTime<chrono::Utc>,
}

/// What a batch changes, by row.
#[derive(Default)]
struct Changes<'a> {
    /// Sorted, so that neighbours in the index are written together.
    levels: BTreeMap<(Uuid, Uuid), Delta>,
    thresholds: HashMap<(Uuid, Uuid), i64>,
    products: HashMap<Uuid, ProductChange<'a>>,
    opened: HashMap<Uuid, Opened<'a>>,
    /// Closed warehouses that an earlier batch opened, with their versions.
    closed: HashMap<Uuid, i64>,
}

impl<'a> Changes<'a> {
    fn stock(&mut self, product: Uuid, event: &StockEvent) {
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
            ProductEvent::ProductRegistered { sku, details, .. } => {
                let change = self.products.entry(id).or_default();
                change.sku = Some(sku.as_str());
                change.title = Some(&details.title);
            }
            ProductEvent::ProductDescribed { details } => {
                self.products.entry(id).or_default().title = Some(&details.title);
            }
            ProductEvent::ProductDiscontinued { reason: _ } => {
                self.products.entry(id).or_default().discontinued = true;
            }
            ProductEvent::ProductRepriced { .. }
            | ProductEvent::MinimumOrderQuantitySet { .. }
            | ProductEvent::ProductPresented { .. }
            | ProductEvent::SustainabilityStated { .. } => {}
        }
    }

    fn warehouse(
        &mut self,
        id: Uuid,
        event: &'a WarehouseEvent,
        recorded: &RecordedEvent,
    ) -> Result<(), ProjectionError> {
        match event {
            WarehouseEvent::WarehouseOpened { .. } => {
                if recorded.sequence != 1 {
                    return Err(orphan(recorded));
                }
                self.opened.insert(
                    id,
                    Opened {
                        event,
                        status: WarehouseStatus::Open,
                        version: recorded.sequence,
                        opened_at: recorded.recorded_at,
                    },
                );
            }
            WarehouseEvent::WarehouseClosed { reason: _ } => match self.opened.get_mut(&id) {
                Some(opened) => {
                    opened.status = WarehouseStatus::Closed;
                    opened.version = recorded.sequence;
                }
                None => {
                    self.closed.insert(id, recorded.sequence);
                }
            },
        }
        Ok(())
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
        for (id, change) in &self.products {
            let title = change.title.map(serde_json::to_string).transpose();
            let discontinued = change.discontinued.then(|| ProductStatus::Discontinued.word());
            ids.push(*id);
            skus.push(change.sku);
            titles.push(title.map_err(|error| sqlx::Error::Encode(Box::new(error)))?);
            statuses.push(discontinued);
        }
        sqlx::query(
            "with change as (\
                 select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as t (id, sku, title, status)\
             ), changed as (\
                 update products p set title = coalesce(c.title::json, p.title), \
                                       status = coalesce(c.status, p.status) \
                 from change c where p.id = c.id and c.sku is null\
             ) \
             insert into products (id, sku, title, status) \
             select id, sku, title::json, coalesce(status, 'active') from change where sku is not null",
        )
        .bind(ids)
        .bind(skus)
        .bind(titles)
        .bind(statuses)
        .execute(connection)
        .await?;
        Ok(())
    }

    /// Warehouses are few, and open and close seldom: a statement for each.
    async fn write_warehouses(&self, connection: &mut PgConnection) -> Result<(), ProjectionError> {
        for (id, opened) in &self.opened {
            let WarehouseEvent::WarehouseOpened { code, name, country, zones } = opened.event else {
                continue;
            };
            sqlx::query(
                "insert into warehouses (id, code, name, country, zones, status, version, opened_at) \
                 values ($1, $2, $3::text::json, $4, $5, $6, $7, $8)",
            )
            .bind(id)
            .bind(code.as_str())
            .bind(serde_json::to_string(name).map_err(|error| sqlx::Error::Encode(Box::new(error)))?)
            .bind(country.as_ref().map(|country| country.as_str()))
            .bind(zones.iter().map(|zone| zone.as_str()).collect::<Vec<&str>>())
            .bind(opened.status.word())
            .bind(opened.version)
            .bind(opened.opened_at)
            .execute(&mut *connection)
            .await?;
        }
        for (id, version) in &self.closed {
            sqlx::query("update warehouses set status = $2, version = $3 where id = $1")
                .bind(id)
                .bind(WarehouseStatus::Closed.word())
                .bind(version)
                .execute(&mut *connection)
                .await?;
        }
        Ok(())
    }
}
