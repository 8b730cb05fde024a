//! Many products revised in one call, each by itself: what is wrong with one keeps no other back.

use domain::{catalog::ReviseProduct, ids::ProductId};
use event_store::Executed;
use futures_util::{StreamExt, stream};

use super::{Catalog, NO_ROWS, ProductAccepted, TOO_MANY_ROWS};
use crate::{Call, CommandError, UseCase};

/// The most products of one call.
pub const MAX_BULK_ROWS: usize = 1_000;

/// How many are under way at once.
const AT_ONCE: usize = 32;

/// One of many revisions.
#[derive(Debug, Clone)]
pub struct RevisedRow {
    /// Which product.
    pub product: ProductId,
    /// What changes.
    pub parts: ReviseProduct,
    /// Only if nothing has changed since.
    pub expected_version: Option<i64>,
}

impl Catalog {
    /// Revises products, and says of each, in the order of the rows, what became of it. A repeat changes nothing that is so
    /// already.
    ///
    /// # Errors
    /// `catalog.no_rows`, `catalog.too_many_rows`; those of single products stand in the answer.
    pub async fn revise_products(
        &self,
        call: &Call,
        rows: Vec<RevisedRow>,
    ) -> Result<Vec<Result<Executed<ProductAccepted>, CommandError>>, CommandError> {
        call.require(UseCase::ReviseProductsInBulk)?;
        if rows.is_empty() {
            return Err(NO_ROWS.refusal_at("/rows").into());
        }
        if rows.len() > MAX_BULK_ROWS {
            return Err(TOO_MANY_ROWS.refusal_at("/rows").into());
        }
        let call = Call { idempotency: None, ..call.clone() };
        let outcomes = rows.into_iter().map(|row| {
            let call = &call;
            async move { self.revise_product(call, row.product, row.parts, row.expected_version).await }
        });
        Ok(stream::iter(outcomes).buffered(AT_ONCE).collect().await)
    }
}
