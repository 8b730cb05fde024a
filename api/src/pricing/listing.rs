//! Which promotions and coupons a list is asked for.

use chrono::{DateTime, Utc};
use domain::pricing::Activation;
use projections::{
    Sort,
    pricing::promotion_list::{CouponFilter, Phase, PromotionFilter, PromotionSort},
};

use crate::http::{
    Problem,
    list::{Op, Params, Rules, exact},
};

/// What lists of promotions understand.
pub(super) const PROMOTIONS: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("phase"), exact("type"), exact("activation")],
    sorts: &["created_at", "priority", "from"],
    fields: PROMOTION_FIELDS,
    params: &[],
};

/// What the list of running promotions understands.
pub(super) const ACTIVE: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("type")],
    sorts: &[],
    fields: PROMOTION_FIELDS,
    params: &[],
};

const PROMOTION_FIELDS: &[&str] = &[
    "id",
    "name",
    "reward",
    "scope",
    "minimum",
    "cap",
    "stacking",
    "from",
    "until",
    "limits",
    "priority",
    "activation",
    "phase",
    "version",
    "created_at",
    "updated_at",
    "names",
    "redemptions",
    "usage",
    "end_reason",
];

/// What lists of coupons understand.
pub(super) const COUPONS: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("phase"), exact("promotion")],
    sorts: &[],
    fields: &[
        "code",
        "promotion_id",
        "offer",
        "from",
        "until",
        "limits",
        "phase",
        "redemptions",
        "usage",
        "end_reason",
        "version",
        "created_at",
        "updated_at",
    ],
    params: &[],
};

pub(super) fn phase(text: &str) -> Result<Phase, &'static str> {
    let found = Phase::ALL.iter().find(|phase| phase.as_str() == text);
    found.copied().ok_or("must be scheduled, running, over or ended")
}

fn activation(text: &str) -> Result<Activation, &'static str> {
    let found = [Activation::Automatic, Activation::Coupon].into_iter().find(|known| known.as_str() == text);
    found.ok_or("must be automatic or coupon")
}

fn kind(text: &str) -> Result<&'static str, &'static str> {
    let kinds = ["percentage", "fixed", "buy_x_get_y", "bundle"];
    kinds
        .into_iter()
        .find(|kind| *kind == text)
        .ok_or("must be percentage, fixed, buy_x_get_y or bundle")
}

/// Reads the filters of promotions.
pub(super) fn promotions(params: &Params, now: DateTime<Utc>) -> Result<PromotionFilter, Problem> {
    Ok(PromotionFilter {
        now,
        phase: params.filter("phase", Op::Eq, phase)?,
        activation: params.filter("activation", Op::Eq, activation)?,
        kind: params.filter("type", Op::Eq, kind)?,
    })
}

/// What of it the public may see: what runs, for everybody. `None` when that is nothing.
pub(super) fn narrow(mut filter: PromotionFilter) -> Option<PromotionFilter> {
    let hidden = filter.phase.is_some_and(|phase| phase != Phase::Running)
        || filter.activation.is_some_and(|activation| activation != Activation::Automatic);
    filter.phase = Some(Phase::Running);
    filter.activation = Some(Activation::Automatic);
    (!hidden).then_some(filter)
}

/// Reads the filters of coupons.
pub(super) fn coupons(params: &Params, now: DateTime<Utc>) -> Result<CouponFilter, Problem> {
    Ok(CouponFilter {
        now,
        phase: params.filter("phase", Op::Eq, phase)?,
        promotion: params.filter("promotion", Op::Eq, str::parse)?,
    })
}

/// Reads the order of promotions.
pub(super) fn sort(params: &Params) -> Sort<PromotionSort> {
    let Some(sort) = params.sort else {
        return Sort::descending(PromotionSort::CreatedAt);
    };
    let key = match sort.name {
        "priority" => PromotionSort::Priority,
        "from" => PromotionSort::From,
        _ => PromotionSort::CreatedAt,
    };
    Sort { key, descending: sort.is_descending }
}
