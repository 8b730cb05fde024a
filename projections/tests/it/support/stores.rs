//! Stores that open, change and close, after whatever else has happened; and what an independent fold says.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    decider::Decider,
    ids::WarehouseId,
    inventory::{
        Location, OpeningHours, ReviseWarehouse, ShippingEstimate, StoreFront, StoreStatus, Warehouse,
        WarehouseCommand, WarehouseEvent, WarehouseState, Weekday,
    },
    text::{Code, LocalizedText, TimeZone, Zone},
};

use super::{chance::Chance, history::Written};

struct Street {
    chance: Chance,
    now: DateTime<Utc>,
    places: BTreeMap<WarehouseId, (WarehouseState, i64)>,
    events: Vec<Written>,
}

/// `events`, and at least so many more about warehouses that become stores.
pub(crate) fn appended(seed: u64, events: Vec<Written>, more: usize) -> Vec<Written> {
    let wanted = events.len() + more;
    let now = events.last().map_or_else(|| "2011-01-01T00:00:00Z".parse().unwrap(), |last| last.recorded_at);
    let mut street = Street {
        chance: Chance::new(seed.wrapping_mul(83)),
        now,
        places: BTreeMap::new(),
        events,
    };
    while street.events.len() < wanted {
        street.step();
    }
    street.events
}

impl Street {
    fn step(&mut self) {
        self.now += TimeDelta::seconds(i64::try_from(self.chance.below(900)).unwrap() + 1);
        let known: Vec<WarehouseId> = self.places.keys().copied().collect();
        if known.len() < 3 || (known.len() < 9 && self.chance.one_in(5)) {
            let id = WarehouseId::from_uuid(self.chance.uuid());
            let command = WarehouseCommand::Open {
                code: Code::parse(&format!("ST{}", known.len())).unwrap(),
                name: LocalizedText::single("en", "Shop").unwrap(),
                country: None,
                zones: Vec::new(),
            };
            return self.decide(id, command);
        }
        let id = self.chance.pick(&known);
        let command = match self.chance.below(10) {
            0..=4 => WarehouseCommand::Revise(self.revision()),
            5..=7 => WarehouseCommand::SetFront { front: self.front() },
            8 => WarehouseCommand::SetStoreStatus {
                status: self.chance.pick(&[StoreStatus::Open, StoreStatus::Paused, StoreStatus::Closed]),
                reason: None,
            },
            _ if self.chance.one_in(4) => WarehouseCommand::Close { reason: None },
            _ => return,
        };
        self.decide(id, command);
    }

    fn revision(&mut self) -> ReviseWarehouse {
        let degrees = |chance: &mut Chance, most: u64| {
            i32::try_from(chance.below(most * 2_000_000)).unwrap() - i32::try_from(most * 1_000_000).unwrap()
        };
        let location = Location {
            latitude_e6: degrees(&mut self.chance, 90),
            longitude_e6: degrees(&mut self.chance, 180),
        };
        let zones: Vec<Zone> = self.chance.maybe(|_| Zone::parse("erbil").unwrap()).into_iter().collect();
        ReviseWarehouse {
            name: LocalizedText::single("ar", "دكان").unwrap(),
            country: None,
            zones,
            location: (!self.chance.one_in(5)).then_some(location),
            shipping: Vec::from_iter(self.chance.maybe(|_| ShippingEstimate {
                zone: None,
                min_days: 1,
                max_days: 3,
            })),
        }
    }

    fn front(&mut self) -> StoreFront {
        let weekday = self.chance.pick(&[Weekday::Monday, Weekday::Friday, Weekday::Sunday]);
        StoreFront {
            time_zone: TimeZone::parse(self.chance.pick(&["Asia/Baghdad", "Europe/London"])).unwrap(),
            hours: vec![OpeningHours { weekday, opens: 540, closes: 1_440 }],
            radius_m: u32::try_from(self.chance.below(9_000)).unwrap(),
        }
    }

    fn decide(&mut self, id: WarehouseId, command: WarehouseCommand) {
        let (state, version) = self.places.entry(id).or_default();
        let Ok(events) = Warehouse::decide(state, command) else {
            return;
        };
        let stream = id.stream();
        for event in &events {
            Warehouse::evolve(state, event);
            *version += 1;
            let stream = (stream.as_str(), *version);
            self.events.push(Written::by_souk::<Warehouse>(event, stream, &mut self.chance, self.now));
        }
    }
}

/// A store as the table must hold it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct ExpectedStore {
    pub(crate) zones: Vec<Zone>,
    pub(crate) location: Option<Location>,
    pub(crate) shipping: Vec<ShippingEstimate>,
    pub(crate) front: Option<(StoreFront, StoreStatus)>,
    pub(crate) version: i64,
}

/// Every warehouse, store or not.
pub(crate) fn expected_stores(events: &[Written]) -> BTreeMap<WarehouseId, ExpectedStore> {
    let mut stores: BTreeMap<WarehouseId, ExpectedStore> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == Warehouse::KIND) {
        let store = stores.entry(WarehouseId::from_uuid(event.id.parse().unwrap())).or_default();
        store.version = event.sequence;
        match serde_json::from_str::<WarehouseEvent>(&event.payload).unwrap() {
            WarehouseEvent::WarehouseOpened { zones, .. }
            | WarehouseEvent::WarehouseRevised { zones, .. } => {
                store.zones = zones;
            }
            WarehouseEvent::WarehouseLogisticsSet { location, shipping } => {
                (store.location, store.shipping) = (location, shipping);
            }
            WarehouseEvent::StoreOpened { front } => store.front = Some((front, StoreStatus::Open)),
            WarehouseEvent::StoreRevised { front } => store.front.as_mut().unwrap().0 = front,
            WarehouseEvent::StoreStatusSet { status, .. } => store.front.as_mut().unwrap().1 = status,
            WarehouseEvent::WarehouseClosed { .. } => {
                if let Some(front) = &mut store.front {
                    front.1 = StoreStatus::Closed;
                }
            }
        }
    }
    stores
}
