//! Flags and rules of fraud in requests and answers.

use chrono::{DateTime, Utc};
use commands::orders::{FlagReview, FraudRulesAccepted, FraudRulesView};
use domain::{
    money::Money,
    orders::{
        Flag, FraudReason, FraudRules, FraudSignal, LargeAmountRule, ModelRule, OrderStatus, SharedRule,
        UnusualAmountRule, VelocityRule,
    },
    text::Reason,
};
use projections::orders::fraud_flags::FlaggedOrder;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{Fields, Problem, shapes::MoneyBody};

/// Why an order looks like fraud.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FraudReason, example = json!({"signal": "velocity", "points": 300, "observed": 7}))]
pub(crate) struct FraudReasonBody {
    /// `velocity`, `large_amount`, `unusual_amount`, `first_order`, `new_destination`, `new_device`, `shared_device`,
    /// `shared_address` or `model`.
    #[schema(value_type = String)]
    signal: FraudSignal,
    /// How much it counts.
    points: u16,
    /// What was seen: orders, percent of the usual, other customers, thousandths of likelihood; null where nothing can be
    /// counted.
    observed: Option<u32>,
}

impl From<&FraudReason> for FraudReasonBody {
    fn from(reason: &FraudReason) -> Self {
        Self {
            signal: reason.signal,
            points: reason.points,
            observed: reason.observed,
        }
    }
}

/// An order that looks like fraud.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FraudFlag)]
pub(crate) struct FraudFlagBody {
    /// `ord_…`: a flag has the id of its order.
    id: String,
    /// `open` (the order is held), `cleared` or `confirmed`.
    #[schema(value_type = String)]
    status: Flag,
    /// The points of all reasons, at most 1,000.
    score: u16,
    /// Why.
    reasons: Vec<FraudReasonBody>,
    /// From how many orders the model had learned.
    model_version: u64,
    /// What the reviewer found.
    note: Option<String>,
    /// Who reviewed it (`usr_…`).
    reviewed_by: Option<String>,
    /// When.
    reviewed_at: Option<DateTime<Utc>>,
    /// Who buys (`usr_…`).
    customer_id: Option<String>,
    /// Where the goods go.
    zone: Option<String>,
    /// How far the order has come.
    #[schema(value_type = String)]
    order_status: OrderStatus,
    /// What it comes to.
    total: MoneyBody,
    /// When it was flagged last.
    flagged_at: DateTime<Utc>,
}

impl From<FlaggedOrder> for FraudFlagBody {
    fn from(row: FlaggedOrder) -> Self {
        let flag = &row.flag;
        Self {
            id: flag.order.to_string(),
            status: flag.status,
            score: flag.score,
            reasons: flag.reasons.iter().map(FraudReasonBody::from).collect(),
            model_version: flag.model_version,
            note: flag.note.clone(),
            reviewed_by: flag.reviewed_by.map(|id| id.to_string()),
            reviewed_at: flag.reviewed_at,
            customer_id: row.customer.map(|id| id.to_string()),
            zone: row.zone.clone(),
            order_status: row.order_status,
            total: row.total.into(),
            flagged_at: flag.flagged_at,
        }
    }
}

/// What a reviewer says of a flagged order.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"decision": "clear", "note": "The shop called and confirmed."}))]
pub(crate) struct ReviewFlagRequest {
    /// `clear`: the order goes on. `confirm`: it is fraud, and is cancelled.
    decision: String,
    /// What was found; customers never see it.
    #[serde(default)]
    note: Option<String>,
}

impl ReviewFlagRequest {
    /// What is said.
    ///
    /// # Errors
    /// 422 with every fault.
    pub(super) fn parse(self) -> Result<FlagReview, Problem> {
        let mut fields = Fields::default();
        let is_fraud = match self.decision.as_str() {
            "clear" => Some(false),
            "confirm" => Some(true),
            _ => {
                fields.refuse("/decision", "unknown-decision", "must be clear or confirm");
                None
            }
        };
        let note = fields.check_optional("/note", self.note, |note| Reason::parse(&note));
        match (is_fraud, note) {
            (Some(is_fraud), Some(note)) => Ok(FlagReview { is_fraud, note }),
            _ => Err(fields.into_problem()),
        }
    }
}

/// Many orders in a short time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FraudVelocityRule)]
pub(crate) struct VelocityBody {
    /// 1 to 1,000.
    points: u16,
    /// From so many orders of one customer on, 2 to 1,000.
    orders: u32,
    /// Within so many minutes, 1 to 10,080.
    within_minutes: u32,
}

/// An order over a limit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FraudLargeAmountRule)]
pub(crate) struct LargeAmountBody {
    /// 1 to 1,000.
    points: u16,
    /// From these amounts on, at most one in each currency.
    from: Vec<LimitBody>,
}

/// A limit of one currency.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FraudLimit, example = json!({"amount": "1500.00", "currency": "GBP"}))]
pub(crate) struct LimitBody {
    /// A plain decimal.
    amount: String,
    /// ISO 4217.
    currency: String,
}

/// An order of far more than the customer's usual.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FraudUnusualAmountRule)]
pub(crate) struct UnusualAmountBody {
    /// 1 to 1,000.
    points: u16,
    /// From so many percent of the mean of the customer's orders on, 101 to 100,000.
    percent: u32,
}

/// A device or an address that others use too.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FraudSharedRule)]
pub(crate) struct SharedBody {
    /// 1 to 1,000.
    points: u16,
    /// From so many other customers on, 1 to 1,000.
    customers: u32,
}

