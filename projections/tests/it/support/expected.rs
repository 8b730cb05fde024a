//! What the tables must hold, worked out once more from the events alone: plain maps, one event after the other, no
//! code of the projections.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use domain::{
    catalog::ProductEvent,
    decider::Event,
    identity::AccountEvent,
    ids::{AccountId, CompanyId, EventId, OrderId, ProductId, ReturnId, WarehouseId},
    inventory::{Allocation, StockEvent, WarehouseEvent},
    money::Money,
    orders::{OrderEvent, OrderLine, OrderStatus, Part, PaymentMethod, ReturnEvent, ReturnStatus, Totals},
    vendors::CompanyEvent,
};
use projections::{
    catalog::product_list::{ProductRow, ProductStatus},
    identity::accounts::{AccountRow, SealedProfile},
    orders::{
        order_list::{DeliveryStatus, OrderLineRow, OrderRow, PartRow, PaymentStatus},
        return_list::{ReturnLineRow, ReturnRow},
    },
};
use uuid::Uuid;

use super::history::Written;

/// One movement: position, product, warehouse, name, what changed, the balance after it.
pub(crate) type Moved = (i64, ProductId, WarehouseId, &'static str, [i64; 3], [i64; 3]);

/// Figures of one day, country and currency: orders, lines, units, total; credits, lines, units, amount.
pub(crate) type DayFigures = [i128; 8];

#[derive(Debug, Default)]
pub(crate) struct Expected {
    pub(crate) products: BTreeMap<ProductId, ProductRow>,
    /// On hand, reserved, held, threshold.
    pub(crate) stock: BTreeMap<(ProductId, WarehouseId), [i64; 4]>,
    pub(crate) warehouses: BTreeMap<WarehouseId, (String, bool)>,
    pub(crate) moved: Vec<Moved>,
    pub(crate) orders: BTreeMap<OrderId, OrderRow>,
    pub(crate) lines: BTreeMap<OrderId, Vec<OrderLineRow>>,
    pub(crate) returns: BTreeMap<ReturnId, ReturnRow>,
    pub(crate) return_lines: BTreeMap<ReturnId, Vec<ReturnLineRow>>,
    pub(crate) accounts: BTreeMap<AccountId, AccountRow>,
    pub(crate) days: BTreeMap<(NaiveDate, String, &'static str), DayFigures>,
    /// Companies that do not sell.
    pub(crate) closed: BTreeSet<CompanyId>,
    pub(crate) adjustments: i64,
    pub(crate) units_adjusted: i64,
    /// Which units of which order came with a return.
    came_back: BTreeMap<ReturnId, (OrderId, Vec<(u16, u32)>)>,
    credited_at: BTreeMap<ReturnId, DateTime<Utc>>,
}

fn read<E: Event>(event: &Written) -> E {
    serde_json::from_str(&event.payload).unwrap()
}

fn part_rows(parts: &[Part]) -> Vec<PartRow> {
    let row = |part: &Part| PartRow {
        number: part.number,
        company: part.company,
        warehouse: part.warehouse,
        status: OrderStatus::Pending,
    };
    parts.iter().map(row).collect()
}

fn line_rows(lines: Vec<OrderLine>, totals: &Totals) -> Vec<OrderLineRow> {
    let row = |line: OrderLine| OrderLineRow {
        number: line.number,
        product: line.product,
        sku: line.sku.to_string(),
        quantity: line.quantity.get(),
        returned: 0,
        unit_price: line.unit_price,
        total: line.total,
        discount: line.discount.unwrap_or(Money::zero(totals.total.currency())),
        tax: line.tax,
        company: line.company,
        allocations: line.allocations,
    };
    lines.into_iter().map(row).collect()
}

/// An edit replaces all that was agreed on.
fn agree(row: &mut OrderRow, lines: &[OrderLine], parts: &[Part], totals: &Totals) {
    row.subtotal = totals.subtotal;
    row.discount = totals.discount;
    row.delivery = totals.delivery;
    row.tax = totals.tax;
    row.rounding = totals.rounding;
    row.total = totals.total;
    row.line_count = u32::try_from(lines.len()).unwrap();
    row.units = lines.iter().map(|line| i64::from(line.quantity.get())).sum();
    row.parts = part_rows(parts);
}

impl Expected {
    pub(crate) fn of(events: &[Written]) -> Self {
        let mut all = Self::default();
        for (event, position) in events.iter().zip(1..) {
            match event.kind {
                "product" => all.product(event),
                "stock" => all.stock(event, position),
                "warehouse" => all.warehouse(event),
                "order" => all.order(event),
                "return" => all.return_(event),
                "account" => all.account(event),
                // The others have expectations of their own.
                "cart" | "counter" | "promotion" | "coupon" | "address_book" | "category" | "unit"
                | "selling_unit" | "price_list" | "supplier" | "reorder" | "review" | "stock_alerts"
                | "alert_register" | "needed_item" | "loyalty_account" | "loyalty_program" => {}
                "company" => all.company(event),
                "payout" | "settlement" | "settlement_book" => {}
                other => panic!("{other}"),
            }
        }
        all.finish();
        all
    }

    fn company(&mut self, event: &Written) {
        let id = CompanyId::from_uuid(event.id.parse().unwrap());
        match read::<CompanyEvent>(event) {
            CompanyEvent::CompanyDeactivated { .. } => drop(self.closed.insert(id)),
            CompanyEvent::CompanyReactivated => drop(self.closed.remove(&id)),
            _ => {}
        }
    }

    fn product(&mut self, event: &Written) {
        let id = ProductId::from_uuid(event.id.parse().unwrap());
        match read::<ProductEvent>(event) {
            ProductEvent::ProductRegistered {
                sku,
                kind,
                details,
                prices,
                min_order_quantity,
                external_id,
                company,
                presentation,
            } => {
                let row = ProductRow {
                    id,
                    sku: sku.to_string(),
                    kind,
                    title: details.title,
                    description: details.description,
                    categories: details.categories,
                    tags: details.tags.iter().map(ToString::to_string).collect(),
                    barcode: details.barcode.map(|code| code.to_string()),
                    images: details.images,
                    attributes: details.attributes,
                    base_price: prices.base,
                    discounted_price: prices.discounted,
                    wholesale_price: prices.wholesale,
                    min_order_quantity: min_order_quantity.get(),
                    company,
                    external_id: external_id.map(|id| id.to_string()),
                    presentation,
                    status: ProductStatus::Active,
                    version: 0,
                    created_at: event.recorded_at,
                    updated_at: event.recorded_at,
                    available: 0,
                };
                self.products.insert(id, row);
            }
            ProductEvent::ProductDescribed { details } => {
                let row = self.products.get_mut(&id).unwrap();
                row.title = details.title;
                row.description = details.description;
                row.categories = details.categories;
                row.tags = details.tags.iter().map(ToString::to_string).collect();
                row.barcode = details.barcode.map(|code| code.to_string());
                row.images = details.images;
                row.attributes = details.attributes;
            }
            ProductEvent::ProductRepriced { prices } => {
                let row = self.products.get_mut(&id).unwrap();
                row.base_price = prices.base;
                row.discounted_price = prices.discounted;
                row.wholesale_price = prices.wholesale;
            }
            ProductEvent::MinimumOrderQuantitySet { min_order_quantity } => {
                self.products.get_mut(&id).unwrap().min_order_quantity = min_order_quantity.get();
            }
            ProductEvent::ProductPresented { presentation } => {
                self.products.get_mut(&id).unwrap().presentation = presentation;
            }
            ProductEvent::SustainabilityStated { .. } => {}
            ProductEvent::ProductDiscontinued { .. } => {
                self.products.get_mut(&id).unwrap().status = ProductStatus::Discontinued;
            }
        }
        let row = self.products.get_mut(&id).unwrap();
        row.version = event.sequence;
        row.updated_at = event.recorded_at;
    }

    fn stock(&mut self, event: &Written, position: i64) {
        let product = ProductId::from_uuid(event.id.parse().unwrap());
        let one = |warehouse, quantity| vec![Allocation { warehouse, quantity }];
        let (places, [on_hand, reserved, held]) = match read::<StockEvent>(event) {
            StockEvent::StockReceived { warehouse, quantity, .. }
            | StockEvent::StockReturned { warehouse, quantity, .. } => (one(warehouse, quantity), [1, 0, 0]),
            StockEvent::StockReserved { allocations, .. } => (allocations, [0, 1, 0]),
            StockEvent::StockReleased { allocations, .. } => (allocations, [0, -1, 0]),
            StockEvent::StockDeducted { allocations, .. } => (allocations, [-1, -1, 0]),
            StockEvent::StockHeld { allocations, .. } => (allocations, [0, 0, 1]),
            StockEvent::HoldReleased { allocations, .. } => (allocations, [0, 0, -1]),
            StockEvent::StockAdjusted { warehouse, delta, .. } => {
                self.adjustments += 1;
                self.units_adjusted += delta;
                return self.moves(event, position, product, warehouse, [delta, 0, 0]);
            }
            StockEvent::StockWasted { warehouse, quantity, .. } => (one(warehouse, quantity), [-1, 0, 0]),
            StockEvent::StockTransferred { from, to, quantity, .. } => {
                let units = i64::from(quantity.get());
                self.moves(event, position, product, from, [-units, 0, 0]);
                return self.moves(event, position, product, to, [units, 0, 0]);
            }
            StockEvent::StockThresholdSet { warehouse, threshold } => {
                self.stock.entry((product, warehouse)).or_default()[3] = threshold.into();
                return;
            }
            StockEvent::ReorderRuleSet { .. }
            | StockEvent::ReorderPointReached { .. }
            | StockEvent::StockFellLow { .. }
            | StockEvent::StockRanOut { .. }
            | StockEvent::StockRecovered { .. } => return,
        };
        for Allocation { warehouse, quantity } in places {
            let units = i64::from(quantity.get());
            let change = [on_hand * units, reserved * units, held * units];
            self.moves(event, position, product, warehouse, change);
        }
    }

    fn moves(
        &mut self,
        event: &Written,
        position: i64,
        product: ProductId,
        warehouse: WarehouseId,
        change: [i64; 3],
    ) {
        let level = self.stock.entry((product, warehouse)).or_default();
        for (counter, delta) in level.iter_mut().zip(change) {
            *counter += delta;
        }
        let balance = [level[0], level[1], level[2]];
        self.moved.push((position, product, warehouse, event.name, change, balance));
    }

    fn warehouse(&mut self, event: &Written) {
        let id = WarehouseId::from_uuid(event.id.parse().unwrap());
        match read::<WarehouseEvent>(event) {
            WarehouseEvent::WarehouseOpened { code, .. } => {
                self.warehouses.insert(id, (code.to_string(), true));
            }
            // Told and counted by support/stores.rs.
            WarehouseEvent::WarehouseRevised { .. }
            | WarehouseEvent::WarehouseLogisticsSet { .. }
            | WarehouseEvent::StoreOpened { .. }
            | WarehouseEvent::StoreRevised { .. }
            | WarehouseEvent::StoreStatusSet { .. } => {}
            WarehouseEvent::WarehouseClosed { .. } => self.warehouses.get_mut(&id).unwrap().1 = false,
        }
    }

    fn order(&mut self, event: &Written) {
        let id = OrderId::from_uuid(event.id.parse().unwrap());
        let change = read::<OrderEvent>(event);
        if let OrderEvent::OrderPlaced { .. } = change {
            self.place(id, change, event);
            return;
        }
        let row = self.orders.get_mut(&id).unwrap();
        row.version = event.sequence;
        row.updated_at = event.recorded_at;
        let all = |row: &mut OrderRow, status| row.parts.iter_mut().for_each(|part| part.status = status);
        let one = |row: &mut OrderRow, number: u16, status| {
            row.parts.iter_mut().find(|part| part.number == number).unwrap().status = status;
        };
        match change {
            OrderEvent::OrderPlaced { .. } => {}
            OrderEvent::OrderFlagged { .. } => row.is_held = true,
            OrderEvent::FlagCleared { .. } | OrderEvent::FraudConfirmed { .. } => row.is_held = false,
            OrderEvent::OrderEdited { lines, parts, totals, .. } => {
                agree(row, &lines, &parts, &totals);
                row.invoice_number = None;
                self.lines.insert(id, line_rows(lines, &totals));
            }
            OrderEvent::OrderConfirmed { invoice_number } => {
                row.invoice_number = Some(i64::try_from(invoice_number).unwrap());
                all(row, OrderStatus::Confirmed);
            }
            OrderEvent::PartProcessed { part } => one(row, part, OrderStatus::Processing),
            OrderEvent::PartShipped { part } => one(row, part, OrderStatus::Shipped),
            OrderEvent::PartDelivered { part } => one(row, part, OrderStatus::Delivered),
            OrderEvent::OrderCancelled { reason } => {
                row.cancel_reason = Some(reason.to_string());
                row.is_held = false;
                all(row, OrderStatus::Cancelled);
            }
            OrderEvent::LinesReturned { return_id, lines } => {
                let lines = lines.iter().map(|line| (line.line, line.quantity.get())).collect();
                self.came_back.insert(return_id, (id, lines));
            }
            OrderEvent::ReturnWithdrawn { return_id } => {
                self.came_back.remove(&return_id).unwrap();
            }
        }
    }

    fn place(&mut self, id: OrderId, change: OrderEvent, event: &Written) {
        let OrderEvent::OrderPlaced {
            customer,
            external_id,
            country,
            zone,
            fulfilment,
            payment_method,
            lines,
            parts,
            totals,
            discounts: _,
            delivery_address: _,
            device: _,
        } = change
        else {
            return;
        };
        let row = OrderRow {
            id,
            customer,
            external_id: external_id.map(|text| text.to_string()),
            country: country.map(|text| text.to_string()),
            zone: zone.map(|text| text.to_string()),
            fulfilment,
            payment_method,
            payment_status: PaymentStatus::Pending,
            delivery_status: DeliveryStatus::Pending,
            status: OrderStatus::Pending,
            subtotal: totals.subtotal,
            discount: totals.discount,
            delivery: totals.delivery,
            tax: totals.tax,
            rounding: totals.rounding,
            total: totals.total,
            credited: Money::zero(totals.total.currency()),
            line_count: u32::try_from(lines.len()).unwrap(),
            units: lines.iter().map(|line| i64::from(line.quantity.get())).sum(),
            invoice_number: None,
            parts: part_rows(&parts),
            cancel_reason: None,
            is_held: false,
            version: event.sequence,
            placed_at: event.metadata.effective_at.unwrap_or(event.recorded_at),
            recorded_at: event.recorded_at,
            updated_at: event.recorded_at,
        };
        self.lines.insert(id, line_rows(lines, &totals));
        self.orders.insert(id, row);
    }

    fn return_(&mut self, event: &Written) {
        let id = ReturnId::from_uuid(event.id.parse().unwrap());
        let happened_at = event.metadata.effective_at.unwrap_or(event.recorded_at);
        match read::<ReturnEvent>(event) {
            ReturnEvent::ReturnRequested { order, customer, external_id, country, lines, total, reason } => {
                let row = ReturnRow {
                    id,
                    order,
                    customer,
                    external_id: external_id.map(|text| text.to_string()),
                    country: country.map(|text| text.to_string()),
                    status: ReturnStatus::Requested,
                    total,
                    reason: reason.to_string(),
                    rejection_reason: None,
                    warehouse: None,
                    credit_number: None,
                    line_count: u32::try_from(lines.len()).unwrap(),
                    version: 0,
                    requested_at: happened_at,
                    recorded_at: event.recorded_at,
                    updated_at: event.recorded_at,
                };
                self.returns.insert(id, row);
                let lines = lines.into_iter().map(|line| ReturnLineRow {
                    number: line.number,
                    product: line.product,
                    sku: line.sku.to_string(),
                    quantity: line.quantity.get(),
                    unit_price: line.unit_price,
                    total: line.total,
                    sold_in: line.sold_in,
                });
                self.return_lines.insert(id, lines.collect());
            }
            ReturnEvent::ReturnApproved => self.returns.get_mut(&id).unwrap().status = ReturnStatus::Approved,
            ReturnEvent::ReturnReceived { warehouse } => {
                let row = self.returns.get_mut(&id).unwrap();
                row.status = ReturnStatus::Received;
                row.warehouse = Some(warehouse);
            }
            ReturnEvent::CreditIssued { credit_number } => {
                let row = self.returns.get_mut(&id).unwrap();
                row.status = ReturnStatus::Credited;
                row.credit_number = Some(i64::try_from(credit_number).unwrap());
                self.credited_at.insert(id, happened_at);
                if let Some(order) = row.order {
                    let order = self.orders.get_mut(&order).unwrap();
                    order.credited = order.credited.checked_add(row.total).unwrap();
                    order.updated_at = event.recorded_at;
                }
            }
            ReturnEvent::ReturnRejected { reason } => {
                let row = self.returns.get_mut(&id).unwrap();
                row.status = ReturnStatus::Rejected;
                row.rejection_reason = Some(reason.to_string());
            }
        }
        let row = self.returns.get_mut(&id).unwrap();
        row.version = event.sequence;
        row.updated_at = event.recorded_at;
    }

    fn account(&mut self, event: &Written) {
        let id = AccountId::from_uuid(event.id.parse::<Uuid>().unwrap());
        match read::<AccountEvent>(event) {
            AccountEvent::AccountRegistered { role, zones, company } => {
                let row = AccountRow {
                    id,
                    role,
                    zones: zones.iter().map(ToString::to_string).collect(),
                    company,
                    active: true,
                    profile: None,
                    erased_at: None,
                    version: 0,
                    registered_at: event.recorded_at,
                    updated_at: event.recorded_at,
                };
                self.accounts.insert(id, row);
            }
            AccountEvent::AccountReassigned { role, zones, company } => {
                let row = self.accounts.get_mut(&id).unwrap();
                row.role = role;
                row.zones = zones.iter().map(ToString::to_string).collect();
                row.company = company;
            }
            AccountEvent::AccountDeactivated => self.accounts.get_mut(&id).unwrap().active = false,
            AccountEvent::AccountReactivated => self.accounts.get_mut(&id).unwrap().active = true,
            AccountEvent::ProfileRevised { display_name, phone, locale } => {
                let event = EventId::from_uuid(event.metadata.event_id);
                self.accounts.get_mut(&id).unwrap().profile =
                    Some(SealedProfile { event, display_name, phone, locale });
            }
            AccountEvent::EmailVerified
            | AccountEvent::PasswordChanged { .. }
            | AccountEvent::PasswordRevoked
            | AccountEvent::SecondFactorEnabled
            | AccountEvent::SecondFactorDisabled => {}
            AccountEvent::AccountErased => {
                let row = self.accounts.get_mut(&id).unwrap();
                (row.active, row.profile, row.erased_at) = (false, None, Some(event.recorded_at));
            }
        }
        let row = self.accounts.get_mut(&id).unwrap();
        row.version = event.sequence;
        row.updated_at = event.recorded_at;
    }

    /// What follows from the rows as they ended.
    fn finish(&mut self) {
        for ((product, _), [on_hand, reserved, held, _]) in &self.stock {
            self.products.get_mut(product).unwrap().available += on_hand - reserved - held;
        }
        for row in self.orders.values_mut() {
            let all = |status| row.parts.iter().all(|part| part.status == status);
            let any = |status| row.parts.iter().any(|part| part.status == status);
            row.status = row.parts.iter().map(|part| part.status).min().unwrap();
            row.delivery_status = if all(OrderStatus::Delivered) {
                DeliveryStatus::Delivered
            } else if any(OrderStatus::Delivered) || any(OrderStatus::Shipped) {
                DeliveryStatus::Picked
            } else {
                DeliveryStatus::Pending
            };
            let paid = row.payment_method == PaymentMethod::Cash && all(OrderStatus::Delivered);
            row.payment_status = match (paid, row.credited.minor(), row.total.minor()) {
                (false, _, _) => PaymentStatus::Pending,
                (true, 0, _) => PaymentStatus::Paid,
                (true, credited, total) if credited < total => PaymentStatus::PartiallyRefunded,
                (true, _, _) => PaymentStatus::Refunded,
            };
        }
        for (order, lines) in self.came_back.values() {
            for (number, units) in lines {
                let lines = self.lines.get_mut(order).unwrap();
                lines.iter_mut().find(|line| line.number == *number).unwrap().returned += units;
            }
        }
        self.count_sales();
    }

    fn count_sales(&mut self) {
        for row in self.orders.values().filter(|row| row.status != OrderStatus::Cancelled) {
            let country = row.country.clone().unwrap_or_default();
            let key = (row.placed_at.date_naive(), country, row.currency().code());
            let figures = self.days.entry(key).or_default();
            figures[0] += 1;
            figures[1] += i128::from(row.line_count);
            figures[2] += i128::from(row.units);
            figures[3] += i128::from(row.total.minor());
        }
        for (id, at) in &self.credited_at {
            let row = &self.returns[id];
            let of_order = row.order.and_then(|order| self.orders[&order].country.clone());
            let country = row.country.clone().or(of_order).unwrap_or_default();
            let key = (at.date_naive(), country, row.total.currency().code());
            let figures = self.days.entry(key).or_default();
            figures[4] += 1;
            figures[5] += i128::from(row.line_count);
            let units = self.return_lines[id].iter().map(|line| i128::from(line.quantity));
            figures[6] += units.sum::<i128>();
            figures[7] += i128::from(row.total.minor());
        }
    }
}
