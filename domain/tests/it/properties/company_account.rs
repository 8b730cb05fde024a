//! What was paid and what is still owed are the sales less commission less refunds, whatever happens in which order.

use std::collections::HashMap;

use domain::{
    decider::Decider,
    fixtures::{
        company, must, order,
        orders::{placed, returned_lines, terms},
        payout, reason, return_id, text, warehouse,
    },
    money::{Currency, Money},
    orders::{
        Order, OrderCommand, OrderState, OrderStatus, PlaceOrder, RequestReturn, Return, ReturnCommand,
        ReturnState, SoldIn, VendorTerms,
    },
    payouts::{
        CreatePayout, CreateSettlement, Due, Earnings, Item, Payout, PayoutCommand, PayoutState,
        PayoutStatus, Settlement, SettlementBook, SettlementBookCommand, SettlementCommand,
        charged_by_return, earned_in_order,
    },
    pricing::TaxTreatment,
};
use proptest::prelude::*;

use super::order_totals::place_order;

#[derive(Debug, Clone)]
enum Step {
    Deliver {
        order: usize,
        part: u16,
    },
    Return {
        order: usize,
        line: u16,
        units: u32,
    },
    /// Tries to pay every `nth` item of a company, whether or not it is taken.
    Pay {
        company: u64,
        nth: usize,
    },
    Settle {
        payout: usize,
        how: u8,
    },
    DrawUp {
        company: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_usize, 1..=4_u16).prop_map(|(order, part)| Step::Deliver { order, part }),
        3 => (0..3_usize, 1..=8_u16, 1..=9_u32)
            .prop_map(|(order, line, units)| Step::Return { order, line, units }),
        3 => (1..=2_u64, 1..=3_usize).prop_map(|(company, nth)| Step::Pay { company, nth }),
        4 => (0..8_usize, 0..3_u8).prop_map(|(payout, how)| Step::Settle { payout, how }),
        1 => (1..=2_u64).prop_map(|company| Step::DrawUp { company }),
    ]
}

/// Everything that has happened, and who holds which item.
struct World {
    orders: Vec<OrderState>,
    returns: Vec<ReturnState>,
    payouts: Vec<PayoutState>,
    claims: HashMap<Item, usize>,
    /// By company: the book, and the sum of all earnings and payments settled so far.
    books: HashMap<u64, (domain::payouts::SettlementBookState, i64)>,
    position: i64,
}

fn apply<D: Decider>(state: &mut D::State, command: D::Command) -> bool {
    let Ok(events) = D::decide(state, command) else {
        return false;
    };
    events.iter().for_each(|event| D::evolve(state, event));
    !events.is_empty()
}

impl World {
    fn new(orders: Vec<PlaceOrder>) -> Self {
        let fees = VendorTerms {
            delivery_fee: Some(Money::from_minor(250, Currency::GBP)),
            ..terms(1, 777)
        };
        let place = |new| placed(PlaceOrder { terms: vec![fees, terms(2, 10_000)], ..new });
        let mut orders: Vec<OrderState> = orders.into_iter().map(|new| Order::fold(&[place(new)])).collect();
        for (number, order) in (1_u64..).zip(&mut orders) {
            apply::<Order>(order, OrderCommand::Confirm { invoice_number: number });
        }
        Self {
            orders,
            returns: Vec::new(),
            payouts: Vec::new(),
            claims: HashMap::new(),
            books: HashMap::new(),
            position: 0,
        }
    }

    /// By domain code: every item so far.
    fn items(&self) -> Vec<Due> {
        let mut items = Vec::new();
        for (number, state) in (1_u64..).zip(&self.orders) {
            items.extend(earned_in_order(order(number), state));
        }
        let vendor_of = |sold: SoldIn| {
            let known = (1_u64..).zip(&self.orders).find(|(number, _)| order(*number) == sold.order);
            known.and_then(|(_, order)| order.lines()[usize::from(sold.line) - 1].company)
        };
        for (number, state) in (1_u64..).zip(&self.returns) {
            items.extend(charged_by_return(return_id(number), state, vendor_of));
        }
        items
    }

