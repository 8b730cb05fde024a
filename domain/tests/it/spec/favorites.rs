use domain::{
    customers::{Favorites, FavoritesCommand, FavoritesError, FavoritesEvent, MAX_FAVORITES},
    fixtures::product,
    spec::given,
};

const fn add(number: u64) -> FavoritesCommand {
    FavoritesCommand::Add { product: product(number) }
}

const fn added(number: u64) -> FavoritesEvent {
    FavoritesEvent::FavoriteAdded { product: product(number) }
}

const fn removed(number: u64) -> FavoritesEvent {
    FavoritesEvent::FavoriteRemoved { product: product(number) }
}

#[test]
fn a_product_is_added_and_removed_once() {
    given::<Favorites>(&[]).when(add(1)).then(&[added(1)]);
    given::<Favorites>(&[added(1)]).when(add(1)).then_nothing();
    let remove = FavoritesCommand::Remove { product: product(1) };
    given::<Favorites>(&[added(1)]).when(remove).then(&[removed(1)]);
    given::<Favorites>(&[]).when(remove).then_nothing();
}

#[test]
fn they_stand_in_the_order_in_which_they_were_added() {
    let state = given::<Favorites>(&[added(2), added(1), added(3), removed(1), added(1)]).state();
    assert_eq!(state.products(), [product(2), product(3), product(1)]);
}

#[test]
fn there_are_so_many_at_most() {
    let full: Vec<_> = (0..500).map(added).collect();
    assert_eq!(full.len(), MAX_FAVORITES);
    given::<Favorites>(&full).when(add(7)).then_nothing();
    given::<Favorites>(&full).when(add(999)).then_err(FavoritesError::TooMany { max: MAX_FAVORITES });
}
