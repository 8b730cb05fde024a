//! Warehouses and stock in random histories.

use chrono::TimeDelta;
use domain::{
    ids::{HoldId, WarehouseId},
    inventory::{ReleaseCause, StockCommand, Warehouse, WarehouseCommand},
    text::{Code, Country, LocalizedText, Zone},
};

use super::{History, text};

impl History {
    pub(super) fn open_warehouse(&mut self) -> Option<()> {
        if self.world.warehouses.len() > 3 {
            return None;
        }
        let id = WarehouseId::from_uuid(self.chance.uuid());
        let command = WarehouseCommand::Open {
            code: text(Code::parse, &format!("W{}", self.world.warehouses.len())),
            name: LocalizedText::single("en", "Main").unwrap(),
            country: self.chance.maybe(|_| text(Country::parse, "Iraq")),
            zones: vec![text(Zone::parse, "erbil")],
        };
        let state = self.world.warehouses.entry(id).or_default();
        Self::decide::<Warehouse>(&mut self.unit, state, id.stream(), command).map(drop)
    }

    pub(super) fn close_warehouse(&mut self) -> Option<()> {
        let id = self.any_warehouse()?;
        let state = self.world.warehouses.entry(id).or_default();
        let command = WarehouseCommand::Close { reason: None };
        Self::decide::<Warehouse>(&mut self.unit, state, id.stream(), command).map(drop)
    }

    pub(super) fn receive(&mut self) -> Option<()> {
        let (product, warehouse) = (self.any_goods()?, self.any_warehouse()?);
        let quantity = self.chance.quantity(60);
        let reference = Some(self.reason());
        let reference = self.chance.maybe(|_| reference).flatten();
        self.stock(product, StockCommand::Receive { warehouse, quantity, reference, lot: None }).map(drop)
    }

    pub(super) fn adjust(&mut self) -> Option<()> {
        let (product, warehouse) = (self.any_goods()?, self.any_warehouse()?);
        let delta = i64::try_from(self.chance.below(21)).unwrap() - 10;
        let reason = self.reason();
        self.stock(product, StockCommand::Adjust { warehouse, delta, reason, lot: None }).map(drop)
    }

    pub(super) fn threshold(&mut self) -> Option<()> {
        let (product, warehouse) = (self.any_goods()?, self.any_warehouse()?);
        let threshold = u32::try_from(self.chance.below(20)).unwrap();
        self.stock(product, StockCommand::SetThreshold { warehouse, threshold }).map(drop)
    }

    pub(super) fn hold(&mut self) -> Option<()> {
        let product = self.any_goods()?;
        let hold = HoldId::from_uuid(self.chance.uuid());
        let command = StockCommand::Hold {
            hold,
            quantity: self.chance.quantity(12),
            preferred: Vec::new(),
            expires_at: self.now + TimeDelta::minutes(10),
            now: self.now,
        };
        self.stock(product, command)?;
        self.world.holds.insert(hold, product);
        Some(())
    }

    pub(super) fn release_hold(&mut self) -> Option<()> {
        let hold = Self::any(&mut self.chance, &self.world.holds)?;
        let product = self.world.holds.remove(&hold)?;
        let cause = self.chance.pick(&[ReleaseCause::GivenBack, ReleaseCause::Expired]);
        let now = self.now;
        self.stock(product, StockCommand::ReleaseHold { hold, cause, now }).map(drop)
    }
}
