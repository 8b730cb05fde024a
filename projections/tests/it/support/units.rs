//! Units that come, change and go, after whatever else has happened; and what an independent fold says.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    catalog::{
        Dimension, Product, SellingUnit, SellingUnitCommand, SellingUnitDetails, SellingUnitEvent,
        SellingUnitState, Unit, UnitCommand, UnitDetails, UnitEvent, UnitState,
    },
    decider::Decider,
    ids::{ProductId, SellingUnitId, UnitId},
    money::{Currency, UnitPrice},
    ratio::Ratio,
    text::{Barcode, Code, LocalizedText, Sku},
};

use super::{chance::Chance, history::Written};

struct Making {
    chance: Chance,
    now: DateTime<Utc>,
    products: Vec<ProductId>,
    units: BTreeMap<UnitId, (UnitState, i64)>,
    selling: BTreeMap<SellingUnitId, (SellingUnitState, i64)>,
    number: u64,
    events: Vec<Written>,
}

/// `events`, and at least so many more about units.
pub(crate) fn appended(seed: u64, events: Vec<Written>, more: usize) -> Vec<Written> {
    let wanted = events.len() + more;
    let known = events.iter().filter(|event| event.kind == Product::KIND);
    let mut making = Making {
        chance: Chance::new(seed.wrapping_mul(47)),
        now: events.last().unwrap().recorded_at,
        products: known.map(|event| ProductId::from_uuid(event.id.parse().unwrap())).collect(),
        units: BTreeMap::new(),
        selling: BTreeMap::new(),
        number: 0,
        events,
    };
    while making.events.len() < wanted {
        making.step();
    }
    making.events
}

impl Making {
    fn step(&mut self) {
        self.now += TimeDelta::milliseconds(i64::try_from(self.chance.below(9_000)).unwrap() + 1);
        self.number += 1;
        let units: Vec<UnitId> = self.units.keys().copied().collect();
        if units.len() < 3 || self.chance.one_in(6) {
            let id = UnitId::from_uuid(self.chance.uuid());
            let code = Code::parse(&format!("U{}", self.number)).unwrap();
            let details = self.unit();
            return self.unit_command(id, UnitCommand::Define { code, details });
        }
        let unit = self.chance.pick(&units);
        match self.chance.below(12) {
            0 => self.unit_command(unit, UnitCommand::Retire),
            1..=3 => {
                let details = self.unit();
                self.unit_command(unit, UnitCommand::Revise { details });
            }
            4..=7 => {
                let id = SellingUnitId::from_uuid(self.chance.uuid());
                let (product, details) = (self.chance.pick(&self.products.clone()), self.selling_unit(unit));
                self.selling_command(id, SellingUnitCommand::Add { product, details });
            }
            n => {
                let known: Vec<SellingUnitId> = self.selling.keys().copied().collect();
                if known.is_empty() {
                    return;
                }
                let id = self.chance.pick(&known);
                let details = self.selling_unit(unit);
                self.selling_command(
                    id,
                    match n {
                        8 => SellingUnitCommand::Retire,
                        _ => SellingUnitCommand::Revise { details },
                    },
                );
            }
        }
    }

    fn unit(&mut self) -> UnitDetails {
        let text = |word: &str| LocalizedText::single("en", word).unwrap();
        UnitDetails {
            name: text(&format!("unit '{}' \"x\"", self.number)),
            symbol: text("u"),
            dimension: self.chance.pick(&[Dimension::Count, Dimension::Mass, Dimension::Area]),
            scale: self.ratio(),
        }
    }

    fn ratio(&mut self) -> Ratio {
        let part = |chance: &mut Chance| u32::try_from(chance.below(24)).unwrap() + 1;
        Ratio::try_new(part(&mut self.chance), part(&mut self.chance)).unwrap()
    }

    fn selling_unit(&mut self, unit: UnitId) -> SellingUnitDetails {
        let number = self.number;
        SellingUnitDetails {
            unit,
            name: self.chance.maybe(|_| LocalizedText::single("ar", "صندوق").unwrap()),
            contains: self.ratio(),
            price: self.chance.maybe(|chance| {
                UnitPrice::from_micros(i64::try_from(chance.below(9_000_000)).unwrap(), Currency::IQD)
            }),
            barcode: self.chance.maybe(|_| Barcode::parse("5012345678900").unwrap()),
            sku: self.chance.maybe(|_| Sku::parse(&format!("BOX-{number}")).unwrap()),
        }
    }

    fn unit_command(&mut self, id: UnitId, command: UnitCommand) {
        let (stream, (state, version)) = (id.stream(), self.units.entry(id).or_default());
        for event in Unit::decide(state, command).unwrap_or_default() {
            Unit::evolve(state, &event);
            *version += 1;
            let stream = (stream.as_str(), *version);
            self.events.push(Written::by_souk::<Unit>(&event, stream, &mut self.chance, self.now));
        }
    }

    fn selling_command(&mut self, id: SellingUnitId, command: SellingUnitCommand) {
        let (stream, (state, version)) = (id.stream(), self.selling.entry(id).or_default());
        for event in SellingUnit::decide(state, command).unwrap_or_default() {
            SellingUnit::evolve(state, &event);
            *version += 1;
            let stream = (stream.as_str(), *version);
            self.events.push(Written::by_souk::<SellingUnit>(&event, stream, &mut self.chance, self.now));
        }
    }
}

/// What the tables must hold: by unit its code, description, whether it is retired, its version; and the same of
/// selling units.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ExpectedUnits {
    pub(crate) units: BTreeMap<UnitId, (String, UnitDetails, bool, i64)>,
    pub(crate) selling: BTreeMap<SellingUnitId, (ProductId, SellingUnitDetails, bool, i64)>,
}

impl ExpectedUnits {
    pub(crate) fn of(events: &[Written]) -> Self {
        let mut all = Self::default();
        for event in events {
            match event.kind {
                "unit" => all.unit(event),
                "selling_unit" => all.selling_unit(event),
                _ => {}
            }
        }
        all
    }

    fn unit(&mut self, event: &Written) {
        let id = UnitId::from_uuid(event.id.parse().unwrap());
        match serde_json::from_str(&event.payload).unwrap() {
            UnitEvent::UnitDefined { code, details } => {
                self.units.insert(id, (code.to_string(), details, false, 0));
            }
            UnitEvent::UnitRevised { details } => self.units.get_mut(&id).unwrap().1 = details,
            UnitEvent::UnitRetired => self.units.get_mut(&id).unwrap().2 = true,
        }
        self.units.get_mut(&id).unwrap().3 += 1;
    }

    fn selling_unit(&mut self, event: &Written) {
        let id = SellingUnitId::from_uuid(event.id.parse().unwrap());
        match serde_json::from_str(&event.payload).unwrap() {
            SellingUnitEvent::SellingUnitAdded { product, details } => {
                self.selling.insert(id, (product, details, false, 0));
            }
            SellingUnitEvent::SellingUnitRevised { details } => {
                self.selling.get_mut(&id).unwrap().1 = details;
            }
            SellingUnitEvent::SellingUnitRetired => self.selling.get_mut(&id).unwrap().2 = true,
        }
        self.selling.get_mut(&id).unwrap().3 += 1;
    }
}
