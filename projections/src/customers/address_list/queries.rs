//! Reading addresses.

use domain::ids::AccountId;
use sqlx::PgPool;

use super::{AddressBookRow, AddressRow};

/// The addresses of one customer. There are so few that they are read together.
///
/// # Errors
/// When the database fails.
pub async fn of_customer(pool: &PgPool, customer: AccountId) -> Result<AddressBookRow, sqlx::Error> {
    let mut transaction = pool.begin().await?;
    // Both statements see one moment.
    sqlx::query("set transaction isolation level repeatable read, read only")
        .execute(&mut *transaction)
        .await?;
    let version: Option<i64> =
        sqlx::query_scalar("select version from address_list_v1.address_books where customer = $1")
            .bind(customer.as_uuid())
            .fetch_optional(&mut *transaction)
            .await?;
    let addresses: Vec<AddressRow> = sqlx::query_as(
        "select a.id, a.country, a.zone, a.details, a.details_event, \
                coalesce(b.default_address = a.id, false) as is_default, a.created_at, a.updated_at \
           from address_list_v1.addresses a \
           join address_list_v1.address_books b on b.customer = a.customer \
          where a.customer = $1 order by a.id",
    )
    .bind(customer.as_uuid())
    .fetch_all(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(AddressBookRow { version: version.unwrap_or(0), addresses })
}
