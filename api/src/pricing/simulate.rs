//! What a promotion would have cost.

use std::collections::HashMap;

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use commands::pricing::PromotionDraft;
use domain::{
    money::Currency,
    pricing::{Simulated, Simulation},
};
use projections::{
    Sum,
    orders::order_list::{self, PastCursor},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::request::PromotionRequest;
use crate::{
    http::{Answer, Body, Fields, Problem, auth::Signed, consistency::MinPosition, shapes::MoneyBody},
    souk::Shared,
};

/// What past orders are read from.
const READ_MODELS: &[&str] = &["order_list", "product_list"];
/// Days of one simulation.
const MAX_DAYS: i64 = 366;
/// Orders of one look-up.
const PAGE: i64 = 2_000;

/// A draft, and the past that it is held against.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SimulationRequest {
    /// The draft. Its `from` and `until` do not matter; one that waits for coupons is taken as if every customer had one.
    promotion: PromotionRequest,
    /// First day of the past, inclusive (UTC); what counts is when an order happened (`effective_at`).
    #[schema(example = "2010-12-01")]
    from: NaiveDate,
    /// Last day, inclusive; at most 366 days.
    #[schema(example = "2010-12-31")]
    to: NaiveDate,
}

/// What the draft would have done to the orders of the time, cancelled ones left out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PromotionSimulation)]
pub(crate) struct SimulationBody {
    /// By currency.
    currencies: Vec<SimulatedBody>,
    /// Orders that would not have had it, by the code of the reason (`pricing.below_minimum`, …).
    passed: HashMap<&'static str, u64>,
}

/// Orders in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SimulatedOrders)]
pub(crate) struct SimulatedBody {
    /// ISO 4217 code.
    currency: &'static str,
    /// All orders of the time.
    orders: u64,
    /// Those that would have had it.
    orders_touched: u64,
    /// What customers paid for goods: lines less the discounts that they had.
    net: MoneyBody,
    /// What the draft would have taken off that.
    cost: MoneyBody,
    /// What would have been paid.
    net_after: MoneyBody,
    /// What the lines brought beyond the goods at the wholesale prices of today, where a product has one.
    margin: MoneyBody,
    /// The same with the draft.
    margin_after: MoneyBody,
    /// The part of `net` whose products have no wholesale price in this currency; no margin counts it.
    net_without_cost_price: MoneyBody,
}

impl From<(Currency, Simulated)> for SimulatedBody {
    fn from((currency, sums): (Currency, Simulated)) -> Self {
        let money = |minor| Sum { minor, currency }.into();
        Self {
            currency: currency.code(),
            orders: sums.orders,
            orders_touched: sums.touched,
            net: money(sums.net),
            cost: money(sums.cost),
            net_after: money(sums.net.saturating_sub(sums.cost)),
            margin: money(sums.margin),
            margin_after: money(sums.margin_after),
            net_without_cost_price: money(sums.net_of_unknown_cost),
        }
    }
}

impl SimulationRequest {
    /// The draft, the first moment, and the first one after.
    fn parse(self) -> Result<(PromotionDraft, DateTime<Utc>, DateTime<Utc>), Problem> {
        let mut fields = Fields::default();
        let days = self.to.signed_duration_since(self.from).num_days();
        if !(0..MAX_DAYS).contains(&days) {
            fields.refuse("/to", "range", "must be on or after from, by at most 366 days");
        }
        let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        let draft = PromotionDraft::try_from(self.promotion).map_err(|problem| problem.below("/promotion"));
        match self.to.checked_add_days(Days::new(1)).filter(|_| fields.is_clean()) {
            Some(end) => Ok((draft?, start(self.from), start(end))),
            None => Err(fields.into_problem()),
        }
    }
}

/// What a promotion would have cost
///
/// Applies a draft to the orders of a time, one after the other, to what their discounts left of each line; nothing is
/// changed. Goods are in the categories that they are in now, and customers in the groups that they are in now. Limits
/// count from the first order on.
#[utoipa::path(
    post,
    path = "/api/v1/promotions/simulate",
    tag = "pricing",
    request_body = SimulationRequest,
    params(("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 200, body = SimulationBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn simulate(
    signed: Signed,
    souk: Shared,
    min: MinPosition,
    Body(request): Body<SimulationRequest>,
) -> Result<Answer, Problem> {
    let (draft, from, until) = request.parse()?;
    let mut simulation = souk.pricing.simulation(&signed.call(), &draft)?;
    souk.reads.wait_for(min, READ_MODELS).await?;
    let groups = if draft.offer.scope.customer_groups.is_empty() {
        HashMap::new()
    } else {
        souk.pricing.all_groups().await?
    };
    let mut cursor = Some(PastCursor::new(from));
    while let Some(place) = cursor {
        let (orders, next) = order_list::past(souk.reads.pool(), place, until, PAGE).await?;
        for mut order in orders {
            order.groups = order.customer.and_then(|id| groups.get(&id)).cloned().unwrap_or_default();
            simulation.order(order).map_err(|error| Problem::internal(&error))?;
        }
        cursor = next;
    }
    Answer::ok(&body(&simulation))
}

fn body(simulation: &Simulation) -> SimulationBody {
    SimulationBody {
        currencies: simulation.sums().map(SimulatedBody::from).collect(),
        passed: simulation.passed().iter().map(|(code, orders)| (*code, *orders)).collect(),
    }
}
