//! Companies, payouts and settlements of random histories.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    ids::{CompanyId, PayoutId, SettlementId},
    money::{BasisPoints, Currency, Money},
    orders::{SoldIn, VendorTerms},
    payouts::{
        CreatePayout, CreateSettlement, Due, Earnings, Item, Payout, PayoutCommand, PayoutState,
        PayoutStatus, Settlement, SettlementBook, SettlementBookCommand, SettlementBookState,
        SettlementCommand, SettlementState, charged_by_return, earned_in_order,
    },
    text::{LocalizedText, PaymentReference, Reason, Zone},
    vendors::{Company, CompanyCommand, CompanyState, DeliveryFee, RegisterCompany, ReviseCompany},
};

use super::{CURRENCIES, History, ZONES, text};

/// What the deciders know of vendors.
#[derive(Debug, Clone, Default)]
pub(super) struct Vendors {
    companies: BTreeMap<CompanyId, CompanyState>,
    payouts: BTreeMap<PayoutId, PayoutState>,
    settlements: BTreeMap<SettlementId, SettlementState>,
    books: BTreeMap<String, SettlementBookState>,
    claims: BTreeSet<Item>,
}

impl History {
    pub(super) fn vendor(&mut self) -> Option<()> {
        match self.chance.below(8) {
            0 => self.register_company(),
            1 | 2 => self.change_company(),
            3 | 4 => self.create_payout(),
            5 | 6 => self.settle_payout(),
            _ => self.settlement(),
        }
    }

    /// What the registered companies agree to now; sometimes a fee.
    pub(super) fn terms(&mut self, currency: Currency) -> Vec<VendorTerms> {
        let companies: Vec<(CompanyId, CompanyState)> =
            self.world.vendors.companies.iter().map(|(id, state)| (*id, state.clone())).collect();
        let terms = companies.into_iter().filter_map(|(company, state)| {
            let profile = state.profile()?;
            let fee = profile.delivery_fee(None, currency);
            Some(VendorTerms {
                company,
                commission_rate: profile.commission_rate,
                delivery_fee: fee.map(|fee| fee.fee),
                free_from: fee.and_then(|fee| fee.free_from),
            })
        });
        terms.collect()
    }

    fn rate(&mut self) -> BasisPoints {
        BasisPoints::try_from(u16::try_from(self.chance.below(3_000)).unwrap()).unwrap()
    }

    fn fees(&mut self) -> Vec<DeliveryFee> {
        let zone = self.chance.maybe(|chance| text(Zone::parse, chance.pick(ZONES)));
        let currency = self.chance.pick(CURRENCIES);
        let money = |minor: u64| Money::from_minor(i64::try_from(minor).unwrap(), currency);
        let fee = money(self.chance.below(400));
        let free_from = self.chance.maybe(|chance| money(chance.below(40_000)));
        vec![DeliveryFee { zone, fee, free_from }]
    }

    fn company_command(&mut self, id: CompanyId, command: CompanyCommand) -> Option<()> {
        let state = self.world.vendors.companies.entry(id).or_default();
        Self::decide::<Company>(&mut self.unit, state, id.stream(), command).map(drop)
    }

    fn register_company(&mut self) -> Option<()> {
        let id = self.company()?;
        let zone = self.chance.maybe(|chance| text(Zone::parse, chance.pick(ZONES)));
        let company = RegisterCompany {
            name: LocalizedText::single("en", self.chance.pick(&["Zagros", "=Tigris", "O'Hara"])).unwrap(),
            description: self.chance.maybe(|_| LocalizedText::single("ar", "شركة").unwrap()),
            zones: zone.into_iter().collect(),
            commission_rate: self.rate(),
            delivery_fees: self.fees(),
        };
        self.company_command(id, CompanyCommand::Register(company))
    }

    fn change_company(&mut self) -> Option<()> {
        let id = Self::any(&mut self.chance, &self.world.vendors.companies)?;
        let command = match self.chance.below(5) {
            0 => CompanyCommand::Revise(ReviseCompany {
                name: Some(LocalizedText::single("en", &format!("Zab {}", self.chance.below(99))).unwrap()),
                ..ReviseCompany::default()
            }),
            1 => CompanyCommand::SetCommission { commission_rate: self.rate() },
            2 => CompanyCommand::SetDeliveryFees { delivery_fees: self.fees() },
            3 => CompanyCommand::Deactivate { reason: None },
            _ => CompanyCommand::Reactivate,
        };
        self.company_command(id, command)
    }

