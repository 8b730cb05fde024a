//! What the tables of vendors and payouts must hold, worked out from the events alone: every rule once more, in maps.

use std::collections::BTreeMap;

use domain::{
    ids::{CompanyId, OrderId, PayoutId, ReturnId, SettlementId},
    money::{Currency, Money},
    orders::{CreditLine, OrderEvent, OrderLine, Part, ReturnEvent},
    payouts::{Item, PayoutEvent, PayoutStatus, SettlementEvent, SettlementStatus, Statement},
    pricing::TaxTreatment,
    vendors::CompanyEvent,
};
use uuid::Uuid;

use super::history::Written;

/// Sales, commission, refunds, refunded commission, delivery fees.
pub(crate) type Figures = [i128; 5];

/// Name in English, active, commission, version; and every commission so far.
pub(crate) type CompanyFacts = (String, bool, u16, i64, Vec<u16>);

/// Whose, how far, after which position, up to which, what it says, version.
pub(crate) type SettlementFacts = (CompanyId, SettlementStatus, i64, i64, Statement, i64);

/// An order's lines and parts, and which parts have arrived.
type Sold = (Vec<OrderLine>, Vec<Part>, Vec<u16>);

/// Of one company and currency.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) lines: i64,
    pub(crate) figures: Figures,
    pub(crate) in_payout: i128,
    pub(crate) paid: i128,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PayoutFacts {
    pub(crate) company: CompanyId,
    pub(crate) total: Money,
    pub(crate) status: PayoutStatus,
    pub(crate) reference: Option<String>,
    pub(crate) version: i64,
    pub(crate) items: Vec<Item>,
}

#[derive(Debug, Default)]
pub(crate) struct ExpectedVendors {
    pub(crate) companies: BTreeMap<CompanyId, CompanyFacts>,
    /// Whose, the position, the figures.
    pub(crate) items: BTreeMap<Item, (CompanyId, Currency, i64, Figures)>,
    pub(crate) holders: BTreeMap<Item, PayoutId>,
    pub(crate) accounts: BTreeMap<(CompanyId, Currency), Account>,
    pub(crate) payouts: BTreeMap<PayoutId, PayoutFacts>,
    pub(crate) settlements: BTreeMap<SettlementId, SettlementFacts>,
    orders: BTreeMap<OrderId, Sold>,
    returns: BTreeMap<ReturnId, Vec<CreditLine>>,
}

fn id(event: &Written) -> Uuid {
    event.id.parse().unwrap()
}

fn read<E: serde::de::DeserializeOwned>(event: &Written) -> E {
    serde_json::from_str(&event.payload).unwrap()
}

impl ExpectedVendors {
    pub(crate) fn of(events: &[Written]) -> Self {
        let mut all = Self::default();
        for (position, event) in (1_i64..).zip(events) {
            match event.kind {
                "company" => all.company(CompanyId::from_uuid(id(event)), &read(event), event.sequence),
                "order" => all.order(OrderId::from_uuid(id(event)), read(event), position),
                "return" => all.give_back(ReturnId::from_uuid(id(event)), read(event), position),
                "payout" => all.payout(PayoutId::from_uuid(id(event)), &read(event), event.sequence),
                "settlement" => {
                    all.settlement(SettlementId::from_uuid(id(event)), &read(event), event.sequence)
                }
                _ => {}
            }
        }
        all
    }

    fn company(&mut self, id: CompanyId, event: &CompanyEvent, version: i64) {
        if let CompanyEvent::CompanyRegistered { name, commission_basis_points, .. } = event {
            let points = commission_basis_points.get();
            let name = name.by_language()["en"].clone();
            self.companies.insert(id, (name, true, points, version, vec![points]));
            return;
        }
        let known = self.companies.get_mut(&id).unwrap();
        known.3 = version;
        match event {
            CompanyEvent::CompanyDescribed { name, .. } => known.0 = name.by_language()["en"].clone(),
            CompanyEvent::CommissionSet { commission_basis_points } => {
                known.2 = commission_basis_points.get();
                known.4.push(known.2);
            }
            CompanyEvent::CompanyDeactivated { .. } => known.1 = false,
            CompanyEvent::CompanyReactivated => known.1 = true,
            _ => {}
        }
    }

