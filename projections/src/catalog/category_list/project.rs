//! Filling the tables. Categories are few and change rarely, so those that a batch touches are read, changed and
//! written as wholes.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    catalog::{Category, CategoryEvent},
    decider::Decider,
    ids::CategoryId,
};
use event_store::{
    RecordedEvent,
    copy::CopyRows,
    subscription::{Projection, ProjectionError},
};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::{CategoryRow, queries::COLUMNS};
use crate::fold::{json, orphan, stream_id};

/// The read model `category_list`.
#[derive(Debug)]
pub struct CategoryList;

const WRITTEN: &[&str] = &[
    "id",
    "parent",
    "name",
    "slug",
    "description",
    "image",
    "sort_order",
    "shown_on_home",
    "active",
    "version",
    "created_at",
    "updated_at",
];

/// What a batch makes of the categories and slugs that it touches.
#[derive(Default)]
struct Touched {
    categories: BTreeMap<Uuid, CategoryRow>,
    slugs: BTreeMap<String, Uuid>,
}

#[async_trait]
impl Projection for CategoryList {
    fn name(&self) -> &'static str {
        "category_list"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "CategoryCreated",
            "CategoryDescribed",
            "CategoryMoved",
            "CategoryRemoved",
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
        let mut facts: Vec<(Uuid, &CategoryEvent, &RecordedEvent)> = Vec::with_capacity(batch.len());
        for event in batch.iter().filter(|event| event.aggregate_type == Category::KIND) {
            facts.push((stream_id(event)?, event.typed()?, event));
        }
        if facts.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = facts.iter().map(|(id, ..)| *id).collect();
        let mut touched = take(connection, &ids).await?;
        for (id, change, event) in facts {
            apply(&mut touched, id, change, event)?;
        }
        write(connection, &touched).await
    }
}

/// The rows of these categories; they are written anew at the end of the batch.
async fn take(connection: &mut PgConnection, ids: &[Uuid]) -> Result<Touched, sqlx::Error> {
    let rows = sqlx::query(&format!("delete from categories c where id = any($1) returning {COLUMNS}"))
        .bind(ids)
        .fetch_all(&mut *connection)
        .await?;
    let slugs: Vec<(String, Uuid)> =
        sqlx::query_as("delete from category_slugs where category = any($1) returning slug, category")
            .bind(ids)
            .fetch_all(connection)
            .await?;
    let rows = rows.iter().map(|row| CategoryRow::from_row(row).map(|row| (row.id.as_uuid(), row)));
    Ok(Touched {
        categories: rows.collect::<Result<_, _>>()?,
        slugs: slugs.into_iter().collect(),
    })
}

fn apply(
    touched: &mut Touched,
    id: Uuid,
    change: &CategoryEvent,
    event: &RecordedEvent,
) -> Result<(), ProjectionError> {
    match change {
        CategoryEvent::CategoryCreated { details, parent } => {
            let row = CategoryRow {
                id: CategoryId::from_uuid(id),
                parent: *parent,
                details: details.clone(),
                version: event.sequence,
                created_at: event.recorded_at,
                updated_at: event.recorded_at,
            };
            touched.categories.insert(id, row);
            touched.slugs.insert(details.slug.as_str().to_owned(), id);
            return Ok(());
        }
        CategoryEvent::CategoryRemoved => {
            touched.categories.remove(&id).ok_or_else(|| orphan(event))?;
            touched.slugs.retain(|_, category| *category != id);
            return Ok(());
        }
        CategoryEvent::CategoryDescribed { .. } | CategoryEvent::CategoryMoved { .. } => {}
    }
    let row = touched.categories.get_mut(&id).ok_or_else(|| orphan(event))?;
    if let CategoryEvent::CategoryDescribed { details } = change {
        row.details = details.clone();
        touched.slugs.insert(details.slug.as_str().to_owned(), id);
    }
    if let CategoryEvent::CategoryMoved { parent } = change {
        row.parent = *parent;
    }
    row.version = event.sequence;
    row.updated_at = event.recorded_at;
    Ok(())
}

async fn write(connection: &mut PgConnection, touched: &Touched) -> Result<(), ProjectionError> {
    let mut categories = CopyRows::into_table("categories", WRITTEN);
    for row in touched.categories.values() {
        let details = &row.details;
        categories
            .row()
            .uuid(row.id.as_uuid())
            .maybe_uuid(row.parent.map(|parent| parent.as_uuid()))
            .text(&json(&details.name))
            .text(details.slug.as_str())
            .maybe_text(details.description.as_ref().map(json).as_deref())
            .maybe_text(details.image.as_ref().map(json).as_deref())
            .int8(details.sort_order.into())
            .bool(details.shown_on_home)
            .bool(details.active)
            .int8(row.version)
            .time(row.created_at)
            .time(row.updated_at);
    }
    categories.send(&mut *connection).await?;
    let mut slugs = CopyRows::into_table("category_slugs", &["slug", "category"]);
    for (slug, category) in &touched.slugs {
        slugs.row().text(slug).uuid(*category);
    }
    slugs.send(connection).await?;
    Ok(())
}
