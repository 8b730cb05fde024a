//! Filling the table of warehouses and stores.

use domain::inventory::{StoreFront, StoreStatus, WarehouseEvent};
use event_store::{RecordedEvent, subscription::ProjectionError};
use sqlx::{PgConnection, Postgres, postgres::PgArguments, query::Query};
use uuid::Uuid;

use super::WarehouseStatus;
use crate::{columns::Word, fold::orphan};

/// What a batch changes of warehouses, in the order in which it happened.
#[derive(Default)]
pub(super) struct PlaceChanges<'a>(Vec<(Uuid, &'a WarehouseEvent, &'a RecordedEvent)>);

impl<'a> PlaceChanges<'a> {
    pub(super) fn add(
        &mut self,
        id: Uuid,
        event: &'a WarehouseEvent,
        recorded: &'a RecordedEvent,
    ) -> Result<(), ProjectionError> {
        if matches!(event, WarehouseEvent::WarehouseOpened { .. }) != (recorded.sequence == 1) {
            return Err(orphan(recorded));
        }
        self.0.push((id, event, recorded));
        Ok(())
    }

    /// Warehouses are few and change seldom: a statement for each change.
    pub(super) async fn write(&self, connection: &mut PgConnection) -> Result<(), ProjectionError> {
        for (id, event, recorded) in &self.0 {
            statement(*id, event, recorded)?.execute(&mut *connection).await?;
        }
        Ok(())
    }
}

fn statement<'a>(
    id: Uuid,
    event: &'a WarehouseEvent,
    recorded: &RecordedEvent,
) -> Result<Query<'a, Postgres, PgArguments>, sqlx::Error> {
    let zones_of =
        |zones: &'a [domain::text::Zone]| zones.iter().map(|zone| zone.as_str()).collect::<Vec<_>>();
    let query = match event {
        WarehouseEvent::WarehouseOpened { code, name, country, zones } => sqlx::query(
            "insert into warehouses (id, version, code, name, country, zones, status, opened_at) \
             values ($1, $2, $3, $4::text::json, $5, $6, $7, $8)",
        )
        .bind(id)
        .bind(recorded.sequence)
        .bind(code.as_str())
        .bind(json(name)?)
        .bind(country.as_ref().map(|country| country.as_str()))
        .bind(zones_of(zones))
        .bind(WarehouseStatus::Open.word())
        .bind(recorded.recorded_at),
        WarehouseEvent::WarehouseRevised { name, country, zones } => sqlx::query(
            "update warehouses set version = $2, name = $3::text::json, country = $4, zones = $5 where id = $1",
        )
        .bind(id)
        .bind(recorded.sequence)
        .bind(json(name)?)
        .bind(country.as_ref().map(|country| country.as_str()))
        .bind(zones_of(zones)),
        WarehouseEvent::WarehouseLogisticsSet { location, shipping } => sqlx::query(
            "update warehouses set version = $2, latitude_e6 = $3, longitude_e6 = $4, shipping = $5::text::json \
             where id = $1",
        )
        .bind(id)
        .bind(recorded.sequence)
        .bind(location.map(|place| place.latitude_e6))
        .bind(location.map(|place| place.longitude_e6))
        .bind(json(shipping)?),
        WarehouseEvent::StoreOpened { front } => {
            front_of(id, recorded, front)?.bind(Some(StoreStatus::Open.word()))
        }
        WarehouseEvent::StoreRevised { front } => front_of(id, recorded, front)?.bind(None::<&str>),
        WarehouseEvent::StoreStatusSet { status, reason: _ } => {
            sqlx::query("update warehouses set version = $2, store_status = $3 where id = $1")
                .bind(id)
                .bind(recorded.sequence)
                .bind(status.word())
        }
        WarehouseEvent::WarehouseClosed { reason: _ } => sqlx::query(
            "update warehouses set version = $2, status = $3, \
                    store_status = case when store_status is not null then $4 end where id = $1",
        )
        .bind(id)
        .bind(recorded.sequence)
        .bind(WarehouseStatus::Closed.word())
        .bind(StoreStatus::Closed.word()),
    };
    Ok(query)
}

/// Lacks the store's status, which stays as it is where that is null.
fn front_of<'a>(
    id: Uuid,
    recorded: &RecordedEvent,
    front: &'a StoreFront,
) -> Result<Query<'a, Postgres, PgArguments>, sqlx::Error> {
    let query = sqlx::query(
        "update warehouses set version = $2, time_zone = $3, hours = $4::text::json, radius_m = $5, \
                store_status = coalesce($6, store_status) where id = $1",
    );
    let query = query.bind(id).bind(recorded.sequence).bind(front.time_zone.as_str());
    Ok(query.bind(json(&front.hours)?).bind(i64::from(front.radius_m)))
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}
