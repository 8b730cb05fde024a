//! How figures are asked for.

use chrono::{Days, NaiveDate};
use domain::{money::Currency, text::Country};
use projections::analytics::sales::{BestBy, Period, SalesFilter};
use utoipa::IntoParams;

use crate::http::{
    Problem,
    list::{Params, Rules, invalid_value},
    problem::{ErrorItem, Place},
};

/// Days of the period when nobody names one.
const DAYS_DEFAULT: u64 = 30;
/// Products when nobody says how many.
const PRODUCTS_DEFAULT: u16 = 20;
/// Products at most.
const PRODUCTS_MAX: u16 = 1_000;

/// How sales are asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SalesParams {
    /// First business day, inclusive; 29 days before `to` without it. What counts is when a sale happened
    /// (`effective_at`), not when it was recorded.
    #[param(example = "2010-12-01")]
    pub from: Option<NaiveDate>,
    /// Last business day, inclusive; today without it.
    #[param(example = "2010-12-31")]
    pub to: Option<NaiveDate>,
    /// `day`, `week` (by Mondays), `month`, `country` or `product`; no groups without it.
    pub group_by: Option<String>,
    /// In this currency (ISO 4217).
    pub currency: Option<String>,
    /// Delivered to this country, as the orders name it.
    pub country: Option<String>,
    /// Groups of products at most, the best ones by revenue; 1 to 1000.
    #[param(default = 20, maximum = 1000, minimum = 1)]
    pub limit: Option<u16>,
}

/// How the best sellers are asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BestSellersParams {
    /// First business day, inclusive; 29 days before `to` without it.
    pub from: Option<NaiveDate>,
    /// Last business day, inclusive; today without it.
    pub to: Option<NaiveDate>,
    /// `units` (net units) or `revenue` (net revenue, compared by number: name a currency where there are several).
    #[param(default = "units")]
    pub by: Option<String>,
    /// In this currency (ISO 4217).
    pub currency: Option<String>,
    /// Delivered to this country, as the orders name it.
    pub country: Option<String>,
    /// Products at most, 1 to 1000.
    #[param(default = 20, maximum = 1000, minimum = 1)]
    pub limit: Option<u16>,
}

/// What the route of the sales understands.
pub(super) const SALES: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &["from", "to", "group_by", "currency", "country", "limit"],
};

/// What the route of the best sellers understands.
pub(super) const BEST_SELLERS: Rules = Rules {
    params: &["from", "to", "by", "currency", "country", "limit"],
    ..SALES
};

/// What sales are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GroupBy {
    Period(Period),
    Country,
    Product,
}

impl GroupBy {
    fn parse(text: &str) -> Result<Self, &'static str> {
        Ok(match text {
            "day" => Self::Period(Period::Day),
            "week" => Self::Period(Period::Week),
            "month" => Self::Period(Period::Month),
            "country" => Self::Country,
            "product" => Self::Product,
            _ => return Err("must be day, week, month, country or product"),
        })
    }

    /// As the answer names it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Period(Period::Day) => "day",
            Self::Period(Period::Week) => "week",
            Self::Period(Period::Month) => "month",
            Self::Country => "country",
            Self::Product => "product",
        }
    }
}

/// The wanted sales.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SalesWanted {
    pub(super) filter: SalesFilter,
    pub(super) group_by: Option<GroupBy>,
    pub(super) limit: u16,
}

impl SalesWanted {
    pub(super) fn of(params: &Params, today: NaiveDate) -> Result<Self, Problem> {
        let group_by = params.parse_own("group_by", GroupBy::parse)?;
        if params.own("limit").is_some() && group_by != Some(GroupBy::Product) {
            return Err(invalid_value("limit", &"limits groups of products only"));
        }
        Ok(Self {
            filter: filter(params, today)?,
            group_by,
            limit: limit(params)?,
        })
    }
}

/// The wanted best sellers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BestSellersWanted {
    pub(super) filter: SalesFilter,
    pub(super) by: BestBy,
    pub(super) limit: u16,
}

impl BestSellersWanted {
    pub(super) fn of(params: &Params, today: NaiveDate) -> Result<Self, Problem> {
        let by = |text: &str| match text {
            "units" => Ok(BestBy::Units),
            "revenue" => Ok(BestBy::Revenue),
            _ => Err("must be units or revenue"),
        };
        let by = params.parse_own("by", by)?.unwrap_or_default();
        Ok(Self { filter: filter(params, today)?, by, limit: limit(params)? })
    }
}

