//! Settlements: they adjoin, and balance with the log.

use commands::{
    Call, CommandError, Executed,
    payouts::{ChangeSettlement, NewSettlement, SettlementAccepted},
};
use domain::{
    ids::CompanyId,
    money::{Currency, Money},
    payouts::{Item, PayoutStatus, SettlementStatus},
};
use event_store::AsOf;

use crate::{
    payouts::{delivered, give_back, lines, pay, step},
    shop::{Shop, code, reason},
    vendors::{gbp, new_company_id, stocked},
};

async fn settle(
    shop: &Shop,
    company: CompanyId,
    until: AsOf,
) -> Result<Executed<SettlementAccepted>, CommandError> {
    let new = NewSettlement { company, currency: Currency::GBP, until };
    shop.payouts.create_settlement(&Call::system(), new).await
}

async fn pay_out(shop: &Shop, company: CompanyId, candidates: Vec<Item>) {
    let payout = pay(shop, company, candidates).await.unwrap().result.payout;
    for to in [PayoutStatus::Approved, PayoutStatus::Paid] {
        shop.payouts.settle_payout(&Call::system(), payout, step(to)).await.unwrap();
    }
}

fn balanced(accepted: &SettlementAccepted) -> Money {
    let statement = accepted.statement;
    let earned = statement.opening.checked_add(statement.earnings.net().unwrap()).unwrap();
    assert_eq!(statement.closing, earned.checked_sub(statement.payouts).unwrap());
    statement.closing
}

#[tokio::test]
async fn adjoining_settlements_say_what_is_owed() {
    let shop = Shop::open().await;
    let (company, other) = (new_company_id(), new_company_id());
    shop.company(company).await;
    shop.company(other).await;
    let product = stocked(&shop, "TEA", "10", company, 100).await;
    let foreign = stocked(&shop, "RICE", "7", other, 100).await;
    let first = delivered(&shop, product, 3).await;
    delivered(&shop, foreign, 2).await;
    let early = shop.events().await;
    pay_out(&shop, company, lines(&first[..2])).await;
    give_back(&shop, first[0]).await;
    delivered(&shop, product, 1).await;
    let one = settle(&shop, company, AsOf::Position(early)).await.unwrap().result;
    assert_eq!((one.from, one.to, balanced(&one)), (0, early, gbp("27")));
    let two = settle(&shop, company, AsOf::Now).await.unwrap().result;
    assert_eq!(two.from, early);
    assert_eq!((two.statement.opening, two.statement.payouts), (gbp("27"), gbp("18")));
    assert_eq!((two.statement.earnings.sales, two.statement.earnings.refunds), (gbp("10"), gbp("10")));
    // 3 + 1 lines of 9, less one refund of 9, less two paid.
    assert_eq!(balanced(&two), gbp("9"));
    assert_eq!(code(settle(&shop, company, AsOf::Position(early)).await), "payouts.settlement_range_empty");
    let ahead = AsOf::Position(shop.events().await + 1);
    assert_eq!(code(settle(&shop, company, ahead).await), "payouts.position_not_reached");
    assert_eq!(code(settle(&shop, new_company_id(), AsOf::Now).await), "vendors.company_not_found");
}

#[tokio::test]
async fn of_settlements_at_once_none_overlap() {
    let shop = Shop::open().await;
    let company = new_company_id();
    shop.company(company).await;
    let product = stocked(&shop, "TEA", "10", company, 100).await;
    delivered(&shop, product, 4).await;
    let middle = shop.events().await / 2;
    let attempts = (0..8).map(|number| settle(&shop, company, AsOf::Position(middle + number % 3)));
    let outcomes = futures_util::future::join_all(attempts).await;
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(executed) => ranges.push((executed.result.from, executed.result.to)),
            Err(error) => {
                let code = code::<()>(Err(error));
                assert!(
                    [
                        "payouts.settlement_not_adjoining",
                        "payouts.settlement_range_empty"
                    ]
                    .contains(&code)
                );
            }
        }
    }
    let last = settle(&shop, company, AsOf::Now).await.unwrap().result;
    ranges.push((last.from, last.to));
    ranges.sort_unstable();
    assert_eq!(ranges[0].0, 0);
    assert!(ranges.windows(2).all(|pair| pair[0].1 == pair[1].0), "{ranges:?}");
    assert_eq!(balanced(&last), gbp("36"));
}

#[tokio::test]
async fn a_settlement_is_disputed_confirmed_and_closed() {
    let shop = Shop::open().await;
    let company = new_company_id();
    shop.company(company).await;
    let settlement = settle(&shop, company, AsOf::Now).await.unwrap().result.settlement;
    let change = |to, reason| {
        let step = ChangeSettlement { to, reason, expected_version: None };
        let shop = &shop;
        async move { shop.payouts.change_settlement(&Call::system(), settlement, step).await }
    };
    assert_eq!(code(change(SettlementStatus::Disputed, None).await), "payouts.reason_needed");
    assert_eq!(code(change(SettlementStatus::Closed, None).await), "payouts.settlement_still_open");
    change(SettlementStatus::Disputed, Some(reason())).await.unwrap();
    change(SettlementStatus::Confirmed, None).await.unwrap();
    let closed = change(SettlementStatus::Closed, None).await.unwrap().result;
    assert_eq!((closed.status, closed.version), (SettlementStatus::Closed, 4));
    let open = change(SettlementStatus::Open, None).await;
    assert_eq!(code(open), "payouts.settlement_status_not_reachable");
}
