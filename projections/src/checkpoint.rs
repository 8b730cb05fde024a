//! Reading a row together with how far its read model had come.

use sqlx::{FromRow, PgPool, Row, postgres::PgRow};
use uuid::Uuid;

/// What `select` finds for `$1`, and the position that the read model `model` (with its version: `order_list_v2`) had
/// reached in the same snapshot: 0 before the first event. The row has a column `id`.
///
/// # Errors
/// When the database fails.
pub(crate) async fn with_checkpoint<T>(
    pool: &PgPool,
    model: &str,
    select: &str,
    id: Uuid,
) -> Result<(Option<T>, i64), sqlx::Error>
where
    T: for<'r> FromRow<'r, PgRow>,
{
    let sql = format!(
        "select c.position as checkpoint, wanted.id is not null as is_there, wanted.* \
         from (select coalesce(max(position), 0) as position from public.checkpoints where name = $2) c \
         left join ({select}) wanted on true"
    );
    let row: PgRow = sqlx::query(&sql).bind(id).bind(model).fetch_one(pool).await?;
    let is_there: bool = row.try_get("is_there")?;
    let found = is_there.then(|| T::from_row(&row)).transpose()?;
    Ok((found, row.try_get("checkpoint")?))
}