    fn order(&mut self, id: OrderId, event: OrderEvent, position: i64) {
        match event {
            OrderEvent::OrderPlaced { lines, parts, .. } => {
                self.orders.insert(id, (lines, parts, Vec::new()));
            }
            OrderEvent::OrderEdited { lines, parts, .. } => {
                self.orders.insert(id, (lines, parts, Vec::new()));
            }
            OrderEvent::PartDelivered { part } => {
                let (lines, parts, arrived) = self.orders.get_mut(&id).unwrap();
                arrived.push(part);
                let mut earned = Vec::new();
                for line in lines.iter() {
                    let Some(company) = line.company else { continue };
                    let mut places: Vec<_> =
                        line.allocations.iter().map(|allocation| Some(allocation.warehouse)).collect();
                    if places.is_empty() {
                        places.push(None);
                    }
                    let whole = places.iter().all(|place| {
                        let of = |known: &&Part| known.company == line.company && known.warehouse == *place;
                        parts.iter().find(of).is_some_and(|known| arrived.contains(&known.number))
                    });
                    if whole {
                        let in_price = line.tax.filter(|tax| tax.treatment == TaxTreatment::Inclusive);
                        let tax = in_price.map_or(0, |tax| tax.amount.minor());
                        let net = line.total.minor() - line.discount.map_or(0, Money::minor) - tax;
                        let commission = line.commission.map_or(0, |commission| commission.amount.minor());
                        let figures = [net.into(), commission.into(), 0, 0, 0];
                        earned.push((Item::Line(id, line.number), company, line.total.currency(), figures));
                    }
                }
                let arrived_part = parts.iter().find(|known| known.number == part).unwrap();
                if let (Some(company), Some(fee)) = (arrived_part.company, arrived_part.delivery_fee) {
                    let figures = [0, 0, 0, 0, fee.minor().into()];
                    earned.push((Item::Delivery(id, part), company, fee.currency(), figures));
                }
                for (item, company, currency, figures) in earned {
                    self.earn(item, company, currency, position, figures);
                }
            }
            _ => {}
        }
    }

    fn earn(&mut self, item: Item, company: CompanyId, currency: Currency, position: i64, figures: Figures) {
        if self.items.contains_key(&item) {
            return;
        }
        self.items.insert(item, (company, currency, position, figures));
        let account = self.accounts.entry((company, currency)).or_default();
        account.lines += i64::from(matches!(item, Item::Line(..)));
        for (sum, figure) in account.figures.iter_mut().zip(figures) {
            *sum += figure;
        }
    }

    fn give_back(&mut self, id: ReturnId, event: ReturnEvent, position: i64) {
        match event {
            ReturnEvent::ReturnRequested { lines, .. } => {
                self.returns.insert(id, lines);
            }
            ReturnEvent::CreditIssued { .. } => {
                for line in self.returns[&id].clone() {
                    let Some(sold) = line.sold_in else { continue };
                    let Some(company) = self.orders[&sold.order].0[usize::from(sold.line) - 1].company else {
                        continue;
                    };
                    let commission = line.commission.map_or(0, Money::minor);
                    let figures = [0, 0, line.total.minor().into(), commission.into(), 0];
                    let currency = line.total.currency();
                    self.earn(Item::Refund(id, line.number), company, currency, position, figures);
                }
            }
            _ => {}
        }
    }

    fn payout(&mut self, id: PayoutId, event: &PayoutEvent, version: i64) {
        if let PayoutEvent::PayoutCreated { company, lines, deliveries, refunds, total, .. } = event {
            let mut items: Vec<Item> = lines.iter().map(|line| Item::Line(line.order, line.line)).collect();
            items.extend(deliveries.iter().map(|fee| Item::Delivery(fee.order, fee.part)));
            items.extend(refunds.iter().map(|refund| Item::Refund(refund.return_id, refund.line)));
            for item in &items {
                assert_eq!(self.holders.insert(*item, id), None, "the history pays an item twice");
            }
            let account = self.accounts.entry((*company, total.currency())).or_default();
            account.in_payout += i128::from(total.minor());
            items.sort();
            let status = PayoutStatus::Pending;
            let facts = PayoutFacts {
                company: *company,
                total: *total,
                status,
                reference: None,
                version,
                items,
            };
            self.payouts.insert(id, facts);
            return;
        }
        let known = self.payouts.get_mut(&id).unwrap();
        known.version = version;
        let account = self.accounts.get_mut(&(known.company, known.total.currency())).unwrap();
        match event {
            PayoutEvent::PayoutApproved => known.status = PayoutStatus::Approved,
            PayoutEvent::PayoutPaid { reference } => {
                known.status = PayoutStatus::Paid;
                known.reference = Some(reference.as_str().to_owned());
                account.in_payout -= i128::from(known.total.minor());
                account.paid += i128::from(known.total.minor());
            }
            PayoutEvent::PayoutFailed { .. } => {
                known.status = PayoutStatus::Failed;
                account.in_payout -= i128::from(known.total.minor());
                self.holders.retain(|_, holder| *holder != id);
            }
            PayoutEvent::PayoutCreated { .. } => {}
        }
    }

    fn settlement(&mut self, id: SettlementId, event: &SettlementEvent, version: i64) {
        if let SettlementEvent::SettlementCreated { company, from, to, statement } = event {
            let row = (*company, SettlementStatus::Open, *from, *to, *statement, version);
            self.settlements.insert(id, row);
            return;
        }
        let known = self.settlements.get_mut(&id).unwrap();
        known.5 = version;
        known.1 = match event {
            SettlementEvent::SettlementDisputed { .. } => SettlementStatus::Disputed,
            SettlementEvent::SettlementConfirmed => SettlementStatus::Confirmed,
            SettlementEvent::SettlementClosed { .. } => SettlementStatus::Closed,
            SettlementEvent::SettlementCreated { .. } => SettlementStatus::Open,
        };
    }
}
