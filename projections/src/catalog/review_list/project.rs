//! Filling the table. The reviews that a batch touches are read, changed and written as wholes.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use domain::{
    catalog::{Review, ReviewEvent, ReviewStatus},
    decider::Decider,
    ids::{EventId, ReviewId},
};
use event_store::{
    RecordedEvent,
    subscription::{Projection, ProjectionError},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::ReviewRow;
use crate::{
    columns::Word,
    fold::{orphan, stream_id},
    sealed::sealed_text,
};

/// The read model `review_list`.
#[derive(Debug)]
pub struct ReviewList;

#[async_trait]
impl Projection for ReviewList {
    fn name(&self) -> &'static str {
        "review_list"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "ReviewWritten",
            "ReviewRevised",
            "ReviewPublished",
            "ReviewRejected",
            "ReviewFlagged",
            "ReviewRemoved",
            "AccountErased",
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
        let mut changes: Vec<(Uuid, &ReviewEvent, &RecordedEvent)> = Vec::new();
        let mut erased: HashSet<Uuid> = HashSet::new();
        for event in batch {
            if event.aggregate_type == Review::KIND {
                changes.push((stream_id(event)?, event.typed()?, event));
            } else {
                erased.insert(stream_id(event)?);
            }
        }
        if !changes.is_empty() {
            write(connection, &changes).await?;
        }
        if !erased.is_empty() {
            // Nobody writes after the erasure, so what the batch wrote came before it.
            sqlx::query("update reviews set content = null where customer = any($1) and content is not null")
                .bind(erased.into_iter().collect::<Vec<_>>())
                .execute(connection)
                .await?;
        }
        Ok(())
    }
}

async fn write(
    connection: &mut PgConnection,
    changes: &[(Uuid, &ReviewEvent, &RecordedEvent)],
) -> Result<(), ProjectionError> {
    let ids: Vec<Uuid> = changes.iter().map(|(id, ..)| *id).collect();
    let stored: Vec<ReviewRow> = sqlx::query_as(
        "delete from reviews where id = any($1) returning id, product, customer, rating, content, content_event, purchase, \
         status, reason, flags, version, created_at, updated_at",
    )
    .bind(&ids)
    .fetch_all(&mut *connection)
    .await?;
    let mut rows: BTreeMap<Uuid, ReviewRow> = stored.into_iter().map(|row| (row.id.as_uuid(), row)).collect();
    for (id, change, event) in changes {
        match change {
            ReviewEvent::ReviewWritten { product, customer, rating, content, purchase } => {
                let row = ReviewRow {
                    id: ReviewId::from_uuid(*id),
                    product: *product,
                    customer: *customer,
                    rating: *rating,
                    content: Some(content.clone()),
                    event: EventId::from_uuid(event.metadata.event_id),
                    purchase: *purchase,
                    status: ReviewStatus::Pending,
                    reason: None,
                    flags: Vec::new(),
                    version: event.sequence,
                    created_at: event.recorded_at,
                    updated_at: event.recorded_at,
                };
                rows.insert(*id, row);
            }
            ReviewEvent::ReviewRemoved => {
                rows.remove(id).ok_or_else(|| orphan(event))?;
            }
            ReviewEvent::ReviewRevised { .. }
            | ReviewEvent::ReviewPublished
            | ReviewEvent::ReviewRejected { .. }
            | ReviewEvent::ReviewFlagged { .. } => {
                let row = rows.get_mut(id).ok_or_else(|| orphan(event))?;
                advance(row, change, event);
            }
        }
    }
    insert(connection, &rows.into_values().collect::<Vec<_>>()).await?;
    Ok(())
}

fn advance(row: &mut ReviewRow, change: &ReviewEvent, event: &RecordedEvent) {
    match change {
        // Handled by the caller: they make the row, and take it away.
        ReviewEvent::ReviewWritten { .. } | ReviewEvent::ReviewRemoved => {}
        ReviewEvent::ReviewRevised { rating, content, purchase } => {
            row.rating = *rating;
            row.content = Some(content.clone());
            row.event = EventId::from_uuid(event.metadata.event_id);
            row.purchase = *purchase;
            settle(row, ReviewStatus::Pending, None);
        }
        ReviewEvent::ReviewPublished => settle(row, ReviewStatus::Published, None),
        ReviewEvent::ReviewRejected { reason } => {
            settle(row, ReviewStatus::Rejected, Some(reason.as_str().to_owned()));
        }
        ReviewEvent::ReviewFlagged { customer: _, reason } => row.flags.push(*reason),
    }
    row.version = event.sequence;
    row.updated_at = event.recorded_at;
}

fn settle(row: &mut ReviewRow, status: ReviewStatus, reason: Option<String>) {
    row.status = status;
    row.reason = reason;
    row.flags.clear();
}

async fn insert(connection: &mut PgConnection, rows: &[ReviewRow]) -> Result<(), sqlx::Error> {
    let contents = rows.iter().map(|row| sealed_text(row.content.as_ref())).collect::<Result<Vec<_>, _>>()?;
    // Words have no commas, and an array cannot hold arrays of different lengths.
    let flags = |row: &ReviewRow| row.flags.iter().map(|flag| flag.word()).collect::<Vec<_>>().join(",");
    sqlx::query(
        "insert into reviews (id, product, customer, rating, content, content_event, purchase, status, reason, flags, \
                              version, created_at, updated_at) \
         select w.id, w.product, w.customer, w.rating, w.content, w.event, w.purchase, w.status, w.reason, \
                case when w.flags = '' then '{}' else string_to_array(w.flags, ',') end, \
                w.version, w.created_at, w.updated_at \
           from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::smallint[], $5::text[], $6::uuid[], $7::uuid[], \
                       $8::text[], $9::text[], $10::text[], $11::bigint[], $12::timestamptz[], $13::timestamptz[]) \
                w (id, product, customer, rating, content, event, purchase, status, reason, flags, version, \
                   created_at, updated_at)",
    )
    .bind(rows.iter().map(|row| row.id.as_uuid()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.product.as_uuid()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.customer.as_uuid()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| i16::from(row.rating.stars())).collect::<Vec<_>>())
    .bind(contents)
    .bind(rows.iter().map(|row| row.event.as_uuid()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.purchase.map(|order| order.as_uuid())).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.status.word()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.reason.as_deref()).collect::<Vec<_>>())
    .bind(rows.iter().map(flags).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.version).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.created_at).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.updated_at).collect::<Vec<_>>())
    .execute(connection)
    .await
    .map(drop)
}
