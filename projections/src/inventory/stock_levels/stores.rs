//! Reading stores.

use chrono::{Datelike, NaiveDateTime, Timelike};
use domain::{
    ids::{ProductId, WarehouseId},
    inventory::{Location, OpeningHours, ShippingEstimate, StoreStatus, Weekday},
    text::LocalizedText,
};
use sqlx::{FromRow, PgPool, QueryBuilder, Row, postgres::PgRow};

use crate::{
    columns::{Columns, Word, words},
    page::{Holds, Key, Order, Page, PageRequest, ReadError},
};

words! {
    StoreStatus { Open = "open", Paused = "paused", Closed = "closed" }
}

/// One store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRow {
    /// Which: the warehouse's id.
    pub id: WarehouseId,
    /// Short unique code.
    pub code: String,
    /// What it is called.
    pub name: LocalizedText,
    /// Where it stands.
    pub country: Option<String>,
    /// Zones that it serves; empty where its radius alone says whom.
    pub zones: Vec<String>,
    /// Its place.
    pub location: Location,
    /// How far around it serves, in metres.
    pub radius_m: i64,
    /// How long goods are on their way from it.
    pub shipping: Vec<ShippingEstimate>,
    /// In which its hours are.
    pub time_zone: String,
    /// When it is open.
    pub hours: Vec<OpeningHours>,
    /// Whether it serves.
    pub status: StoreStatus,
    /// The stream's version.
    pub version: i64,
    /// What time it is there.
    pub local_time: NaiveDateTime,
    /// How far it is from where was asked, in metres along the globe.
    pub distance_m: Option<i64>,
}

impl StoreRow {
    /// It serves, and these are its hours.
    #[must_use]
    pub fn is_open_now(&self) -> bool {
        let minute = self.local_time.hour() * 60 + self.local_time.minute();
        let today = weekday(self.local_time.weekday());
        let has_hours = |hours: &OpeningHours| {
            hours.weekday == today && (u32::from(hours.opens)..u32::from(hours.closes)).contains(&minute)
        };
        self.status == StoreStatus::Open && self.hours.iter().any(has_hours)
    }

    /// Whether it serves an address: one in a zone that it names, or one within its radius. `None` where neither is known.
    #[must_use]
    pub fn serves(&self, zone: Option<&str>) -> Option<bool> {
        let in_zone = zone.map(|zone| self.zones.iter().any(|served| served == zone));
        let in_radius = self.distance_m.map(|distance| distance <= self.radius_m);
        match (in_zone, in_radius) {
            (None, None) => None,
            (in_zone, in_radius) => Some(in_zone.unwrap_or_default() || in_radius.unwrap_or_default()),
        }
    }
}

const fn weekday(day: chrono::Weekday) -> Weekday {
    match day {
        chrono::Weekday::Mon => Weekday::Monday,
        chrono::Weekday::Tue => Weekday::Tuesday,
        chrono::Weekday::Wed => Weekday::Wednesday,
        chrono::Weekday::Thu => Weekday::Thursday,
        chrono::Weekday::Fri => Weekday::Friday,
        chrono::Weekday::Sat => Weekday::Saturday,
        chrono::Weekday::Sun => Weekday::Sunday,
    }
}

impl FromRow<'_, PgRow> for StoreRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id("id", WarehouseId::from_uuid)?,
            code: row.try_get("code")?,
            name: row.json("name")?,
            country: row.try_get("country")?,
            zones: row.try_get("zones")?,
            location: Location {
                latitude_e6: row.try_get("latitude_e6")?,
                longitude_e6: row.try_get("longitude_e6")?,
            },
            radius_m: row.try_get("radius_m")?,
            shipping: row.json("shipping")?,
            time_zone: row.try_get("time_zone")?,
            hours: row.json("hours")?,
            status: row.word("store_status")?,
            version: row.try_get("version")?,
            local_time: row.try_get("local_time")?,
            distance_m: row.try_get("distance_m")?,
        })
    }
}

const COLUMNS: &str = "w.id, w.code, w.name, w.country, w.zones, w.latitude_e6, w.longitude_e6, w.radius_m, \
     w.shipping, w.time_zone, w.hours, w.store_status, w.version, now() at time zone w.time_zone as local_time";

