//! Categories that come, change, move and go, after whatever else has happened; and what an independent fold says.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    catalog::{
        Category, CategoryCommand, CategoryDetails, CategoryEvent, CategoryState, Image, ReviseCategory,
    },
    decider::Decider,
    ids::CategoryId,
    slug::Slug,
    text::LocalizedText,
};

use super::{chance::Chance, history::Written};

struct Tree {
    chance: Chance,
    now: DateTime<Utc>,
    categories: BTreeMap<CategoryId, (CategoryState, i64)>,
    slugs: u64,
    events: Vec<Written>,
}

/// `events`, and at least so many more about categories.
pub(crate) fn appended(seed: u64, events: Vec<Written>, more: usize) -> Vec<Written> {
    let wanted = events.len() + more;
    let mut tree = Tree {
        chance: Chance::new(seed.wrapping_mul(41)),
        now: events.last().map_or_else(|| "2011-01-01T00:00:00Z".parse().unwrap(), |event| event.recorded_at),
        categories: BTreeMap::new(),
        slugs: 0,
        events,
    };
    while tree.events.len() < wanted {
        tree.step();
    }
    tree.events
}

impl Tree {
    fn step(&mut self) {
        self.now += TimeDelta::milliseconds(i64::try_from(self.chance.below(9_000)).unwrap() + 1);
        let known: Vec<CategoryId> = self
            .categories
            .iter()
            .filter(|(_, (state, _))| state.node().is_some())
            .map(|(id, _)| *id)
            .collect();
        if known.len() < 4 || self.chance.one_in(4) {
            let id = CategoryId::from_uuid(self.chance.uuid());
            let parent =
                self.chance.maybe(|chance| chance.pick(&known_or(&known, id))).filter(|one| *one != id);
            let details = self.details();
            return self.decide(id, CategoryCommand::Create { details, parent });
        }
        let id = self.chance.pick(&known);
        let command = match self.chance.below(8) {
            0 if !self.has_children(id) => CategoryCommand::Remove,
            0..=3 => CategoryCommand::Revise(ReviseCategory { details: Some(self.details()), parent: None }),
            _ => {
                let parent = self.chance.maybe(|chance| chance.pick(&known));
                let parent = parent.filter(|parent| !self.is_below(*parent, id));
                CategoryCommand::Revise(ReviseCategory { details: None, parent: Some(parent) })
            }
        };
        self.decide(id, command);
    }

    fn has_children(&self, id: CategoryId) -> bool {
        self.categories.values().filter_map(|(state, _)| state.node()).any(|node| node.parent == Some(id))
    }

    fn is_below(&self, category: CategoryId, other: CategoryId) -> bool {
        let mut above = Some(category);
        while let Some(id) = above {
            if id == other {
                return true;
            }
            above = self.categories.get(&id).and_then(|(state, _)| state.node()?.parent);
        }
        false
    }

    fn details(&mut self) -> CategoryDetails {
        self.slugs += 1;
        let word = self.chance.pick(&["rice", "أرز", "o-haras"]);
        CategoryDetails {
            name: LocalizedText::single("en", &format!("'{word}' \"{}\"", self.slugs)).unwrap(),
            slug: Slug::parse(&format!("{word}-{}", self.slugs)).unwrap(),
            description: self.chance.maybe(|_| LocalizedText::single("ar", "سطر\nسطر").unwrap()),
            image: self.chance.maybe(|_| Image { url: "/files/a.webp".to_owned(), alt: None }),
            sort_order: u32::try_from(self.chance.below(4)).unwrap(),
            shown_on_home: self.chance.one_in(3),
            active: !self.chance.one_in(4),
        }
    }

    fn decide(&mut self, id: CategoryId, command: CategoryCommand) {
        let stream = id.stream();
        let (state, version) = self.categories.entry(id).or_default();
        for event in Category::decide(state, command).unwrap() {
            Category::evolve(state, &event);
            *version += 1;
            let stream = (stream.as_str(), *version);
            self.events.push(Written::by_souk::<Category>(&event, stream, &mut self.chance, self.now));
        }
    }
}

fn known_or(known: &[CategoryId], one: CategoryId) -> Vec<CategoryId> {
    if known.is_empty() {
        vec![one]
    } else {
        known.to_vec()
    }
}

/// What the tables must hold: by category its parent, description and version; and whose every slug is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ExpectedTree {
    pub(crate) categories: BTreeMap<CategoryId, (Option<CategoryId>, CategoryDetails, i64)>,
    pub(crate) slugs: BTreeMap<String, CategoryId>,
}

impl ExpectedTree {
    pub(crate) fn of(events: &[Written]) -> Self {
        let mut all = Self::default();
        for event in events.iter().filter(|event| event.kind == Category::KIND) {
            let id = CategoryId::from_uuid(event.id.parse().unwrap());
            match serde_json::from_str(&event.payload).unwrap() {
                CategoryEvent::CategoryCreated { details, parent } => {
                    all.slugs.insert(details.slug.to_string(), id);
                    all.categories.insert(id, (parent, details, 1));
                }
                CategoryEvent::CategoryDescribed { details } => {
                    all.slugs.insert(details.slug.to_string(), id);
                    let row = all.categories.get_mut(&id).unwrap();
                    (row.1, row.2) = (details, row.2 + 1);
                }
                CategoryEvent::CategoryMoved { parent } => {
                    let row = all.categories.get_mut(&id).unwrap();
                    (row.0, row.2) = (parent, row.2 + 1);
                }
                CategoryEvent::CategoryRemoved => {
                    all.categories.remove(&id);
                    all.slugs.retain(|_, owner| *owner != id);
                }
            }
        }
        all
    }
}
