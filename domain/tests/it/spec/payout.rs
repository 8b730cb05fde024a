use domain::{
    decider::Decider,
    fixtures::{
        company, gbp, order,
        orders::delivered_order,
        reason, return_id, text,
        vendors::{brought, due, refunded, sold},
    },
    money::Currency,
    orders::{Order, OrderEvent, PlaceOrder},
    payouts::{
        ChargedRefund, CreatePayout, Due, Earnings, Item, MAX_ITEMS, PaidDelivery, PaidLine, Payout,
        PayoutCommand, PayoutError, PayoutEvent, PayoutStatus, earned_in_order,
    },
    refusal::Refusal,
    spec::given,
};

use super::order_terms::{charging, two_vendors};

fn line(of: u64, number: u16, sales: &str, commission: &str) -> Due {
    due(Item::Line(order(of), number), 1, sold(sales, commission))
}

fn refund(amount: &str, commission: &str) -> Due {
    due(Item::Refund(return_id(1), 1), 1, refunded(amount, commission))
}

fn create(items: Vec<Due>) -> PayoutCommand {
    PayoutCommand::Create(CreatePayout { company: company(1), currency: Currency::GBP, items })
}

fn created() -> PayoutEvent {
    PayoutEvent::PayoutCreated {
        company: company(1),
        lines: vec![PaidLine {
            order: order(1),
            line: 2,
            sales: gbp("10"),
            commission: gbp("1"),
        }],
        deliveries: vec![PaidDelivery { order: order(1), part: 1, fee: gbp("2") }],
        refunds: vec![ChargedRefund {
            return_id: return_id(1),
            line: 1,
            refund: gbp("5"),
            commission: gbp("0.50"),
        }],
        earnings: Earnings {
            sales: gbp("10"),
            commission: gbp("1"),
            refunds: gbp("5"),
            refunded_commission: gbp("0.50"),
            delivery_fees: gbp("2"),
        },
        total: gbp("6.50"),
    }
}

fn pay(reference: &str) -> PayoutCommand {
    PayoutCommand::Pay { reference: text(reference) }
}

fn paid() -> PayoutEvent {
    PayoutEvent::PayoutPaid { reference: text("FT1") }
}

fn fail() -> PayoutCommand {
    PayoutCommand::Fail { reason: reason("closed account") }
}

fn failed() -> PayoutEvent {
    PayoutEvent::PayoutFailed { reason: reason("closed account") }
}

#[test]
fn a_payout_comes_to_the_sum_of_its_items() {
    let fee = due(Item::Delivery(order(1), 1), 1, brought("2"));
    let items = vec![line(1, 2, "10", "1"), refund("5", "0.50"), fee];
    let state = given::<Payout>(&[]).when(create(items.clone())).then(&[created()]);
    let content = state.content().expect("it was created");
    assert_eq!((content.total, state.status()), (gbp("6.50"), Some(PayoutStatus::Pending)));
    assert_eq!(content.items.len(), 3);
    given::<Payout>(&[created()]).when(create(items)).then_err(PayoutError::AlreadyCreated);
}

#[test]
fn there_is_something_to_pay_for_and_to_pay() {
    given::<Payout>(&[]).when(create(vec![])).then_err(PayoutError::NothingDue);
    let balance = gbp("-0.50");
    let refusal = PayoutError::NothingToPay { balance };
    assert_eq!(refusal.faults()[0].numbers["balance"], "-0.50");
    given::<Payout>(&[]).when(create(vec![line(1, 1, "5", "1"), refund("5", "0.50")])).then_err(refusal);
    let refusal = PayoutError::NothingToPay { balance: gbp("0") };
    given::<Payout>(&[]).when(create(vec![line(1, 1, "5", "5")])).then_err(refusal);
}

#[test]
fn an_item_is_the_companys_own_in_the_payouts_currency_and_named_once() {
    let foreign = due(Item::Line(order(1), 1), 2, sold("1", "0"));
    given::<Payout>(&[]).when(create(vec![foreign])).then_err(PayoutError::ForeignItem);
    let twice = vec![line(1, 1, "1", "0"), line(1, 1, "1", "0")];
    given::<Payout>(&[]).when(create(twice)).then_err(PayoutError::ForeignItem);
    let euros = Due {
        earnings: Earnings::zero(Currency::EUR),
        ..line(1, 1, "1", "0")
    };
    given::<Payout>(&[]).when(create(vec![euros])).then_err(PayoutError::ForeignItem);
    let many = (1..=1_001).map(|number| line(1, number, "1", "0")).collect();
    given::<Payout>(&[]).when(create(many)).then_err(PayoutError::TooManyItems { max: MAX_ITEMS });
}

#[test]
fn it_is_approved_and_paid() {
    given::<Payout>(&[created()]).when(pay("FT1")).then_err(PayoutError::NotApproved);
    given::<Payout>(&[created()]).when(PayoutCommand::Approve).then(&[PayoutEvent::PayoutApproved]);
    given::<Payout>(&[created(), PayoutEvent::PayoutApproved])
        .when(PayoutCommand::Approve)
        .then_nothing();
    let state = given::<Payout>(&[created(), PayoutEvent::PayoutApproved]).when(pay("FT1")).then(&[paid()]);
    assert_eq!(state.status(), Some(PayoutStatus::Paid));
}

#[test]
fn a_payment_is_final() {
    let history = [created(), PayoutEvent::PayoutApproved, paid()];
    given::<Payout>(&history).when(pay("FT1")).then_nothing();
    for command in [pay("FT2"), PayoutCommand::Approve, fail()] {
        given::<Payout>(&history).when(command).then_err(PayoutError::AlreadyPaid);
    }
}

#[test]
fn it_fails_before_it_is_paid_and_for_good() {
    given::<Payout>(&[created()]).when(fail()).then(&[failed()]);
    given::<Payout>(&[created(), PayoutEvent::PayoutApproved]).when(fail()).then(&[failed()]);
    given::<Payout>(&[created(), failed()]).when(fail()).then_nothing();
    for command in [pay("FT1"), PayoutCommand::Approve] {
        given::<Payout>(&[created(), failed()]).when(command).then_err(PayoutError::Failed);
    }
}

#[test]
fn what_does_not_exist_cannot_be_changed() {
    for command in [PayoutCommand::Approve, pay("FT1"), fail()] {
        given::<Payout>(&[]).when(command).then_err(PayoutError::NotFound);
    }
}

#[test]
fn a_vendor_earns_a_line_with_its_last_unit_and_a_fee_with_its_part() {
    let mut history = delivered_order(PlaceOrder { terms: vec![charging("2", None)], ..two_vendors() });
    let last = history.pop();
    assert_eq!(last, Some(OrderEvent::PartDelivered { part: 3 }));
    let items = |history: &[OrderEvent]| {
        let earned = earned_in_order(order(1), &Order::fold(history));
        earned.into_iter().map(|due| due.item).collect::<Vec<_>>()
    };
    let of_vendor_1 = [
        Item::Line(order(1), 1),
        Item::Line(order(1), 2),
        Item::Delivery(order(1), 1),
        Item::Delivery(order(1), 2),
    ];
    assert_eq!(items(&history), of_vendor_1);
    history.extend(last);
    assert!(items(&history).contains(&Item::Line(order(1), 3)));
    let earned = earned_in_order(order(1), &Order::fold(&history));
    assert_eq!((earned[0].earnings.sales, earned[0].earnings.commission), (gbp("25.21"), gbp("2.52")));
}