/// The great-circle distance from `from` in whole metres (haversine, mean radius of the earth); null without `from`.
fn push_distance(query: &mut QueryBuilder<'_, sqlx::Postgres>, from: Option<Location>) {
    let Some(from) = from else {
        query.push("null::bigint");
        return;
    };
    query.push("(select round(2 * 6371008.8 * asin(least(1, sqrt(sin((f.lat - p.lat) / 2) ^ 2 ");
    query.push("+ cos(p.lat) * cos(f.lat) * sin((f.lon - p.lon) / 2) ^ 2))))::bigint ");
    query
        .push("from (select radians(")
        .push_bind(from.latitude_e6)
        .push(" / 1e6::float8) as lat, radians(");
    query.push_bind(from.longitude_e6).push(" / 1e6::float8) as lon) f, ");
    query.push("(select radians(w.latitude_e6 / 1e6::float8) as lat, ");
    query.push("radians(w.longitude_e6 / 1e6::float8) as lon) p)");
}

/// One store, also a closed one; with its distance from `from`.
///
/// # Errors
/// When the database fails.
pub async fn store(
    pool: &PgPool,
    id: WarehouseId,
    from: Option<Location>,
) -> Result<Option<StoreRow>, sqlx::Error> {
    let mut query = QueryBuilder::new(format!("select {COLUMNS}, "));
    push_distance(&mut query, from);
    query.push(
        " as distance_m from stock_levels_v2.warehouses w where w.store_status is not null and w.id = ",
    );
    query.push_bind(id.as_uuid());
    query.build_query_as().fetch_optional(pool).await
}

/// The stores that are not closed within `radius_m` metres of `from`, the nearest first; at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn stores_nearby(
    pool: &PgPool,
    from: Location,
    radius_m: u32,
    limit: u16,
) -> Result<Vec<StoreRow>, sqlx::Error> {
    let mut query = QueryBuilder::new(format!("select * from (select {COLUMNS}, "));
    push_distance(&mut query, Some(from));
    query.push(" as distance_m from stock_levels_v2.warehouses w where w.store_status <> ");
    query
        .push_bind(StoreStatus::Closed.word())
        .push(") s where distance_m <= ")
        .push_bind(i64::from(radius_m));
    query.push(" order by distance_m, id limit ").push_bind(i64::from(limit));
    query.build_query_as().fetch_all(pool).await
}

/// A product that a store has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreGoodsRow {
    /// Which.
    pub product: ProductId,
    /// Its code.
    pub sku: String,
    /// What it is called.
    pub title: LocalizedText,
    /// Base units that can be bought: available and not expired.
    pub available: i64,
}

impl FromRow<'_, PgRow> for StoreGoodsRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            product: row.id("product", ProductId::from_uuid)?,
            sku: row.try_get("sku")?,
            title: row.json("title")?,
            available: row.try_get("available")?,
        })
    }
}

/// What a store has: products that are sold and of which something is available there, by id, page by page; only
/// `product` where one is named.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn goods_of_store(
    pool: &PgPool,
    store: WarehouseId,
    product: Option<ProductId>,
    page: &PageRequest,
) -> Result<Page<StoreGoodsRow>, ReadError> {
    let order = Order {
        name: "store.goods",
        column: "g.product::text",
        id: "g.product",
        descending: false,
        holds: Holds::Text,
    };
    let push_filter = |query: &mut QueryBuilder<'_, sqlx::Postgres>| {
        query.push(
            "from (select l.product, p.sku, p.title, l.available - coalesce((\
                 select sum(x.units)::bigint from stock_levels_v2.lots x where x.product = l.product \
                    and x.warehouse = l.warehouse and x.expires_on < (now() at time zone 'UTC')::date), 0) as available \
             from stock_levels_v2.levels l join stock_levels_v2.products p on p.id = l.product \
             where l.level <> 'out' and p.status = 'active' and l.warehouse = ",
        );
        query.push_bind(store.as_uuid()).push(") g where g.available > 0");
        if let Some(product) = product {
            query.push(" and g.product = ").push_bind(product.as_uuid());
        }
    };
    let place = |row: &StoreGoodsRow| {
        let id = row.product.as_uuid();
        (Key::Text(id.to_string()), id)
    };
    order.page(pool, "g.product, g.sku, g.title, g.available", push_filter, page, place).await
}
