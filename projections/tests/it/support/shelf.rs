//! Products that are placed in the shop in other ways, after whatever else has happened; and what words and slugs lead
//! to them, as an independent fold says.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use domain::{
    catalog::{Product, ProductCommand, ProductEvent, ProductState, ReviseProduct, Sustainability, words},
    decider::Decider,
    ids::ProductId,
    slug::Slug,
    text::Zone,
};

use super::{chance::Chance, history::Written};

/// `events`, and so many more about how products stand in the shop.
pub(crate) fn appended(seed: u64, mut events: Vec<Written>, more: usize) -> Vec<Written> {
    let mut chance = Chance::new(seed.wrapping_mul(43));
    let mut products: BTreeMap<ProductId, (ProductState, i64)> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == Product::KIND) {
        let (state, version) = products.entry(id_of(event)).or_default();
        Product::evolve(state, &serde_json::from_str(&event.payload).unwrap());
        *version += 1;
    }
    let active = products.iter().filter(|(_, (state, _))| state.is_active());
    let known: Vec<ProductId> = active.map(|(id, _)| *id).collect();
    let mut now = events.last().unwrap().recorded_at;
    let wanted = events.len() + more;
    let mut slugs = 0;
    while events.len() < wanted {
        now += TimeDelta::milliseconds(i64::try_from(chance.below(9_000)).unwrap() + 1);
        slugs += 1;
        let word = chance.pick(&["rice", "أرز-بسمتي", "tea"]);
        let zones: BTreeSet<Zone> = ["erbil", "duhok"]
            .into_iter()
            .filter(|_| chance.one_in(3))
            .map(|zone| Zone::parse(zone).unwrap())
            .collect();
        let revision = ReviseProduct {
            slug: chance.maybe(|_| Slug::parse(&format!("{word}-{slugs}")).unwrap()),
            featured: chance.maybe(|chance| chance.one_in(2)),
            sale_zones: chance.maybe(|_| zones.clone()),
            ..ReviseProduct::default()
        };
        let id = chance.pick(&known);
        let command = if chance.one_in(5) {
            let percent = u8::try_from(chance.below(100)).unwrap();
            let known = Sustainability { recycled_percent: Some(percent), ..Sustainability::default() };
            ProductCommand::StateSustainability(known)
        } else {
            ProductCommand::Revise(revision)
        };
        let (state, version) = products.get_mut(&id).unwrap();
        for event in Product::decide(state, command).unwrap() {
            Product::evolve(state, &event);
            *version += 1;
            let stream = id.stream();
            events.push(Written::by_souk::<Product>(&event, (stream.as_str(), *version), &mut chance, now));
        }
    }
    events
}

fn id_of(event: &Written) -> ProductId {
    ProductId::from_uuid(event.id.parse().unwrap())
}

/// What leads to products: every slug, and every word that is long enough for a slip of the pen.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ExpectedShelf {
    pub(crate) slugs: BTreeMap<String, ProductId>,
    pub(crate) words: BTreeSet<String>,
}

impl ExpectedShelf {
    pub(crate) fn of(events: &[Written]) -> Self {
        let mut all = Self::default();
        let mut codes: BTreeMap<ProductId, String> = BTreeMap::new();
        for event in events.iter().filter(|event| event.kind == Product::KIND) {
            let id = id_of(event);
            let (details, presentation) = match serde_json::from_str(&event.payload).unwrap() {
                ProductEvent::ProductRegistered { sku, details, presentation, .. } => {
                    codes.insert(id, sku.to_string());
                    (Some(details), Some(presentation))
                }
                ProductEvent::ProductDescribed { details } => (Some(details), None),
                ProductEvent::ProductPresented { presentation } => (None, Some(presentation)),
                _ => (None, None),
            };
            if let Some(slug) = presentation.and_then(|presentation| presentation.slug) {
                all.slugs.insert(slug.to_string(), id);
            }
            if let Some(details) = details {
                let mut text = vec![codes[&id].clone()];
                text.extend(details.title.by_language().values().cloned());
                text.extend(details.description.iter().flat_map(|it| it.by_language().values().cloned()));
                text.extend(details.tags.iter().map(ToString::to_string));
                text.extend(details.barcode.iter().map(ToString::to_string));
                let found = text.iter().flat_map(|text| words::words_of(text));
                all.words
                    .extend(found.filter(|word| {
                        word.chars().count() > 2 && !word.chars().any(|c| c.is_ascii_digit())
                    }));
            }
        }
        all
    }
}
