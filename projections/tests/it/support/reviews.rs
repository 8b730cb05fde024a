//! Reviews that come, change and go, and authors who are erased, after whatever else has happened; and what an independent
//! fold says.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    catalog::{
        FlagReason, Opinion, Product, Rating, Review, ReviewCommand, ReviewEvent, ReviewState, ReviewStatus,
        Verdict,
    },
    decider::Decider,
    identity::{Account, AccountCommand, AccountEvent, AccountState},
    ids::{AccountId, OrderId, ProductId, ReviewId},
    text::Reason,
};

use super::{chance::Chance, history::Written, people::sealed};

struct Making {
    chance: Chance,
    now: DateTime<Utc>,
    products: Vec<ProductId>,
    people: BTreeMap<AccountId, (AccountState, i64)>,
    reviews: BTreeMap<ReviewId, (ReviewState, i64)>,
    events: Vec<Written>,
}

/// `events`, and at least so many more about reviews.
pub(crate) fn appended(seed: u64, events: Vec<Written>, more: usize) -> Vec<Written> {
    let wanted = events.len() + more;
    let known = events.iter().filter(|event| event.kind == Product::KIND);
    let mut making = Making {
        chance: Chance::new(seed.wrapping_mul(61)),
        now: events.last().unwrap().recorded_at,
        products: known.map(|event| ProductId::from_uuid(event.id.parse().unwrap())).collect(),
        people: BTreeMap::new(),
        reviews: BTreeMap::new(),
        events: Vec::new(),
    };
    for event in events.iter().filter(|event| event.kind == Account::KIND) {
        let id = AccountId::from_uuid(event.id.parse().unwrap());
        let (state, version) = making.people.entry(id).or_default();
        Account::evolve(state, &serde_json::from_str::<AccountEvent>(&event.payload).unwrap());
        *version += 1;
    }
    making.events = events;
    while making.events.len() < wanted {
        making.step();
    }
    making.events
}

impl Making {
    fn step(&mut self) {
        self.now += TimeDelta::milliseconds(i64::try_from(self.chance.below(9_000)).unwrap() + 1);
        let alive = self.people.iter().filter(|(_, (state, _))| !state.is_erased());
        let people: Vec<AccountId> = alive.map(|(id, _)| *id).collect();
        let person = self.chance.pick(&people);
        let known: Vec<ReviewId> = self.reviews.keys().copied().collect();
        if known.len() < 5 || self.chance.one_in(5) {
            let id = ReviewId::from_uuid(self.chance.uuid());
            let product = self.chance.pick(&self.products.clone());
            let opinion = self.opinion(person);
            return self.command(id, ReviewCommand::Write { product, customer: person, opinion });
        }
        let id = self.chance.pick(&known);
        match self.chance.below(20) {
            0 if people.len() > 3 => self.erase(person),
            1 => self.command(id, ReviewCommand::Remove),
            2..=4 => {
                let reason = Reason::parse("'not' about \"it\", is it").unwrap();
                self.command(id, ReviewCommand::Moderate(Verdict::Reject { reason }));
            }
            5..=10 => self.command(id, ReviewCommand::Moderate(Verdict::Publish)),
            11..=15 => {
                let reason = self.chance.pick(&[FlagReason::Spam, FlagReason::OffTopic, FlagReason::Other]);
                self.command(id, ReviewCommand::Flag { customer: person, reason });
            }
            _ => {
                let author = self.reviews[&id].0.known().map(|known| known.customer);
                // Nobody writes who is erased.
                if let Some(author) = author.filter(|author| people.contains(author)) {
                    let opinion = self.opinion(author);
                    self.command(id, ReviewCommand::Revise(opinion));
                }
            }
        }
    }

    fn opinion(&mut self, author: AccountId) -> Opinion {
        let stars = u8::try_from(self.chance.below(5)).unwrap() + 1;
        Opinion {
            rating: Rating::try_from(stars).unwrap(),
            content: sealed(&mut self.chance, author),
            purchase: self.chance.maybe(|chance| OrderId::from_uuid(chance.uuid())),
        }
    }

    fn command(&mut self, id: ReviewId, command: ReviewCommand) {
        let (stream, (state, version)) = (id.stream(), self.reviews.entry(id).or_default());
        for event in Review::decide(state, command).unwrap_or_default() {
            Review::evolve(state, &event);
            *version += 1;
            let stream = (stream.as_str(), *version);
            self.events.push(Written::by_souk::<Review>(&event, stream, &mut self.chance, self.now));
        }
    }

    fn erase(&mut self, id: AccountId) {
        let (stream, (state, version)) = (id.stream(), self.people.get_mut(&id).unwrap());
        for event in Account::decide(state, AccountCommand::Erase).unwrap_or_default() {
            Account::evolve(state, &event);
            *version += 1;
            let stream = (stream.as_str(), *version);
            self.events.push(Written::by_souk::<Account>(&event, stream, &mut self.chance, self.now));
        }
    }
}

/// A review as the table must hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExpectedReview {
    pub(crate) product: ProductId,
    pub(crate) customer: AccountId,
    pub(crate) rating: Rating,
    pub(crate) has_content: bool,
    pub(crate) purchase: Option<OrderId>,
    pub(crate) status: ReviewStatus,
    pub(crate) reason: Option<String>,
    pub(crate) flags: Vec<FlagReason>,
    pub(crate) version: i64,
}

/// What the table must hold.
pub(crate) fn expected_reviews(events: &[Written]) -> BTreeMap<ReviewId, ExpectedReview> {
    let mut all: BTreeMap<ReviewId, ExpectedReview> = BTreeMap::new();
    for event in events {
        if event.name == "AccountErased" {
            let erased = AccountId::from_uuid(event.id.parse().unwrap());
            for review in all.values_mut().filter(|review| review.customer == erased) {
                review.has_content = false;
            }
        }
        if event.kind != Review::KIND {
            continue;
        }
        let id = ReviewId::from_uuid(event.id.parse().unwrap());
        let change: ReviewEvent = serde_json::from_str(&event.payload).unwrap();
        if let ReviewEvent::ReviewWritten { product, customer, rating, purchase, .. } = change {
            let review = ExpectedReview {
                product,
                customer,
                rating,
                has_content: true,
                purchase,
                status: ReviewStatus::Pending,
                reason: None,
                flags: Vec::new(),
                version: 1,
            };
            all.insert(id, review);
            continue;
        }
        let review = all.get_mut(&id).unwrap();
        review.version += 1;
        match change {
            ReviewEvent::ReviewWritten { .. } => unreachable!(),
            ReviewEvent::ReviewFlagged { reason, .. } => {
                review.flags.push(reason);
                continue;
            }
            ReviewEvent::ReviewRemoved => {
                all.remove(&id);
                continue;
            }
            ReviewEvent::ReviewRevised { rating, purchase, .. } => {
                (review.rating, review.purchase, review.status) = (rating, purchase, ReviewStatus::Pending);
                review.reason = None;
            }
            ReviewEvent::ReviewPublished => (review.status, review.reason) = (ReviewStatus::Published, None),
            ReviewEvent::ReviewRejected { reason } => {
                (review.status, review.reason) = (ReviewStatus::Rejected, Some(reason.to_string()));
            }
        }
        review.flags.clear();
    }
    all
}
