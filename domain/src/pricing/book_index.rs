//! Where in the book to look for the promotions of some goods, so that an order does not look at all of them.

use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
    sync::OnceLock,
};

use super::{BasketLine, Listed};
use crate::ids::{CategoryId, CompanyId, ProductId};

/// Made when it is first asked for. It says nothing that the book does not, so two are always equal.
#[derive(Debug, Clone, Default)]
pub(super) struct BookIndex(OnceLock<Places>);

impl PartialEq for BookIndex {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for BookIndex {}

/// Places in the book, by what the scope of a promotion names.
#[derive(Debug, Clone, Default)]
struct Places {
    everywhere: Vec<usize>,
    products: HashMap<ProductId, Vec<usize>>,
    categories: HashMap<CategoryId, Vec<usize>>,
    companies: HashMap<CompanyId, Vec<usize>>,
}

impl BookIndex {
    /// The places of all promotions that may be for these goods, in the order of the book.
    pub(super) fn of_goods(&self, listed: &[Listed], goods: &[BasketLine]) -> BTreeSet<usize> {
        let places = self.0.get_or_init(|| Places::of(listed));
        let mut found: BTreeSet<usize> = places.everywhere.iter().copied().collect();
        for line in goods {
            found.extend(at(&places.products, &line.product));
            line.categories.iter().for_each(|category| found.extend(at(&places.categories, category)));
            line.company.iter().for_each(|company| found.extend(at(&places.companies, company)));
        }
        found
    }
}

impl Places {
    fn of(listed: &[Listed]) -> Self {
        let mut places = Self::default();
        for (place, listed) in listed.iter().enumerate() {
            let scope = &listed.terms.offer.scope;
            let names_goods = !(scope.products.is_empty() && scope.categories.is_empty());
            if names_goods {
                enter(&mut places.products, &scope.products, place);
                enter(&mut places.categories, &scope.categories, place);
            } else if scope.companies.is_empty() {
                places.everywhere.push(place);
            } else {
                enter(&mut places.companies, &scope.companies, place);
            }
        }
        places
    }
}

fn enter<K: Copy + Eq + Hash>(places: &mut HashMap<K, Vec<usize>>, keys: &BTreeSet<K>, place: usize) {
    for key in keys {
        places.entry(*key).or_default().push(place);
    }
}

fn at<'p, K: Eq + Hash>(
    places: &'p HashMap<K, Vec<usize>>,
    key: &K,
) -> impl Iterator<Item = usize> + use<'p, K> {
    places.get(key).into_iter().flatten().copied()
}