/// The last `days` days up to `to`, inclusive.
pub(super) fn last_days(to: NaiveDate, days: u64) -> SalesFilter {
    let from = to.checked_sub_days(Days::new(days.saturating_sub(1))).unwrap_or(to);
    SalesFilter { from, to, country: None, currency: None }
}

/// The first and the last day, both inclusive.
pub(crate) fn period(params: &Params, today: NaiveDate) -> Result<(NaiveDate, NaiveDate), Problem> {
    let day = |name| params.parse_own(name, day);
    let to = day("to")?.unwrap_or(today);
    let from = day("from")?.unwrap_or_else(|| last_days(to, DAYS_DEFAULT).from);
    if from > to {
        let detail = format!("is later than the last day, {to}");
        let item = ErrorItem::new(Place::Query("from".to_owned()), "empty-period", detail);
        return Err(Problem::invalid_parameters(vec![item]));
    }
    Ok((from, to))
}

fn filter(params: &Params, today: NaiveDate) -> Result<SalesFilter, Problem> {
    let (from, to) = period(params, today)?;
    Ok(SalesFilter {
        from,
        to,
        country: params.parse_own("country", Country::parse)?,
        currency: params.parse_own("currency", Currency::from_code)?,
    })
}

fn day(text: &str) -> Result<NaiveDate, &'static str> {
    // The format itself takes 2010-1-1 too.
    let is_padded = text.len() == "2010-01-01".len();
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| is_padded);
    day.ok_or("must be a day, such as 2010-12-01")
}

fn limit(params: &Params) -> Result<u16, Problem> {
    let limit = |text: &str| {
        let limit = text.parse().ok().filter(|limit| (1..=PRODUCTS_MAX).contains(limit));
        limit.ok_or_else(|| format!("must be a number from 1 to {PRODUCTS_MAX}"))
    };
    Ok(params.parse_own("limit", limit)?.unwrap_or(PRODUCTS_DEFAULT))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        day(text).unwrap()
    }

    fn params(rules: &Rules, query: &str) -> Result<Params, Problem> {
        rules.read(&TestRequest::with_uri(&format!("/?{query}")).to_http_request())
    }

    fn sales(query: &str) -> Result<SalesWanted, Problem> {
        SalesWanted::of(&params(&SALES, query)?, date("2011-01-15"))
    }

    #[test]
    fn a_month_by_country() {
        let wanted = sales("from=2010-12-01&to=2010-12-31&group_by=country&currency=GBP").unwrap();
        let filter = SalesFilter {
            from: date("2010-12-01"),
            to: date("2010-12-31"),
            country: None,
            currency: Some(Currency::GBP),
        };
        assert_eq!(wanted, SalesWanted { filter, group_by: Some(GroupBy::Country), limit: 20 });
    }

    #[test]
    fn thirty_days_up_to_today_where_nobody_says() {
        let filter = sales("").unwrap().filter;
        assert_eq!((filter.from, filter.to), (date("2010-12-17"), date("2011-01-15")));
        let filter = sales("to=2010-12-31").unwrap().filter;
        assert_eq!((filter.from, filter.to), (date("2010-12-02"), date("2010-12-31")));
    }

    #[test]
    fn every_group_has_its_name() {
        for name in ["day", "week", "month", "country", "product"] {
            assert_eq!(GroupBy::parse(name).unwrap().name(), name);
        }
        assert_eq!(sales("group_by=product&limit=1000").unwrap().limit, 1_000);
    }

    #[test]
    fn best_sellers_are_best_by_units_or_by_revenue() {
        let by = |query| {
            let params = params(&BEST_SELLERS, query).unwrap();
            BestSellersWanted::of(&params, date("2011-01-15")).map(|wanted| (wanted.by, wanted.limit))
        };
        assert_eq!(by("").unwrap(), (BestBy::Units, 20));
        assert_eq!(by("by=revenue&limit=5").unwrap(), (BestBy::Revenue, 5));
        assert_eq!(by("by=colour").unwrap_err().status(), 400);
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for query in [
            "from=2010-13-01",
            "from=2010-1-1",
            "from=20101201",
            "to=yesterday",
            "from=2010-12-02&to=2010-12-01",
            "from=2011-01-16",
            "group_by=colour",
            "currency=gbp",
            "country=",
            "limit=10",
            "group_by=day&limit=10",
            "group_by=product&limit=0",
            "group_by=product&limit=1001",
            "colour=red",
        ] {
            assert_eq!(sales(query).unwrap_err().status(), 400, "{query}");
        }
    }
}