/// What the learned model thinks.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FraudModelRule)]
pub(crate) struct ModelBody {
    /// What an order counts that is fraud for certain, 1 to 1,000; others their share of it.
    points: u16,
    /// Once it has learned from so many orders, 1 to 1,000,000.
    after: u32,
}

/// What looks like fraud, and how much each of it counts. A rule that is left out counts nothing.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FraudRules)]
pub(crate) struct FraudRulesRequest {
    /// Orders are looked at.
    is_active: bool,
    /// From this score on an order is held, 1 to 1,000.
    hold_at: u16,
    /// Many orders in a short time.
    #[serde(default)]
    velocity: Option<VelocityBody>,
    /// An order over a limit.
    #[serde(default)]
    large_amount: Option<LargeAmountBody>,
    /// An order of far more than the customer's usual.
    #[serde(default)]
    unusual_amount: Option<UnusualAmountBody>,
    /// Points of a customer's first order, 1 to 1,000.
    #[serde(default)]
    first_order: Option<u16>,
    /// Points of an order to a country and zone where none of the customer's has gone, 1 to 1,000.
    #[serde(default)]
    new_destination: Option<u16>,
    /// Points of an order from a device that the customer has not ordered from, 1 to 1,000.
    #[serde(default)]
    new_device: Option<u16>,
    /// A device that others order from too.
    #[serde(default)]
    shared_device: Option<SharedBody>,
    /// An address that orders of others go to as well.
    #[serde(default)]
    shared_address: Option<SharedBody>,
    /// What the learned model thinks.
    #[serde(default)]
    model: Option<ModelBody>,
}

impl FraudRulesRequest {
    /// The rules as they shall be; their ranges are the domain's.
    ///
    /// # Errors
    /// 422 with every fault of the amounts.
    pub(super) fn parse(self) -> Result<FraudRules, Problem> {
        let mut fields = Fields::default();
        let large_amount = self.large_amount.map(|rule| LargeAmountRule {
            points: rule.points,
            from: rule
                .from
                .iter()
                .enumerate()
                .filter_map(|(index, limit)| limit.parse(index, &mut fields))
                .collect(),
        });
        if !fields.is_clean() {
            return Err(fields.into_problem());
        }
        Ok(FraudRules {
            is_active: self.is_active,
            hold_at: self.hold_at,
            velocity: self.velocity.map(|rule| VelocityRule {
                points: rule.points,
                orders: rule.orders,
                within_minutes: rule.within_minutes,
            }),
            large_amount,
            unusual_amount: self
                .unusual_amount
                .map(|rule| UnusualAmountRule { points: rule.points, percent: rule.percent }),
            first_order: self.first_order,
            new_destination: self.new_destination,
            new_device: self.new_device,
            shared_device: self.shared_device.map(SharedBody::rule),
            shared_address: self.shared_address.map(SharedBody::rule),
            model: self.model.map(|rule| ModelRule { points: rule.points, after: rule.after }),
        })
    }
}

impl SharedBody {
    const fn rule(self) -> SharedRule {
        SharedRule { points: self.points, customers: self.customers }
    }
}

impl LimitBody {
    fn parse(&self, index: usize, fields: &mut Fields) -> Option<Money> {
        fields.money(&format!("/large_amount/from/{index}"), &self.amount, &self.currency)
    }
}

/// The rules, and what the model has learned.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FraudRulesAndModel)]
pub(crate) struct FraudRulesBody {
    /// As `PUT` takes them.
    rules: FraudRulesRequest,
    /// Their version: `If-Match` takes it; 0 where none were ever set.
    pub(super) version: i64,
    /// From how many orders the model has learned; each makes it another one.
    model_version: u64,
    /// How many of those were fraud.
    model_frauds: u64,
}

impl From<&FraudRulesView> for FraudRulesBody {
    fn from(view: &FraudRulesView) -> Self {
        let rules = &view.rules;
        let limit = |limit: &Money| LimitBody {
            amount: limit.decimal(),
            currency: limit.currency().code().to_owned(),
        };
        let shared = |rule: SharedRule| SharedBody { points: rule.points, customers: rule.customers };
        Self {
            rules: FraudRulesRequest {
                is_active: rules.is_active,
                hold_at: rules.hold_at,
                velocity: rules.velocity.map(|rule| VelocityBody {
                    points: rule.points,
                    orders: rule.orders,
                    within_minutes: rule.within_minutes,
                }),
                large_amount: rules.large_amount.as_ref().map(|rule| LargeAmountBody {
                    points: rule.points,
                    from: rule.from.iter().map(limit).collect(),
                }),
                unusual_amount: rules
                    .unusual_amount
                    .map(|rule| UnusualAmountBody { points: rule.points, percent: rule.percent }),
                first_order: rules.first_order,
                new_destination: rules.new_destination,
                new_device: rules.new_device,
                shared_device: rules.shared_device.map(shared),
                shared_address: rules.shared_address.map(shared),
                model: rules.model.map(|rule| ModelBody { points: rule.points, after: rule.after }),
            },
            version: view.version,
            model_version: view.model_version,
            model_frauds: view.frauds,
        }
    }
}

/// What became of the rules.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FraudRulesAccepted, example = json!({"version": 3}))]
pub(crate) struct FraudRulesAcceptedBody {
    /// Their version now: `If-Match` takes it.
    pub(super) version: i64,
}

impl From<&FraudRulesAccepted> for FraudRulesAcceptedBody {
    fn from(accepted: &FraudRulesAccepted) -> Self {
        Self { version: accepted.version }
    }
}
