//! Filling the tables.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    customers::{AddressBook, AddressBookEvent},
    decider::Decider,
    ids::AddressId,
    sealed::Sealed,
    text::{Country, Zone},
};
use event_store::{
    RecordedEvent,
    subscription::{Projection, ProjectionError},
};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{fold::stream_id, sealed::sealed_text};

/// The read model `address_list`.
#[derive(Debug)]
pub struct AddressList;

#[async_trait]
impl Projection for AddressList {
    fn name(&self) -> &'static str {
        "address_list"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "AddressAdded",
            "AddressRevised",
            "AddressRemoved",
            "DefaultAddressChosen",
            "AccountErased",
        ]
    }

    fn tables(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn indexes(&self) -> &'static str {
        include_str!("indexes.sql")
    }

    async fn project(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), ProjectionError> {
        let mut changes = Changes::default();
        for event in batch {
            let customer = stream_id(event)?;
            if event.aggregate_type == AddressBook::KIND {
                changes.add(customer, event.typed::<AddressBookEvent>()?, event);
            } else {
                changes.erase(customer);
            }
        }
        changes.write(connection).await?;
        Ok(())
    }
}

struct Address<'a> {
    customer: Uuid,
    country: Option<&'a Country>,
    zone: Option<&'a Zone>,
    details: &'a Sealed,
    event: Uuid,
    /// When the batch first saw it: what counts where it was not there before.
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(Default)]
struct Book {
    /// As the batch leaves it, where it says anything.
    default: Option<Option<Uuid>>,
    version: i64,
}

/// What a batch does. Nothing follows the erasure of a customer.
#[derive(Default)]
struct Changes<'a> {
    addresses: HashMap<Uuid, Address<'a>>,
    removed: HashSet<Uuid>,
    books: HashMap<Uuid, Book>,
    erased: HashSet<Uuid>,
}

impl<'a> Changes<'a> {
    fn add(&mut self, customer: Uuid, change: &'a AddressBookEvent, event: &'a RecordedEvent) {
        let book = self.books.entry(customer).or_default();
        book.version = event.sequence;
        match change {
            AddressBookEvent::AddressAdded { address, country, zone, details }
            | AddressBookEvent::AddressRevised { address, country, zone, details } => {
                let known = self.addresses.get(&address.as_uuid()).map(|address| address.created_at);
                let changed = Address {
                    customer,
                    country: country.as_ref(),
                    zone: zone.as_ref(),
                    details,
                    event: event.metadata.event_id,
                    created_at: known.unwrap_or(event.recorded_at),
                    updated_at: event.recorded_at,
                };
                self.addresses.insert(address.as_uuid(), changed);
            }
            AddressBookEvent::AddressRemoved { address } => {
                self.addresses.remove(&address.as_uuid());
                self.removed.insert(address.as_uuid());
                if book.default == Some(Some(address.as_uuid())) {
                    book.default = Some(None);
                }
            }
            AddressBookEvent::DefaultAddressChosen { address } => {
                book.default = Some(Some(AddressId::as_uuid(address)));
            }
        }
    }

    fn erase(&mut self, customer: Uuid) {
        self.addresses.retain(|_, address| address.customer != customer);
        self.books.remove(&customer);
        self.erased.insert(customer);
    }

    async fn write(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let removed: Vec<Uuid> = self.removed.iter().copied().collect();
        let erased: Vec<Uuid> = self.erased.iter().copied().collect();
        sqlx::query("delete from addresses where id = any($1) or customer = any($2)")
            .bind(&removed)
            .bind(&erased)
            .execute(&mut *connection)
            .await?;
        sqlx::query("delete from address_books where customer = any($1)")
            .bind(&erased)
            .execute(&mut *connection)
            .await?;
        self.write_addresses(connection).await?;
        self.write_books(connection).await?;
        // The default that went without another in its place.
        sqlx::query("update address_books set default_address = null where default_address = any($1)")
            .bind(&removed)
            .execute(connection)
            .await?;
        Ok(())
    }

    async fn write_addresses(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let rows: Vec<(&Uuid, &Address<'_>)> = self.addresses.iter().collect();
        let details =
            rows.iter().map(|(_, row)| sealed_text(Some(row.details))).collect::<Result<Vec<_>, _>>()?;
        sqlx::query(
            "insert into addresses as a (id, customer, country, zone, details, details_event, created_at, updated_at) \
             select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], \
                                  $7::timestamptz[], $8::timestamptz[]) \
             on conflict (id) do update set \
                 country = excluded.country, zone = excluded.zone, details = excluded.details, \
                 details_event = excluded.details_event, updated_at = excluded.updated_at",
        )
        .bind(rows.iter().map(|(id, _)| **id).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, row)| row.customer).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, row)| row.country.map(Country::as_str)).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, row)| row.zone.map(Zone::as_str)).collect::<Vec<_>>())
        .bind(details)
        .bind(rows.iter().map(|(_, row)| row.event).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, row)| row.created_at).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, row)| row.updated_at).collect::<Vec<_>>())
        .execute(connection)
        .await
        .map(drop)
    }

    async fn write_books(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let rows: Vec<(&Uuid, &Book)> = self.books.iter().collect();
        sqlx::query(
            "insert into address_books as b (customer, default_address, version) \
             select w.customer, w.chosen, w.version \
               from unnest($1::uuid[], $2::uuid[], $3::bigint[]) w (customer, chosen, version) \
             on conflict (customer) do update set \
                 default_address = coalesce(excluded.default_address, b.default_address), version = excluded.version",
        )
        .bind(rows.iter().map(|(customer, _)| **customer).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, book)| book.default.flatten()).collect::<Vec<_>>())
        .bind(rows.iter().map(|(_, book)| book.version).collect::<Vec<_>>())
        .execute(connection)
        .await
        .map(drop)
    }
}
