//! Filling the tables. Companies are few and change rarely, so those that a batch touches are read, changed and
//! written as wholes.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    decider::Decider,
    ids::CompanyId,
    vendors::{Company, CompanyEvent},
};
use event_store::{
    RecordedEvent,
    copy::CopyRows,
    subscription::{Projection, ProjectionError},
};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use super::CompanyRow;
use crate::fold::{json, orphan, stream_id};

/// The read model `company_list`.
#[derive(Debug)]
pub struct CompanyList;

const COMPANY_COLUMNS: &[&str] = &[
    "id",
    "name",
    "description",
    "zones",
    "active",
    "commission_basis_points",
    "delivery_fees",
    "version",
    "registered_at",
    "updated_at",
];

#[async_trait]
impl Projection for CompanyList {
    fn name(&self) -> &'static str {
        "company_list"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "CompanyRegistered",
            "CompanyDescribed",
            "CommissionSet",
            "DeliveryFeesSet",
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
        let mut facts: Vec<(Uuid, &CompanyEvent, &RecordedEvent)> = Vec::with_capacity(batch.len());
        for event in batch.iter().filter(|event| event.aggregate_type == Company::KIND) {
            facts.push((stream_id(event)?, event.typed()?, event));
        }
        let touched: Vec<Uuid> = facts.iter().map(|(id, ..)| *id).collect();
        let mut companies = take(connection, &touched).await?;
        let mut rates =
            CopyRows::into_table("commission_rates", &["company", "position", "basis_points", "since"]);
        for (id, change, event) in facts {
            if let CompanyEvent::CompanyRegistered { commission_basis_points, .. }
            | CompanyEvent::CommissionSet { commission_basis_points } = change
            {
                rates
                    .row()
                    .uuid(id)
                    .int8(event.position)
                    .int4(commission_basis_points.get().into())
                    .time(event.recorded_at);
            }
            apply(&mut companies, id, change, event)?;
        }
        let mut copy = CopyRows::into_table("companies", COMPANY_COLUMNS);
        for company in companies.values() {
            write(&mut copy, company);
        }
        copy.send(&mut *connection).await?;
        rates.send(connection).await?;
        Ok(())
    }
}

/// The rows of these companies; they are written anew at the end of the batch.
async fn take(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, CompanyRow>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = sqlx::query(
        "delete from companies where id = any($1) \
         returning id, name::text as name, description::text as description, zones, active, \
                   commission_basis_points, delivery_fees::text as delivery_fees, version, registered_at, updated_at",
    )
    .bind(ids)
    .fetch_all(connection)
    .await?;
    rows.iter()
        .map(|row| CompanyRow::from_row(row).map(|company| (company.id.as_uuid(), company)))
        .collect()
}

fn apply(
    companies: &mut BTreeMap<Uuid, CompanyRow>,
    id: Uuid,
    change: &CompanyEvent,
    event: &RecordedEvent,
) -> Result<(), ProjectionError> {
    if let CompanyEvent::CompanyRegistered {
        name,
        description,
        zones,
        commission_basis_points,
        delivery_fees,
    } = change
    {
        companies.insert(
            id,
            CompanyRow {
                id: CompanyId::from_uuid(id),
                name: name.clone(),
                description: description.clone(),
                zones: zones.iter().map(|zone| zone.as_str().to_owned()).collect(),
                active: true,
                commission_rate: *commission_basis_points,
                delivery_fees: delivery_fees.clone(),
                version: event.sequence,
                registered_at: event.recorded_at,
                updated_at: event.recorded_at,
            },
        );
        return Ok(());
    }
    let company = companies.get_mut(&id).ok_or_else(|| orphan(event))?;
    match change {
        CompanyEvent::CompanyRegistered { .. } => {}
        CompanyEvent::CompanyDescribed { name, description, zones } => {
            company.name.clone_from(name);
            company.description.clone_from(description);
            company.zones = zones.iter().map(|zone| zone.as_str().to_owned()).collect();
        }
        CompanyEvent::CommissionSet { commission_basis_points } => {
            company.commission_rate = *commission_basis_points;
        }
        CompanyEvent::DeliveryFeesSet { delivery_fees } => company.delivery_fees.clone_from(delivery_fees),
        CompanyEvent::CompanyDeactivated { reason: _ } => company.active = false,
        CompanyEvent::CompanyReactivated => company.active = true,
    }
    company.version = event.sequence;
    company.updated_at = event.recorded_at;
    Ok(())
}

fn write(copy: &mut CopyRows, company: &CompanyRow) {
    let zones: Vec<&str> = company.zones.iter().map(String::as_str).collect();
    copy.row()
        .uuid(company.id.as_uuid())
        .text(&json(&company.name))
        .maybe_text(company.description.as_ref().map(json).as_deref())
        .texts(&zones)
        .bool(company.active)
        .int4(company.commission_rate.get().into())
        .text(&json(&company.delivery_fees))
        .int8(company.version)
        .time(company.registered_at)
        .time(company.updated_at);
}
