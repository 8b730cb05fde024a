//! How all that a search has found is spread over categories, companies, prices and stock.

use domain::{
    ids::{CategoryId, CompanyId},
    money::{Currency, UnitPrice},
};
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use crate::columns::{UnknownWord, undecodable};

/// The most categories, and the most companies, that are told.
const MAX_VALUES: usize = 50;

/// What was found, counted. The most frequent come first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    /// All that was found.
    pub total: i64,
    /// By category; a product of several counts in each.
    pub categories: Vec<(CategoryId, i64)>,
    /// By vendor; `None` is the marketplace itself.
    pub companies: Vec<(Option<CompanyId>, i64)>,
    /// By price, for each currency from the least.
    pub prices: Vec<PriceRange>,
    /// By attribute: its code, a value as text, how many; at most 50 values of each.
    pub attributes: Vec<(String, String, i64)>,
    /// What can be had now.
    pub in_stock: i64,
}

/// What costs at least so much and less than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceRange {
    /// From.
    pub from: UnitPrice,
    /// To, exclusive; `None` where there is no end.
    pub to: Option<UnitPrice>,
    /// How many.
    pub count: i64,
}

/// 1, 2, 5, 10, 20, 50, … units of a currency, in millionths.
fn bounds() -> Vec<i64> {
    let decades = (0..=9_u32).map(|decade| 10_i64.saturating_pow(decade).saturating_mul(1_000_000));
    decades.flat_map(|one| [1, 2, 5].map(|steps| one.saturating_mul(steps))).collect()
}

/// Counts what `push_matches` (`from … where …`, on products as `p` and their stock as `s`) names.
pub(super) async fn of(
    pool: &PgPool,
    push_matches: impl Fn(&mut QueryBuilder<'_, Postgres>),
) -> Result<Facets, sqlx::Error> {
    let bounds = bounds();
    let mut query = QueryBuilder::new(
        "with found as materialized (select p.categories, p.company, p.currency, p.price_micros, \
             p.attributes, p.kind = 'service' or coalesce(s.available, 0) > 0 as in_stock ",
    );
    push_matches(&mut query);
    query.push(
        ") select 'category' as facet, c::text as value, null as currency, count(*) as number \
             from found, unnest(found.categories) c group by c \
         union all select 'company', company::text, null, count(*) from found group by company \
         union all select 'in_stock', in_stock::text, null, count(*) from found group by in_stock \
         union all select 'attribute', value, key, number from (select a.key, a.value, count(*) as number, \
             row_number() over (partition by a.key order by count(*) desc, a.value) as place \
             from found, json_each_text(found.attributes) a group by a.key, a.value) ranked where place <= 50 \
         union all select 'price', width_bucket(price_micros, ",
    );
    query.push_bind(bounds.clone()).push(")::text, currency, count(*) from found group by 2, 3");
    let rows: Vec<(String, Option<String>, Option<String>, i64)> =
        query.build_query_as().fetch_all(pool).await?;
    let mut facets = Facets::default();
    for (facet, value, currency, number) in rows {
        match facet.as_str() {
            "category" => {
                facets.categories.extend(id(value)?.map(|id| (CategoryId::from_uuid(id), number)));
            }
            "company" => facets.companies.push((id(value)?.map(CompanyId::from_uuid), number)),
            "attribute" => {
                facets.attributes.extend(currency.zip(value).map(|(code, value)| (code, value, number)))
            }
            "in_stock" => {
                facets.total = facets.total.saturating_add(number);
                if value.as_deref() == Some("true") {
                    facets.in_stock = number;
                }
            }
            _ => facets.prices.push(range(&bounds, value.as_deref(), currency.as_deref(), number)?),
        }
    }
    facets.categories.sort_unstable_by_key(|(id, number)| (-number, *id));
    facets.categories.truncate(MAX_VALUES);
    facets.companies.sort_unstable_by_key(|(id, number)| (-number, *id));
    facets.companies.truncate(MAX_VALUES);
    facets.attributes.sort_unstable_by(|a, b| (&a.0, b.2, &a.1).cmp(&(&b.0, a.2, &b.1)));
    facets.prices.sort_unstable_by_key(|range| (range.from.currency().code(), range.from.micros()));
    Ok(facets)
}

fn id(value: Option<String>) -> Result<Option<Uuid>, sqlx::Error> {
    value.map(|value| Uuid::try_parse(&value).map_err(|error| undecodable("value", error))).transpose()
}

fn range(
    bounds: &[i64],
    bucket: Option<&str>,
    currency: Option<&str>,
    count: i64,
) -> Result<PriceRange, sqlx::Error> {
    let bucket = bucket.unwrap_or_default();
    let index: usize = bucket.parse().map_err(|_| undecodable("value", UnknownWord(bucket.to_owned())))?;
    let currency = Currency::from_code(currency.unwrap_or_default());
    let currency = currency.map_err(|error| undecodable("currency", error))?;
    let price = |micros: i64| UnitPrice::from_micros(micros, currency);
    let below = index.checked_sub(1).and_then(|below| bounds.get(below)).copied().unwrap_or_default();
    Ok(PriceRange {
        from: price(below),
        to: bounds.get(index).copied().map(price),
        count,
    })
}
