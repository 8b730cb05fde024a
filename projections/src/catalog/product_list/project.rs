//! Filling the tables.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    catalog::{Product, ProductEvent},
    decider::Decider,
    inventory::{Stock, StockEvent},
    vendors::{Company, CompanyEvent},
};
use event_store::{
    RecordedEvent,
    subscription::{Projection, ProjectionError},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::rows::write_products;
use crate::fold::stream_id;

/// The read model `product_list`.
#[derive(Debug)]
pub struct ProductList;

#[async_trait]
impl Projection for ProductList {
    fn name(&self) -> &'static str {
        "product_list"
    }

    fn version(&self) -> u32 {
        3
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "ProductRegistered",
            "ProductDescribed",
            "ProductRepriced",
            "MinimumOrderQuantitySet",
            "ProductPresented",
            "SustainabilityStated",
            "ProductDiscontinued",
            "StockReceived",
            "StockAdjusted",
            "StockReserved",
            "StockReleased",
            "StockDeducted",
            "StockReturned",
            "StockWasted",
            "StockHeld",
            "HoldReleased",
            "CompanyDeactivated",
            "CompanyReactivated",
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
        let mut available: HashMap<Uuid, i64> = HashMap::new();
        let mut companies: HashMap<Uuid, bool> = HashMap::new();
        let mut changes: Vec<(Uuid, &ProductEvent, &RecordedEvent)> = Vec::new();
        for event in batch {
            match event.aggregate_type.as_str() {
                Product::KIND => changes.push((stream_id(event)?, event.typed()?, event)),
                Stock::KIND => {
                    let stock: &StockEvent = event.typed()?;
                    let mut delta = 0_i64;
                    stock.each_movement(|movement| delta = delta.saturating_add(movement.available()));
                    if delta != 0 {
                        let sum = available.entry(stream_id(event)?).or_default();
                        *sum = sum.saturating_add(delta);
                    }
                }
                Company::KIND => {
                    if let Some(is_active) = standing(event.typed()?) {
                        companies.insert(stream_id(event)?, is_active);
                    }
                }
                _ => {}
            }
        }
        write_products(connection, &changes).await?;
        write_companies(connection, companies).await?;
        write_stock(connection, available).await
    }
}

/// Whether a company sells from this event on, where it says so.
const fn standing(event: &CompanyEvent) -> Option<bool> {
    match event {
        CompanyEvent::CompanyDeactivated { .. } => Some(false),
        CompanyEvent::CompanyReactivated => Some(true),
        CompanyEvent::CompanyRegistered { .. }
        | CompanyEvent::CompanyDescribed { .. }
        | CompanyEvent::CommissionSet { .. }
        | CompanyEvent::DeliveryFeesSet { .. } => None,
    }
}

async fn write_companies(
    connection: &mut PgConnection,
    companies: HashMap<Uuid, bool>,
) -> Result<(), ProjectionError> {
    if companies.is_empty() {
        return Ok(());
    }
    let (companies, active): (Vec<Uuid>, Vec<bool>) = companies.into_iter().unzip();
    sqlx::query(
        "insert into companies (company, is_active) select * from unnest($1::uuid[], $2::boolean[]) \
         on conflict (company) do update set is_active = excluded.is_active",
    )
    .bind(companies)
    .bind(active)
    .execute(connection)
    .await?;
    Ok(())
}

async fn write_stock(
    connection: &mut PgConnection,
    available: HashMap<Uuid, i64>,
) -> Result<(), ProjectionError> {
    if available.is_empty() {
        return Ok(());
    }
    let (products, deltas): (Vec<Uuid>, Vec<i64>) = available.into_iter().unzip();
    sqlx::query(
        "insert into product_stock (product, available) select * from unnest($1::uuid[], $2::bigint[]) \
         on conflict (product) do update set available = product_stock.available + excluded.available",
    )
    .bind(products)
    .bind(deltas)
    .execute(connection)
    .await?;
    Ok(())
}
