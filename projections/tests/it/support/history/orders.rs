//! Orders and returns in random histories.

use std::collections::BTreeMap;

use domain::{
    catalog::ProductKind,
    ids::{AccountId, OrderId, ProductId, ReturnId},
    inventory::{Allocation, ReleaseCause, StockCommand, StockEvent},
    money::Money,
    orders::{
        CreditLine, Fulfilment, OrderCommand, OrderStatus, PaymentMethod, PlaceLine, PlaceOrder,
        RequestReturn, ReturnCommand, ReturnState, ReturnedLine,
    },
    quantity::Quantity,
    text::{Country, ExternalId, Reason, Zone},
};
use uuid::Uuid;

use super::{COUNTRIES, CURRENCIES, History, ZONES, text};

impl History {
    pub(super) fn place(&mut self) -> Option<()> {
        let id = OrderId::from_uuid(self.chance.uuid());
        let currency = self.chance.pick(CURRENCIES);
        let mut lines = Vec::new();
        let mut seen = Vec::new();
        for _ in 0..self.chance.below(3) + 1 {
            let product = Self::any(&mut self.chance, &self.world.products)?;
            if seen.contains(&product) {
                continue;
            }
            seen.push(product);
            let listing = self.world.products[&product].listing()?.clone();
            if listing.prices.base.currency() != currency {
                continue;
            }
            let quantity = self.chance.quantity(8);
            let allocations = if listing.kind == ProductKind::Goods {
                self.reserve(id, product, quantity)?
            } else {
                Vec::new()
            };
            lines.push(PlaceLine {
                product,
                sku: listing.sku,
                quantity,
                unit_price: listing.prices.base,
                tax: None,
                company: listing.company,
                allocations,
            });
        }
        let money = |minor: u64| Money::from_minor(i64::try_from(minor).unwrap(), currency);
        let payment_method = self.chance.pick(&[PaymentMethod::Cash, PaymentMethod::Invoice]);
        let number = self.world.orders.len();
        let order = PlaceOrder {
            customer: self
                .chance
                .maybe(|chance| AccountId::from_uuid(Uuid::from_u64_pair(9, chance.below(4)))),
            external_id: self.chance.maybe(|_| text(ExternalId::parse, &format!("5363{number}"))),
            country: self.chance.maybe(|chance| text(Country::parse, chance.pick(COUNTRIES))),
            zone: self.chance.maybe(|chance| text(Zone::parse, chance.pick(ZONES))),
            delivery_address: None,
            device: None,
            fulfilment: self.chance.pick(&[Fulfilment::Delivery, Fulfilment::Pickup]),
            payment_method,
            currency,
            lines,
            discounts: Vec::new(),
            discount: money(self.chance.below(3)),
            delivery: money(self.chance.below(500)),
            tax: money(self.chance.below(100)),
            cash_step: None,
            terms: self.terms(currency),
        };
        self.order(id, OrderCommand::Place(order))?;
        match payment_method {
            PaymentMethod::Cash => self.confirm_order(id),
            PaymentMethod::Invoice => Some(()),
        }
    }

    pub(super) fn reserve(
        &mut self,
        order: OrderId,
        product: ProductId,
        quantity: Quantity,
    ) -> Option<Vec<Allocation>> {
        let hold = self.world.holds.iter().find(|(_, held)| **held == product).map(|(hold, _)| *hold);
        let hold = hold.filter(|_| !self.chance.one_in(4));
        if let Some(hold) = hold {
            self.world.holds.remove(&hold);
        }
        let command = StockCommand::Reserve { order, quantity, preferred: Vec::new(), hold, now: self.now };
        self.stock(product, command)?.into_iter().find_map(|event| match event {
            StockEvent::StockReserved { allocations, .. } => Some(allocations),
            _ => None,
        })
    }

    pub(super) fn confirm_order(&mut self, id: OrderId) -> Option<()> {
        let invoice_number = self.number("invoice", id.to_string())?;
        self.order(id, OrderCommand::Confirm { invoice_number })
    }

    pub(super) fn confirm(&mut self) -> Option<()> {
        let id = Self::any(&mut self.chance, &self.world.orders)?;
        self.confirm_order(id)
    }

