//! Reading accounts.

use domain::ids::AccountId;
use sqlx::{PgPool, Postgres, QueryBuilder, Row, postgres::PgRow};

use super::{AccountCount, AccountFilter, AccountRow};
use crate::{
    checkpoint::with_checkpoint,
    columns::{Columns, Word},
    page::{Holds, Key, Order, Page, PageRequest, ReadError},
};

const COLUMNS: &str = "a.id, a.role, a.zones, a.company, a.active, a.display_name, a.phone, a.locale, \
     a.profile_event, a.erased_at, a.version, a.registered_at, a.updated_at";

/// One account.
///
/// # Errors
/// When the database fails.
pub async fn get(pool: &PgPool, id: AccountId) -> Result<Option<AccountRow>, sqlx::Error> {
    get_with_checkpoint(pool, id).await.map(|(account, _)| account)
}

/// One account, and the position that the read model had reached in the same snapshot.
///
/// # Errors
/// When the database fails.
pub async fn get_with_checkpoint(
    pool: &PgPool,
    id: AccountId,
) -> Result<(Option<AccountRow>, i64), sqlx::Error> {
    let select = format!("select {COLUMNS} from accounts_v2.accounts a where a.id = $1");
    with_checkpoint(pool, "accounts_v2", &select, id.as_uuid()).await
}

/// Accounts that pass `filter`, oldest first, page by page.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn list(
    pool: &PgPool,
    filter: &AccountFilter,
    page: &PageRequest,
) -> Result<Page<AccountRow>, ReadError> {
    let order = Order {
        name: "accounts.registered_at",
        column: "a.registered_at",
        id: "a.id",
        descending: false,
        holds: Holds::Time,
    };
    order
        .page(
            pool,
            COLUMNS,
            |query| push_filter(query, filter),
            page,
            |row: &AccountRow| (Key::time(row.registered_at), row.id.as_uuid()),
        )
        .await
}

/// How many accounts there are, by role and zone.
///
/// # Errors
/// When the database fails.
pub async fn counts(pool: &PgPool) -> Result<Vec<AccountCount>, sqlx::Error> {
    let rows = sqlx::query(
        "select a.role, z.zone, count(*) filter (where a.active) as active, \
                count(*) filter (where not a.active) as inactive \
           from accounts_v2.accounts a \
           left join lateral unnest(a.zones) as z (zone) on true \
          where a.erased_at is null \
          group by a.role, z.zone order by a.role, z.zone nulls first",
    )
    .fetch_all(pool)
    .await?;
    let read = |row: &PgRow| {
        Ok(AccountCount {
            role: row.word("role")?,
            zone: row.try_get("zone")?,
            active: row.try_get("active")?,
            inactive: row.try_get("inactive")?,
        })
    };
    rows.iter().map(read).collect()
}

fn push_filter(query: &mut QueryBuilder<'_, Postgres>, filter: &AccountFilter) {
    query.push("from accounts_v2.accounts a where true");
    if let Some(role) = filter.role {
        query.push(" and a.role = ").push_bind(role.word());
    }
    if let Some(role) = filter.besides {
        query.push(" and a.role <> ").push_bind(role.word());
    }
    if let Some(zone) = &filter.zone {
        query.push(" and ").push_bind(zone.as_str().to_owned()).push(" = any(a.zones)");
    }
    if let Some(company) = filter.company {
        query.push(" and a.company = ").push_bind(company.as_uuid());
    }
    if let Some(active) = filter.active {
        query.push(" and a.active = ").push_bind(active);
    }
    if let Some((roles, zones)) = &filter.within {
        let roles: Vec<&str> = roles.iter().map(|role| role.word()).collect();
        let zones: Vec<String> = zones.iter().map(|zone| zone.as_str().to_owned()).collect();
        query.push(" and a.role = any(").push_bind(roles);
        query.push(") and a.zones <> '{}' and a.zones <@ ").push_bind(zones);
    }
}