    fn run(&mut self, step: &Step) {
        self.position += 1;
        match *step {
            Step::Deliver { order, part } => {
                let Some(state) = self.orders.get_mut(order) else {
                    return;
                };
                for command in [
                    OrderCommand::Process { part: Some(part) },
                    OrderCommand::Ship { part: Some(part) },
                    OrderCommand::Deliver { part: Some(part) },
                ] {
                    apply::<Order>(state, command);
                }
            }
            Step::Return { order, line, units } => self.take_back(order, line, units),
            Step::Pay { company, nth } => self.pay(company, nth),
            Step::Settle { payout, how } => self.settle(payout, how),
            Step::DrawUp { company } => self.draw_up(company),
        }
    }

    fn take_back(&mut self, index: usize, line: u16, units: u32) {
        let Some(state) = self.orders.get_mut(index) else {
            return;
        };
        let lines = returned_lines(&[(line, units)]);
        let number = u64::try_from(self.returns.len() + 1).unwrap_or(0);
        let sold_in = order(u64::try_from(index + 1).unwrap_or(0));
        let Ok(credit) = state.credit_for(sold_in, &lines) else {
            return;
        };
        apply::<Order>(state, OrderCommand::ReturnLines { return_id: return_id(number), lines });
        let mut back = ReturnState::default();
        for command in [
            ReturnCommand::Request(RequestReturn {
                order: Some(sold_in),
                customer: None,
                external_id: None,
                country: None,
                currency: Currency::GBP,
                lines: credit,
                reason: reason("broken"),
            }),
            ReturnCommand::Approve,
            ReturnCommand::Receive { warehouse: warehouse(1) },
            ReturnCommand::Credit { credit_number: number },
        ] {
            apply::<Return>(&mut back, command);
        }
        self.returns.push(back);
    }

    /// As the use case does it: what another payout holds is left out.
    fn pay(&mut self, of: u64, nth: usize) {
        let free = |due: &Due| due.company == company(of) && !self.claims.contains_key(&due.item);
        let items: Vec<Due> = self.items().into_iter().filter(free).step_by(nth).collect();
        let mut state = PayoutState::default();
        let new = CreatePayout { company: company(of), currency: Currency::GBP, items };
        let items: Vec<Item> = new.items.iter().map(|due| due.item).collect();
        if apply::<Payout>(&mut state, PayoutCommand::Create(new)) {
            let number = self.payouts.len();
            for item in items {
                assert_eq!(self.claims.insert(item, number), None);
            }
            self.payouts.push(state);
        }
    }

    fn settle(&mut self, number: usize, how: u8) {
        let Some(state) = self.payouts.get_mut(number) else {
            return;
        };
        let command = match how {
            0 => PayoutCommand::Approve,
            1 => PayoutCommand::Pay { reference: text("FT1") },
            _ => PayoutCommand::Fail { reason: reason("closed") },
        };
        if apply::<Payout>(state, command) && state.status() == Some(PayoutStatus::Failed) {
            self.claims.retain(|_, holder| *holder != number);
        }
    }

    fn draw_up(&mut self, of: u64) {
        let (book, before) = self.books.entry(of).or_default();
        let (book, before) = (*book, *before);
        let sum = |earnings: Earnings| must(earnings.net()).minor();
        let earned: i64 =
            self.items().iter().filter(|due| due.company == company(of)).map(|due| sum(due.earnings)).sum();
        let paid = self.total_of(of, |status| status == PayoutStatus::Paid);
        // All that was earned less all that was paid since the last one.
        let gone = earned - paid - before;
        let pounds = |minor| Money::from_minor(minor, Currency::GBP);
        let new = CreateSettlement {
            company: company(of),
            from: book.settled_to,
            to: self.position,
            opening: book.closing.unwrap_or(pounds(0)),
            earnings: Earnings { sales: pounds(gone), ..Earnings::zero(Currency::GBP) },
            payouts: pounds(0),
        };
        let mut state = Default::default();
        assert!(apply::<Settlement>(&mut state, SettlementCommand::Create(new)));
        let content = *must(state.content().ok_or("it was drawn up"));
        let mut book = book;
        let extend = SettlementBookCommand::Extend {
            settlement: domain::fixtures::settlement(1),
            from: new.from,
            to: new.to,
            opening: new.opening,
            closing: content.statement.closing,
        };
        if apply::<SettlementBook>(&mut book, extend) {
            assert_eq!(content.statement.closing.minor(), earned - paid);
            self.books.insert(of, (book, earned - paid));
        }
    }

