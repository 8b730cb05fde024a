//! The answer to a question that very many products have the words of: tier by tier, the newest first in each. A page is
//! looked for among the newest products first, by a walk along their key that ends as soon as it is full. Where the
//! words stand in old products only, that would become a walk through all of them: then the index of words is asked.

use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{
    ProductFilter, ProductRow,
    queries::{FROM, SELECT, push_filter},
    search::Question,
    spread::Spread,
};
use crate::page::{Cursor, Holds, Key, Order, Page, PageRequest, ReadError};

const ORDER: Order = Order {
    name: "products.search.tiers",
    column: "found.tier",
    id: "found.id",
    descending: true,
    holds: Holds::Number,
};

/// So many of the newest products are walked through.
const WALK: i64 = 2_000;

/// How near, the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tier {
    /// The very code.
    Code,
    /// All words as they are.
    Whole,
    /// Words that begin so.
    Begun,
    /// Words that look so: only where no product has the others.
    Alike,
}

impl Tier {
    /// Those that a question may have products in.
    fn of(question: &Question) -> &'static [Self] {
        if question.is_forgiven() {
            &[Self::Alike]
        } else {
            &[Self::Code, Self::Whole, Self::Begun]
        }
    }

    const fn number(self) -> i64 {
        match self {
            Self::Code => 4,
            Self::Whole => 3,
            Self::Begun => 2,
            Self::Alike => 1,
        }
    }

    /// What is in this tier, and in none before.
    fn push(self, query: &mut QueryBuilder<'_, Postgres>, question: &Question) {
        if self == Self::Code {
            query.push(" and p.sku = ").push_bind(question.text.clone());
            push_words(query, " and ", &question.begun);
            return;
        }
        query.push(" and p.sku <> ").push_bind(question.text.clone());
        match self {
            Self::Code => {}
            Self::Whole => push_words(query, " and ", &question.whole),
            Self::Begun => {
                push_words(query, " and ", &question.begun);
                push_words(query, " and not ", &question.whole);
            }
            Self::Alike => push_words(query, " and ", &question.matched),
        }
    }
}

fn push_words(query: &mut QueryBuilder<'_, Postgres>, and: &str, words: &str) {
    query
        .push(and)
        .push("p.document @@ to_tsquery('pg_catalog.simple', ")
        .push_bind(words.to_owned())
        .push(")");
}

/// Whether a cursor is of a page in tiers.
pub(super) fn began(after: &str) -> bool {
    Cursor::of(&ORDER, after).is_ok()
}

/// One page.
pub(super) async fn page(
    question: &Question,
    pool: &PgPool,
    filter: &ProductFilter,
    page: &PageRequest,
    spread: Spread,
) -> Result<Page<ProductRow>, ReadError> {
    let came = page.after.as_deref().map(|after| Cursor::of(&ORDER, after)).transpose()?;
    let reached = came.as_ref().map_or(i64::MAX, |cursor| match cursor.key() {
        Key::Number(tier) => *tier,
        Key::Time(_) | Key::Text(_) => i64::MAX,
    });
    let mut rows: Vec<(ProductRow, i64)> = Vec::new();
    for &tier in Tier::of(question) {
        let missing = page.fetch().saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        if tier.number() > reached || missing <= 0 {
            continue;
        }
        let before = came.as_ref().filter(|_| tier.number() == reached).map(Cursor::id);
        let wanted = Wanted { question, filter, tier, before, missing, spread };
        rows.extend(wanted.rows(pool).await?.into_iter().map(|row| (row, tier.number())));
    }
    let cut = Page::cut(rows, page, None, |(row, tier)| ORDER.cursor(Key::Number(*tier), row.id.as_uuid()));
    Ok(Page {
        items: cut.items.into_iter().map(|(row, _)| row).collect(),
        next: cut.next,
        total: None,
    })
}

/// The newest products of a tier.
struct Wanted<'a> {
    question: &'a Question,
    filter: &'a ProductFilter,
    tier: Tier,
    /// Only those that are older than this one.
    before: Option<Uuid>,
    missing: i64,
    spread: Spread,
}

impl Wanted<'_> {
    async fn rows(&self, pool: &PgPool) -> Result<Vec<ProductRow>, sqlx::Error> {
        // A code has an index of its own, and one product at most; what only old products have is not among the newest.
        if self.tier != Tier::Code && self.spread == Spread::Everywhere {
            let rows = self.walk().build_query_as().fetch_all(pool).await?;
            if i64::try_from(rows.len()).is_ok_and(|found| found >= self.missing) {
                return Ok(rows);
            }
        }
        self.look_up().build_query_as().fetch_all(pool).await
    }

    /// Among the newest products.
    fn walk(&self) -> QueryBuilder<'_, Postgres> {
        let mut query = QueryBuilder::new(SELECT);
        self.push_matches(&mut query);
        query.push(" and p.id >= coalesce((select newest.id from product_list_v3.products newest where true");
        if let Some(before) = self.before {
            query.push(" and newest.id < ").push_bind(before);
        }
        query.push(" order by newest.id desc offset ").push_bind(WALK).push(" limit 1), '");
        query.push(Uuid::nil()).push("') order by p.id desc limit ").push_bind(self.missing);
        query
    }

    /// Among all of them, by the index of words: as a step of its own, or PostgreSQL would walk after all.
    fn look_up(&self) -> QueryBuilder<'_, Postgres> {
        let mut query = QueryBuilder::new("with matching as materialized (select p.id ");
        self.push_matches(&mut query);
        query.push("), newest as materialized (select id from matching order by id desc limit ");
        query.push_bind(self.missing).push(") ").push(SELECT).push(FROM);
        query.push("join newest on newest.id = p.id order by p.id desc");
        query
    }

    fn push_matches(&self, query: &mut QueryBuilder<'_, Postgres>) {
        query.push(FROM);
        push_filter(query, self.filter);
        self.tier.push(query, self.question);
        if let Some(before) = self.before {
            query.push(" and p.id < ").push_bind(before);
        }
    }
}