    pub(super) fn advance(&mut self) -> Option<()> {
        let id = Self::any(&mut self.chance, &self.world.orders)?;
        let parts = u64::try_from(self.world.orders[&id].parts().len()).unwrap();
        let part = u16::try_from(self.chance.below(parts)).unwrap() + 1;
        let taken = self.world.orders[&id].allocations_of_part(part);
        let part = Some(part);
        match self.world.orders[&id].part_status(part?)? {
            OrderStatus::Confirmed => self.order(id, OrderCommand::Process { part }),
            OrderStatus::Processing => {
                self.order(id, OrderCommand::Ship { part })?;
                for (product, allocations) in taken {
                    let now = self.now;
                    self.stock(product, StockCommand::Deduct { order: id, allocations, now })?;
                }
                Some(())
            }
            OrderStatus::Shipped => self.order(id, OrderCommand::Deliver { part }),
            OrderStatus::Pending | OrderStatus::Delivered | OrderStatus::Cancelled => None,
        }
    }

    pub(super) fn cancel(&mut self) -> Option<()> {
        let id = Self::any(&mut self.chance, &self.world.orders)?;
        let taken = self.world.orders[&id].allocations();
        let reason = self.reason();
        self.order(id, OrderCommand::Cancel { reason })?;
        for (product, _) in taken {
            let cause = ReleaseCause::Cancelled;
            self.stock(product, StockCommand::Release { order: id, allocations: None, cause })?;
        }
        Some(())
    }

    pub(super) fn ask_return(&mut self) -> Option<()> {
        let id = ReturnId::from_uuid(self.chance.uuid());
        let reason = self.reason();
        if self.chance.one_in(4) {
            return self.ask_legacy_return(id, reason);
        }
        let order = Self::any(&mut self.chance, &self.world.orders)?;
        let state = self.world.orders[&order].clone();
        let mut lines = Vec::new();
        for line in state.lines() {
            let left = state.returnable_units(line.number);
            if left > 0 {
                let quantity = self.chance.quantity(left.into());
                lines.push(ReturnedLine { line: line.number, quantity });
            }
        }
        let request = RequestReturn {
            order: Some(order),
            customer: state.customer(),
            external_id: None,
            country: self.chance.maybe(|_| state.country().cloned()).flatten(),
            currency: state.currency()?,
            lines: state.credit_for(order, &lines).ok()?,
            reason,
        };
        self.return_(id, ReturnCommand::Request(request))?;
        self.order(order, OrderCommand::ReturnLines { return_id: id, lines })
    }

    pub(super) fn ask_legacy_return(&mut self, id: ReturnId, reason: Reason) -> Option<()> {
        let product = Self::any(&mut self.chance, &self.world.products)?;
        let listing = self.world.products[&product].listing()?.clone();
        let quantity = self.chance.quantity(5);
        let unit_price = listing.prices.base;
        let line = CreditLine {
            number: 1,
            product,
            sku: listing.sku,
            quantity,
            unit_price,
            total: unit_price.total(quantity).ok()?,
            tax: None,
            commission: None,
            sold_in: None,
        };
        let number = self.world.returns.len();
        let request = RequestReturn {
            order: None,
            customer: None,
            external_id: Some(text(ExternalId::parse, &format!("C5363{number}"))),
            country: self.chance.maybe(|chance| text(Country::parse, chance.pick(COUNTRIES))),
            currency: unit_price.currency(),
            lines: vec![line],
            reason,
        };
        self.return_(id, ReturnCommand::Request(request))
    }

    pub(super) fn advance_return(&mut self) -> Option<()> {
        let id = Self::any(&mut self.chance, &self.world.returns)?;
        let state = self.world.returns[&id].clone();
        match state {
            ReturnState::Requested(_) if self.chance.one_in(3) => {
                let reason = self.reason();
                self.return_(id, ReturnCommand::Reject { reason })?;
                match state.order() {
                    Some(order) => self.order(order, OrderCommand::WithdrawReturn { return_id: id }),
                    None => Some(()),
                }
            }
            ReturnState::Requested(_) => self.return_(id, ReturnCommand::Approve),
            ReturnState::Approved(_) => {
                let warehouse = self.any_warehouse()?;
                self.return_(id, ReturnCommand::Receive { warehouse })?;
                let mut units: BTreeMap<ProductId, Quantity> = BTreeMap::new();
                for line in state.lines() {
                    let sum = units
                        .get(&line.product)
                        .map_or(Some(line.quantity), |sum| sum.checked_add(line.quantity));
                    units.insert(line.product, sum?);
                }
                for (product, quantity) in units {
                    if self.world.products[&product].listing()?.kind == ProductKind::Goods {
                        self.stock(product, StockCommand::Return { return_id: id, warehouse, quantity })?;
                    }
                }
                Some(())
            }
            ReturnState::Received { .. } => {
                let credit_number = self.number("credit", id.to_string())?;
                self.return_(id, ReturnCommand::Credit { credit_number })
            }
            ReturnState::Absent | ReturnState::Credited { .. } | ReturnState::Rejected(_) => None,
        }
    }
}
