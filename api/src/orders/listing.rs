//! Which orders a list is asked for.

use chrono::{DateTime, Utc};
use domain::{
    money::{Currency, Money},
    orders::OrderStatus,
    text::{Country, ExternalId, Zone},
};
use projections::{
    Sort,
    orders::order_list::{OrderFilter, OrderSort},
};

use crate::http::{
    Problem,
    list::{FilterRule, Op, Params, Rules, exact, invalid_value},
};

const FILTERS: &[FilterRule] = &[
    exact("status"),
    exact("customer"),
    exact("zone"),
    exact("country"),
    exact("company"),
    exact("warehouse"),
    exact("currency"),
    exact("external_id"),
    FilterRule { name: "placed_at", ops: &[Op::Gte, Op::Lte] },
    FilterRule { name: "total", ops: &[Op::Gte, Op::Lte] },
];

/// What lists of orders understand.
pub(super) const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: FILTERS,
    sorts: &["placed_at", "total"],
    fields: FIELDS,
    params: &[],
};

/// What the orders of one customer understand.
pub(super) const OF_USER: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[
        exact("status"),
        FilterRule { name: "placed_at", ops: &[Op::Gte, Op::Lte] },
    ],
    sorts: &["placed_at", "total"],
    fields: FIELDS,
    params: &[],
};

const FIELDS: &[&str] = &[
    "id",
    "customer_id",
    "external_id",
    "status",
    "payment_status",
    "delivery_status",
    "fulfilment",
    "payment_method",
    "country",
    "zone",
    "totals",
    "credited",
    "line_count",
    "units",
    "invoice_number",
    "parts",
    "cancel_reason",
    "is_held",
    "version",
    "placed_at",
    "recorded_at",
    "updated_at",
];

/// What statistics of orders understand.
pub(super) const STATS: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: FILTERS,
    sorts: &[],
    fields: &[],
    params: &[],
};

/// Reads the filters.
pub(super) fn filter(params: &Params) -> Result<OrderFilter, Problem> {
    let status = |text: &str| {
        let known = OrderStatus::ALL.iter().find(|status| status.as_str() == text).copied();
        known.ok_or("must be pending, confirmed, processing, shipped, delivered or cancelled")
    };
    let time = |text: &str| DateTime::parse_from_rfc3339(text).map(|time| time.with_timezone(&Utc));
    let currency = params.filter("currency", Op::Eq, Currency::from_code)?;
    let amount = |op| match (
        params.filters.iter().any(|filter| filter.name == "total" && filter.op == op),
        currency,
    ) {
        (false, _) => Ok(None),
        // 10 means something else in each currency.
        (true, None) => Err(invalid_value("filter[total]", &"needs filter[currency] too")),
        (true, Some(currency)) => {
            params.filter("total", op, |text| Money::parse(text, currency).map(Money::minor))
        }
    };
    Ok(OrderFilter {
        status: params.filter("status", Op::Eq, status)?,
        customer: params.filter("customer", Op::Eq, str::parse)?,
        zones: params.filter("zone", Op::Eq, Zone::parse)?.into_iter().collect(),
        country: params.filter("country", Op::Eq, Country::parse)?,
        company: params.filter("company", Op::Eq, str::parse)?,
        warehouse: params.filter("warehouse", Op::Eq, str::parse)?,
        from: params.filter("placed_at", Op::Gte, time)?,
        to: params.filter("placed_at", Op::Lte, time)?,
        currency,
        total_gte: amount(Op::Gte)?,
        total_lte: amount(Op::Lte)?,
        external_id: params.filter("external_id", Op::Eq, ExternalId::parse)?,
    })
}

/// Reads the order.
pub(super) fn sort(params: &Params) -> Sort<OrderSort> {
    let Some(sort) = params.sort else {
        return Sort::descending(OrderSort::PlacedAt);
    };
    let key = if sort.name == "total" {
        OrderSort::Total
    } else {
        OrderSort::PlacedAt
    };
    Sort { key, descending: sort.is_descending }
}
