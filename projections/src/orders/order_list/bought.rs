//! Which orders brought somebody something.

use domain::ids::{AccountId, OrderId, ProductId};
use sqlx::PgPool;
use uuid::Uuid;

/// Orders of a customer with a line of the product, of which a part was delivered: the newest first, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn bought(
    pool: &PgPool,
    customer: AccountId,
    product: ProductId,
    limit: u16,
) -> Result<Vec<OrderId>, sqlx::Error> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "select o.id from order_list_v2.orders o \
          where o.customer = $1 and 'delivered' = any(o.part_statuses) \
            and exists (select from order_list_v2.order_lines l where l.order_id = o.id and l.product = $2) \
          order by o.placed_at desc, o.id desc limit $3",
    )
    .bind(customer.as_uuid())
    .bind(product.as_uuid())
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().map(OrderId::from_uuid).collect())
}
