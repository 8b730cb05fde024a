//! Filling the tables. Units are few and change rarely, so those that a batch touches are read, changed and written as
//! wholes.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    catalog::{Product, SellingUnit, SellingUnitDetails, SellingUnitEvent, Unit, UnitEvent},
    decider::Decider,
    ids::{SellingUnitId, UnitId},
};
use event_store::{
    RecordedEvent,
    copy::CopyRows,
    subscription::{Projection, ProjectionError},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{SellingUnitRow, UnitRow};
use crate::{
    columns::Word,
    fold::{json, orphan, stream_id},
};

/// The read model `unit_list`.
#[derive(Debug)]
pub struct UnitList;

const UNITS: &[&str] = &[
    "id",
    "code",
    "name",
    "symbol",
    "dimension",
    "scale_numerator",
    "scale_denominator",
    "retired",
    "version",
    "created_at",
    "updated_at",
];

const SELLING_UNITS: &[&str] = &[
    "id",
    "product",
    "unit",
    "name",
    "numerator",
    "denominator",
    "price_micros",
    "currency",
    "barcode",
    "sku",
    "retired",
    "version",
    "created_at",
    "updated_at",
];

#[async_trait]
impl Projection for UnitList {
    fn name(&self) -> &'static str {
        "unit_list"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "UnitDefined",
            "UnitRevised",
            "UnitRetired",
            "SellingUnitAdded",
            "SellingUnitRevised",
            "SellingUnitRetired",
            "ProductDiscontinued",
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
        let mut units: Vec<(Uuid, &UnitEvent, &RecordedEvent)> = Vec::new();
        let mut selling: Vec<(Uuid, &SellingUnitEvent, &RecordedEvent)> = Vec::new();
        let mut gone: Vec<Uuid> = Vec::new();
        for event in batch {
            match event.aggregate_type.as_str() {
                Unit::KIND => units.push((stream_id(event)?, event.typed()?, event)),
                SellingUnit::KIND => selling.push((stream_id(event)?, event.typed()?, event)),
                Product::KIND => gone.push(stream_id(event)?),
                _ => {}
            }
        }
        write_units(connection, &units).await?;
        write_selling_units(connection, &selling).await?;
        if !gone.is_empty() {
            let sql = "insert into discontinued select distinct * from unnest($1::uuid[]) on conflict (product) do nothing";
            sqlx::query(sql).bind(gone).execute(connection).await?;
        }
        Ok(())
    }
}

async fn write_units(
    connection: &mut PgConnection,
    changes: &[(Uuid, &UnitEvent, &RecordedEvent)],
) -> Result<(), ProjectionError> {
    if changes.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = changes.iter().map(|(id, ..)| *id).collect();
    let stored: Vec<UnitRow> =
        sqlx::query_as("delete from units where id = any($1) returning id, code, name::text as name, \
                        symbol::text as symbol, dimension, scale_numerator, scale_denominator, retired, version, \
                        created_at, updated_at")
            .bind(&ids)
            .fetch_all(&mut *connection)
            .await?;
    let mut rows: BTreeMap<Uuid, UnitRow> = stored.into_iter().map(|row| (row.id.as_uuid(), row)).collect();
    for (id, change, event) in changes {
        if let UnitEvent::UnitDefined { code, details } = change {
            let row = UnitRow {
                id: UnitId::from_uuid(*id),
                code: code.as_str().to_owned(),
                details: details.clone(),
                retired: false,
                version: event.sequence,
                created_at: event.recorded_at,
                updated_at: event.recorded_at,
            };
            rows.insert(*id, row);
            continue;
        }
        let row = rows.get_mut(id).ok_or_else(|| orphan(event))?;
        match change {
            UnitEvent::UnitDefined { .. } => {}
            UnitEvent::UnitRevised { details } => row.details = details.clone(),
            UnitEvent::UnitRetired => row.retired = true,
        }
        row.version = event.sequence;
        row.updated_at = event.recorded_at;
    }
    let mut copy = CopyRows::into_table("units", UNITS);
    for row in rows.values() {
        copy.row()
            .uuid(row.id.as_uuid())
            .text(&row.code)
            .text(&json(&row.details.name))
            .text(&json(&row.details.symbol))
            .text(row.details.dimension.word())
            .int8(row.details.scale.numerator().into())
            .int8(row.details.scale.denominator().into())
            .bool(row.retired)
            .int8(row.version)
            .time(row.created_at)
            .time(row.updated_at);
    }
    copy.send(connection).await?;
    Ok(())
}

async fn write_selling_units(
    connection: &mut PgConnection,
    changes: &[(Uuid, &SellingUnitEvent, &RecordedEvent)],
) -> Result<(), ProjectionError> {
    if changes.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = changes.iter().map(|(id, ..)| *id).collect();
    let stored: Vec<SellingUnitRow> =
        sqlx::query_as("delete from selling_units where id = any($1) returning id, product, unit, \
                        name::text as name, numerator, denominator, price_micros, currency, barcode, sku, retired, \
                        version, created_at, updated_at")
            .bind(&ids)
            .fetch_all(&mut *connection)
            .await?;
    let mut rows: BTreeMap<Uuid, SellingUnitRow> =
        stored.into_iter().map(|row| (row.id.as_uuid(), row)).collect();
    for (id, change, event) in changes {
        if let SellingUnitEvent::SellingUnitAdded { product, details } = change {
            let mut row = SellingUnitRow {
                id: SellingUnitId::from_uuid(*id),
                product: *product,
                unit: details.unit,
                name: None,
                contains: details.contains,
                price: None,
                barcode: None,
                sku: None,
                retired: false,
                version: event.sequence,
                created_at: event.recorded_at,
                updated_at: event.recorded_at,
            };
            describe(&mut row, details);
            rows.insert(*id, row);
            continue;
        }
        let row = rows.get_mut(id).ok_or_else(|| orphan(event))?;
        match change {
            SellingUnitEvent::SellingUnitAdded { .. } => {}
            SellingUnitEvent::SellingUnitRevised { details } => describe(row, details),
            SellingUnitEvent::SellingUnitRetired => row.retired = true,
        }
        row.version = event.sequence;
        row.updated_at = event.recorded_at;
    }
    let mut copy = CopyRows::into_table("selling_units", SELLING_UNITS);
    for row in rows.values() {
        copy.row()
            .uuid(row.id.as_uuid())
            .uuid(row.product.as_uuid())
            .uuid(row.unit.as_uuid())
            .maybe_text(row.name.as_ref().map(json).as_deref())
            .int8(row.contains.numerator().into())
            .int8(row.contains.denominator().into())
            .maybe_int8(row.price.map(|price| price.micros()))
            .maybe_text(row.price.map(|price| price.currency().code()))
            .maybe_text(row.barcode.as_deref())
            .maybe_text(row.sku.as_deref())
            .bool(row.retired)
            .int8(row.version)
            .time(row.created_at)
            .time(row.updated_at);
    }
    copy.send(connection).await?;
    Ok(())
}

fn describe(row: &mut SellingUnitRow, details: &SellingUnitDetails) {
    row.unit = details.unit;
    row.name.clone_from(&details.name);
    row.contains = details.contains;
    row.price = details.price;
    row.barcode = details.barcode.as_ref().map(|code| code.as_str().to_owned());
    row.sku = details.sku.as_ref().map(|sku| sku.as_str().to_owned());
}