    fn total_of(&self, of: u64, wanted: impl Fn(PayoutStatus) -> bool) -> i64 {
        let of_company = self.payouts.iter().filter(|state| state.status().is_some_and(&wanted));
        let content =
            of_company.filter_map(PayoutState::content).filter(|known| known.company == company(of));
        content.map(|content| content.total.minor()).sum()
    }

    /// The oracle: sales less commission less refunds of one company, from the orders' lines by its own arithmetic.
    fn earned(&self, of: u64, points: i128, fee: i64) -> i64 {
        let mut earned: i128 = 0;
        for state in &self.orders {
            let arrived = |number: u16| state.part_status(number) == Some(OrderStatus::Delivered);
            for line in state.lines().iter().filter(|line| line.company == Some(company(of))) {
                let mut places: Vec<_> = line.allocations.iter().map(|place| Some(place.warehouse)).collect();
                if places.is_empty() {
                    places.push(None);
                }
                let delivered = places.iter().all(|place| {
                    let part = state
                        .parts()
                        .iter()
                        .find(|part| part.company == line.company && part.warehouse == *place);
                    part.is_some_and(|part| arrived(part.number))
                });
                if delivered {
                    let in_price = line.tax.filter(|tax| tax.treatment == TaxTreatment::Inclusive);
                    let tax = in_price.map_or(0, |tax| tax.amount.minor());
                    let net = i128::from(line.total.minor() - line.discount.map_or(0, Money::minor) - tax);
                    earned += net - half_even(net * points, 10_000);
                }
            }
            let brought = |part: &&domain::orders::Part| {
                part.company == Some(company(of)) && part.warehouse.is_some() && arrived(part.number)
            };
            earned += state.parts().iter().filter(brought).map(|_| i128::from(fee)).sum::<i128>();
        }
        for line in self.returns.iter().flat_map(ReturnState::lines) {
            let sold = must(line.sold_in.ok_or("every return here names its order"));
            let index = (1_u64..).zip(&self.orders).find(|(number, _)| order(*number) == sold.order);
            let vendor = index.and_then(|(_, order)| order.lines()[usize::from(sold.line) - 1].company);
            if vendor == Some(company(of)) {
                let tax = line.tax.map_or(0, |tax| tax.amount.minor());
                earned -= i128::from(line.total.minor() - tax - line.commission.map_or(0, Money::minor));
            }
        }
        must(i64::try_from(earned))
    }

    fn check(&self) {
        for (of, points, fee) in [(1, 777, 250), (2, 10_000, 0)] {
            let free = |due: &&Due| due.company == company(of) && !self.claims.contains_key(&due.item);
            let items = self.items();
            let owed: i64 = items.iter().filter(free).map(|due| must(due.earnings.net()).minor()).sum();
            let paid = self.total_of(of, |status| status != PayoutStatus::Failed);
            assert_eq!(paid + owed, self.earned(of, points, fee), "company {of}");
        }
        let mut holders: HashMap<Item, usize> = HashMap::new();
        for (number, state) in self.payouts.iter().enumerate() {
            if state.status() == Some(PayoutStatus::Failed) {
                continue;
            }
            for item in &must(state.content().ok_or("it was created")).items {
                assert_eq!(holders.insert(*item, number), None, "{item:?} is paid twice");
            }
        }
        assert_eq!(holders, self.claims);
    }
}

fn half_even(numerator: i128, denominator: i128) -> i128 {
    let below = numerator.div_euclid(denominator);
    match (2 * (numerator - below * denominator)).cmp(&denominator) {
        std::cmp::Ordering::Less => below,
        std::cmp::Ordering::Greater => below + 1,
        std::cmp::Ordering::Equal => below + below.rem_euclid(2),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// PAY-1, PAY-2, SET-1, and that nothing gets lost between them.
    #[test]
    fn paid_plus_owed_is_always_sales_less_commission_less_refunds(
        orders in prop::collection::vec(place_order(), 1..=3),
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut world = World::new(orders);
        for step in &steps {
            world.run(step);
            world.check();
        }
    }
}

#[test]
fn items_are_named_by_their_claims() {
    assert_eq!(Item::Line(order(1), 7).to_string(), format!("{}/7", order(1).as_uuid()));
    assert_eq!(Item::Refund(return_id(1), 1).kind(), "refund");
    assert_eq!(payout(1).to_string()[..4], *"pay_");
}
