//! Filling the tables. Lists change rarely, so those that a batch touches are read, changed and written as wholes; their
//! prices only when they are new.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    decider::Decider,
    ids::PriceListId,
    pricing::{PriceList, PriceListEvent, PriceListTerms},
};
use event_store::{
    RecordedEvent,
    copy::CopyRows,
    subscription::{Projection, ProjectionError},
};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::{PriceListRow, queries::COLUMNS};
use crate::fold::{json, orphan, stream_id};

/// The read model `price_lists`.
#[derive(Debug)]
pub struct PriceLists;

const WRITTEN: &[&str] = &[
    "id",
    "name",
    "customers",
    "groups",
    "currency",
    "valid_from",
    "valid_until",
    "priority",
    "prices",
    "ended",
    "retire_reason",
    "version",
    "created_at",
    "updated_at",
];

/// What a batch makes of the lists that it touches.
#[derive(Default)]
struct Touched<'a> {
    lists: BTreeMap<Uuid, PriceListRow>,
    /// Those whose prices are new.
    priced: BTreeMap<Uuid, &'a PriceListTerms>,
}

#[async_trait]
impl Projection for PriceLists {
    fn name(&self) -> &'static str {
        "price_lists"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["PriceListCreated", "PriceListRevised", "PriceListRetired"]
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
        let mut facts: Vec<(Uuid, &PriceListEvent, &RecordedEvent)> = Vec::new();
        for event in batch.iter().filter(|event| event.aggregate_type == PriceList::KIND) {
            facts.push((stream_id(event)?, event.typed()?, event));
        }
        if facts.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = facts.iter().map(|(id, ..)| *id).collect();
        let mut touched = Touched { lists: take(connection, &ids).await?, ..Touched::default() };
        for (id, change, event) in facts {
            touched.apply(id, change, event)?;
        }
        write_lists(connection, &touched).await?;
        write_prices(connection, &touched).await?;
        Ok(())
    }
}

/// The rows of these lists; they are written anew at the end of the batch.
async fn take(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, PriceListRow>, sqlx::Error> {
    let rows = sqlx::query(&format!("delete from price_lists p where id = any($1) returning {COLUMNS}"))
        .bind(ids)
        .fetch_all(connection)
        .await?;
    rows.iter().map(|row| PriceListRow::from_row(row).map(|row| (row.id.as_uuid(), row))).collect()
}

impl<'a> Touched<'a> {
    fn apply(
        &mut self,
        id: Uuid,
        change: &'a PriceListEvent,
        event: &RecordedEvent,
    ) -> Result<(), ProjectionError> {
        let known = self.lists.remove(&id);
        let row = match change {
            PriceListEvent::PriceListCreated { terms } => {
                self.priced.insert(id, terms);
                row_of(id, terms, event)
            }
            PriceListEvent::PriceListRevised { terms } => {
                let known = known.ok_or_else(|| orphan(event))?;
                self.priced.insert(id, terms);
                PriceListRow { created_at: known.created_at, ..row_of(id, terms, event) }
            }
            PriceListEvent::PriceListRetired { reason } => PriceListRow {
                retired: true,
                retire_reason: reason.as_ref().map(|reason| reason.as_str().to_owned()),
                version: event.sequence,
                updated_at: event.recorded_at,
                ..known.ok_or_else(|| orphan(event))?
            },
        };
        self.lists.insert(id, row);
        Ok(())
    }
}

fn row_of(id: Uuid, terms: &PriceListTerms, event: &RecordedEvent) -> PriceListRow {
    PriceListRow {
        id: PriceListId::from_uuid(id),
        name: terms.name.clone(),
        customers: terms.audience.customers.iter().copied().collect(),
        groups: terms.audience.groups.iter().cloned().collect(),
        currency: terms.currency,
        validity: terms.validity,
        priority: terms.priority.into(),
        prices: i32::try_from(terms.prices.len()).unwrap_or(i32::MAX),
        retired: false,
        retire_reason: None,
        version: event.sequence,
        created_at: event.recorded_at,
        updated_at: event.recorded_at,
    }
}

async fn write_lists(connection: &mut PgConnection, touched: &Touched<'_>) -> Result<(), sqlx::Error> {
    let mut copy = CopyRows::into_table("price_lists", WRITTEN);
    for row in touched.lists.values() {
        let customers: Vec<Option<Uuid>> = row.customers.iter().map(|id| Some(id.as_uuid())).collect();
        let groups: Vec<&str> = row.groups.iter().map(|group| group.as_str()).collect();
        copy.row()
            .uuid(row.id.as_uuid())
            .text(&json(&row.name))
            .uuids(&customers)
            .texts(&groups)
            .text(row.currency.code())
            .time(row.validity.from)
            .maybe_time(row.validity.until)
            .int4(row.priority)
            .int4(row.prices)
            .bool(row.retired)
            .maybe_text(row.retire_reason.as_deref())
            .int8(row.version)
            .time(row.created_at)
            .time(row.updated_at);
    }
    copy.send(connection).await
}

async fn write_prices(connection: &mut PgConnection, touched: &Touched<'_>) -> Result<(), sqlx::Error> {
    if touched.priced.is_empty() {
        return Ok(());
    }
    sqlx::query("delete from list_prices where list = any($1)")
        .bind(touched.priced.keys().copied().collect::<Vec<_>>())
        .execute(&mut *connection)
        .await?;
    let columns = ["list", "product", "from_quantity", "unit_price_micros"];
    let mut copy = CopyRows::into_table("list_prices", &columns);
    for (list, terms) in &touched.priced {
        for price in &terms.prices {
            copy.row()
                .uuid(*list)
                .uuid(price.product.as_uuid())
                .int8(price.from_quantity.get().into())
                .int8(price.unit_price.micros());
        }
    }
    copy.send(connection).await
}