    /// Every item of a company and currency so far.
    fn items(&self, company: CompanyId, currency: Currency) -> Vec<Due> {
        let vendor_of = |sold: SoldIn| {
            let lines = self.world.orders.get(&sold.order)?.lines();
            lines.iter().find(|line| line.number == sold.line)?.company
        };
        let earned = self.world.orders.iter().flat_map(|(id, order)| earned_in_order(*id, order));
        let charged =
            self.world.returns.iter().flat_map(|(id, back)| charged_by_return(*id, back, vendor_of));
        let belongs = |due: &Due| due.company == company && due.earnings.currency() == currency;
        earned.chain(charged).filter(belongs).collect()
    }

    fn create_payout(&mut self) -> Option<()> {
        let company = self.company()?;
        let currency = self.chance.pick(CURRENCIES);
        let most = usize::try_from(self.chance.below(12)).unwrap();
        let mut items = self.items(company, currency);
        items.retain(|due| !self.world.vendors.claims.contains(&due.item));
        items.truncate(most);
        let taken: Vec<Item> = items.iter().map(|due| due.item).collect();
        let id = PayoutId::from_uuid(self.chance.uuid());
        let state = self.world.vendors.payouts.entry(id).or_default();
        let command = PayoutCommand::Create(CreatePayout { company, currency, items });
        Self::decide::<Payout>(&mut self.unit, state, id.stream(), command)?;
        self.world.vendors.claims.extend(taken);
        Some(())
    }

    fn settle_payout(&mut self) -> Option<()> {
        let id = Self::any(&mut self.chance, &self.world.vendors.payouts)?;
        let command = match self.chance.below(5) {
            0 | 1 => PayoutCommand::Approve,
            2 | 3 => PayoutCommand::Pay { reference: text(PaymentReference::parse, &format!("FT{id}")) },
            _ => PayoutCommand::Fail { reason: text(Reason::parse, "account closed") },
        };
        let state = self.world.vendors.payouts.get_mut(&id)?;
        let events = Self::decide::<Payout>(&mut self.unit, state, id.stream(), command)?;
        if !events.is_empty() && state.status() == Some(PayoutStatus::Failed) {
            let items = state.content()?.items.clone();
            self.world.vendors.claims.retain(|item| !items.contains(item));
        }
        Some(())
    }

    fn settlement(&mut self) -> Option<()> {
        if self.chance.one_in(2) {
            return self.change_settlement();
        }
        let company = self.company()?;
        let currency = self.chance.pick(CURRENCIES);
        let id = SettlementId::from_uuid(self.chance.uuid());
        let stream = SettlementBook::stream(company, currency);
        let book = self.world.vendors.books.get(&stream).copied().unwrap_or_default();
        let nothing = Earnings::zero(currency);
        let earnings = self
            .items(company, currency)
            .into_iter()
            .try_fold(nothing, |sum, due| sum.checked_add(due.earnings))
            .ok()?;
        // The projection takes what the settlement says; that this is so is for the use case to see to.
        let create = CreateSettlement {
            company,
            from: book.settled_to,
            to: i64::try_from(self.events.len()).unwrap(),
            opening: book.closing.unwrap_or(nothing.sales),
            earnings,
            payouts: nothing.sales,
        };
        let state = self.world.vendors.settlements.entry(id).or_default();
        Self::decide::<Settlement>(&mut self.unit, state, id.stream(), SettlementCommand::Create(create))?;
        let extend = SettlementBookCommand::Extend {
            settlement: id,
            from: create.from,
            to: create.to,
            opening: create.opening,
            closing: state.content()?.statement.closing,
        };
        let book = self.world.vendors.books.entry(stream.clone()).or_default();
        Self::decide::<SettlementBook>(&mut self.unit, book, stream, extend).map(drop)
    }

    fn change_settlement(&mut self) -> Option<()> {
        let id = Self::any(&mut self.chance, &self.world.vendors.settlements)?;
        let reason = text(Reason::parse, "a delivery is missing");
        let command = match self.chance.below(3) {
            0 => SettlementCommand::Dispute { reason },
            1 => SettlementCommand::Confirm,
            _ => SettlementCommand::Close { reason: Some(reason) },
        };
        let state = self.world.vendors.settlements.get_mut(&id)?;
        Self::decide::<Settlement>(&mut self.unit, state, id.stream(), command).map(drop)
    }
}
