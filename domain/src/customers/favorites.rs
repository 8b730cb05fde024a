//! The products that a customer has marked to find them again.
//!
//! CUS-4 A customer has at most `MAX_FAVORITES` favourites.

use super::{FavoritesCommand, FavoritesError, FavoritesEvent};
use crate::{decider::Decider, ids::ProductId};

/// The most favourites of one customer.
pub const MAX_FAVORITES: usize = 500;

/// The favourites of one customer.
#[derive(Debug)]
pub struct Favorites;

/// What is known of a customer's favourites.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FavoritesState {
    products: Vec<ProductId>,
}

impl FavoritesState {
    /// The products, in the order in which they were added.
    #[must_use]
    pub fn products(&self) -> &[ProductId] {
        &self.products
    }
}

impl Decider for Favorites {
    const KIND: &'static str = "favorites";

    type State = FavoritesState;
    type Command = FavoritesCommand;
    type Event = FavoritesEvent;
    type Error = FavoritesError;

    fn decide(
        state: &FavoritesState,
        command: FavoritesCommand,
    ) -> Result<Vec<FavoritesEvent>, FavoritesError> {
        match command {
            FavoritesCommand::Add { product } if state.products.contains(&product) => Ok(Vec::new()),
            FavoritesCommand::Add { .. } if state.products.len() >= MAX_FAVORITES => {
                Err(FavoritesError::TooMany { max: MAX_FAVORITES })
            }
            FavoritesCommand::Add { product } => Ok(vec![FavoritesEvent::FavoriteAdded { product }]),
            FavoritesCommand::Remove { product } if state.products.contains(&product) => {
                Ok(vec![FavoritesEvent::FavoriteRemoved { product }])
            }
            FavoritesCommand::Remove { .. } => Ok(Vec::new()),
        }
    }

    fn evolve(state: &mut FavoritesState, event: &FavoritesEvent) {
        match event {
            FavoritesEvent::FavoriteAdded { product } => state.products.push(*product),
            FavoritesEvent::FavoriteRemoved { product } => state.products.retain(|known| known != product),
        }
    }
}
