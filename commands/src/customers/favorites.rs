//! Keeping favourites. Everybody keeps their own.

use domain::{
    catalog::{Product, ProductError, ProductState},
    customers::{Favorites, FavoritesCommand},
    ids::{AccountId, ProductId},
};
use event_store::{AsOf, Executed, StreamRef};
use serde::{Deserialize, Serialize};

use super::{Customers, address::must_be_alive};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{FORBIDDEN, execute, judge, refuse},
};

/// What became of a favourite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FavoriteChanged {
    /// Which product.
    pub product: ProductId,
    /// How often the customer's favourites were changed: the `ETag`.
    pub version: i64,
}

impl Customers {
    /// Puts a product among one's own favourites, or takes it away. What is so already stays so.
    ///
    /// # Errors
    /// `permission_denied`, `catalog.product_not_found` where one is to be added that never was,
    /// `customers.too_many_favorites`, `identity.account_erased`.
    pub async fn change_favorite(
        &self,
        call: &Call,
        command: FavoritesCommand,
    ) -> Result<Executed<FavoriteChanged>, CommandError> {
        let id = own(call, UseCase::ChangeFavorites)?.stream();
        let (FavoritesCommand::Add { product } | FavoritesCommand::Remove { product }) = command;
        let unit = call
            .unit()
            .reads(StreamRef::of::<Product>(product.stream()))
            .reads(StreamRef::of::<domain::identity::Account>(id.as_str()))
            .reads(StreamRef::of::<Favorites>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            must_be_alive(decision, &id)?;
            let is_unknown = *decision.state::<Product>(&product.stream())? == ProductState::Absent;
            if is_unknown && matches!(command, FavoritesCommand::Add { .. }) {
                return refuse(Refused::of(&ProductError::NotFound));
            }
            judge::<Favorites>(decision, &id, command)?;
            Ok(FavoriteChanged { product, version: decision.version::<Favorites>(&id)? })
        })
        .await
    }

    /// One's own favourites, the newest first, and how often they were changed.
    ///
    /// # Errors
    /// `permission_denied`, or when the database fails.
    pub async fn favorites(&self, call: &Call) -> Result<(Vec<ProductId>, i64), CommandError> {
        let id = own(call, UseCase::ListFavorites)?.stream();
        let known = self.log.reader().load::<Favorites>(&id, AsOf::Now).await?;
        Ok((known.state.products().iter().rev().copied().collect(), known.version))
    }
}

fn own(call: &Call, use_case: UseCase) -> Result<AccountId, CommandError> {
    call.require(use_case)?;
    call.caller.account().ok_or_else(|| FORBIDDEN.refusal().into())
}
