//! Filling the tables.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    decider::Decider,
    orders::{Return, ReturnEvent, ReturnStatus},
};
use event_store::{
    RecordedEvent,
    copy::CopyRows,
    subscription::{Projection, ProjectionError},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::fold::stream_id;

/// The read model `return_list`.
#[derive(Debug)]
pub struct ReturnList;

const RETURN_COLUMNS: &[&str] = &[
    "id",
    "order_id",
    "customer",
    "external_id",
    "country",
    "status",
    "currency",
    "exponent",
    "total",
    "reason",
    "rejection_reason",
    "warehouse",
    "credit_number",
    "line_count",
    "version",
    "requested_at",
    "recorded_at",
    "updated_at",
];

const LINE_COLUMNS: &[&str] = &[
    "return_id",
    "number",
    "product",
    "sku",
    "quantity",
    "unit_price_micros",
    "total",
    "sold_in_order",
    "sold_in_line",
];

#[async_trait]
impl Projection for ReturnList {
    fn name(&self) -> &'static str {
        "return_list"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "ReturnRequested",
            "ReturnApproved",
            "ReturnReceived",
            "CreditIssued",
            "ReturnRejected",
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
        let mut requested: HashMap<Uuid, (&ReturnEvent, &RecordedEvent)> = HashMap::new();
        let mut changes: HashMap<Uuid, Change> = HashMap::new();
        for event in batch.iter().filter(|event| event.aggregate_type == Return::KIND) {
            let (id, change) = (stream_id(event)?, event.typed::<ReturnEvent>()?);
            if let ReturnEvent::ReturnRequested { .. } = change {
                requested.insert(id, (change, event));
            }
            changes.entry(id).or_default().apply(change, event);
        }
        let new: HashSet<Uuid> = requested.keys().copied().collect();
        let mut returns = CopyRows::into_table("returns", RETURN_COLUMNS);
        let mut lines = CopyRows::into_table("return_lines", LINE_COLUMNS);
        for (id, (request, event)) in requested {
            if let Some(change) = changes.get(&id) {
                write_return(&mut returns, id, request, event, change);
                write_lines(&mut lines, id, request);
            }
        }
        returns.send(&mut *connection).await?;
        lines.send(&mut *connection).await?;
        changes.retain(|id, _| !new.contains(id));
        update(connection, &changes).await?;
        Ok(())
    }
}

/// What a batch does to one return; what is `None` stays.
struct Change {
    status: ReturnStatus,
    rejection_reason: Option<String>,
    warehouse: Option<Uuid>,
    credit_number: Option<i64>,
    version: i64,
    updated_at: DateTime<Utc>,
}

impl Default for Change {
    fn default() -> Self {
        Self {
            status: ReturnStatus::Requested,
            rejection_reason: None,
            warehouse: None,
            credit_number: None,
            version: 0,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }
}

impl Change {
    fn apply(&mut self, change: &ReturnEvent, event: &RecordedEvent) {
        match change {
            ReturnEvent::ReturnRequested { .. } => self.status = ReturnStatus::Requested,
            ReturnEvent::ReturnApproved => self.status = ReturnStatus::Approved,
            ReturnEvent::ReturnReceived { warehouse } => {
                self.status = ReturnStatus::Received;
                self.warehouse = Some(warehouse.as_uuid());
            }
            ReturnEvent::CreditIssued { credit_number } => {
                self.status = ReturnStatus::Credited;
                self.credit_number = i64::try_from(*credit_number).ok();
            }
            ReturnEvent::ReturnRejected { reason } => {
                self.status = ReturnStatus::Rejected;
                self.rejection_reason = Some(reason.as_str().to_owned());
            }
        }
        self.version = event.sequence;
        self.updated_at = event.recorded_at;
    }
}

fn write_return(
    copy: &mut CopyRows,
    id: Uuid,
    request: &ReturnEvent,
    event: &RecordedEvent,
    change: &Change,
) {
    let ReturnEvent::ReturnRequested { order, customer, external_id, country, lines, total, reason } =
        request
    else {
        return;
    };
    copy.row()
        .uuid(id)
        .maybe_uuid(order.map(|id| id.as_uuid()))
        .maybe_uuid(customer.map(|id| id.as_uuid()))
        .maybe_text(external_id.as_ref().map(|text| text.as_str()))
        .maybe_text(country.as_ref().map(|text| text.as_str()))
        .text(change.status.as_str())
        .text(total.currency().code())
        .int2(total.currency().exponent().into())
        .int8(total.minor())
        .text(reason.as_str())
        .maybe_text(change.rejection_reason.as_deref())
        .maybe_uuid(change.warehouse)
        .maybe_int8(change.credit_number)
        .int4(i32::try_from(lines.len()).unwrap_or(i32::MAX))
        .int8(change.version)
        .time(event.effective_at())
        .time(event.recorded_at)
        .time(change.updated_at);
}

fn write_lines(copy: &mut CopyRows, id: Uuid, request: &ReturnEvent) {
    let ReturnEvent::ReturnRequested { lines, .. } = request else {
        return;
    };
    for line in lines {
        copy.row()
            .uuid(id)
            .int4(line.number.into())
            .uuid(line.product.as_uuid())
            .text(line.sku.as_str())
            .int8(line.quantity.get().into())
            .int8(line.unit_price.micros())
            .int8(line.total.minor())
            .maybe_uuid(line.sold_in.map(|sold| sold.order.as_uuid()))
            .maybe_int4(line.sold_in.map(|sold| sold.line.into()));
    }
}

/// The changing columns of returns of earlier batches, all in one statement.
async fn update(connection: &mut PgConnection, changes: &HashMap<Uuid, Change>) -> Result<(), sqlx::Error> {
    if changes.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update returns r set status = c.status, \
                rejection_reason = coalesce(c.rejection_reason, r.rejection_reason), \
                warehouse = coalesce(c.warehouse, r.warehouse), \
                credit_number = coalesce(c.credit_number, r.credit_number), \
                version = c.version, updated_at = c.updated_at \
         from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::bigint[], $6::bigint[], \
                     $7::timestamptz[]) \
              as c (id, status, rejection_reason, warehouse, credit_number, version, updated_at) \
         where r.id = c.id",
    )
    .bind(changes.keys().copied().collect::<Vec<_>>())
    .bind(changes.values().map(|change| change.status.as_str()).collect::<Vec<_>>())
    .bind(changes.values().map(|change| change.rejection_reason.as_deref()).collect::<Vec<_>>())
    .bind(changes.values().map(|change| change.warehouse).collect::<Vec<_>>())
    .bind(changes.values().map(|change| change.credit_number).collect::<Vec<_>>())
    .bind(changes.values().map(|change| change.version).collect::<Vec<_>>())
    .bind(changes.values().map(|change| change.updated_at).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
