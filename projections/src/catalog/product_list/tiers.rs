//! The answer to a question that very many products have the words of: tier by tier, the newest first in each. A page is a
//! walk along the products' key that ends as soon as it is full.

use sqlx::{FromRow, PgPool, Postgres, QueryBuilder};

use super::{
    ProductFilter, ProductRow,
    queries::{FROM, SELECT, push_filter},
    search::Question,
};
use crate::page::{Cursor, Holds, Key, Order, Page, PageRequest, ReadError};

const ORDER: Order = Order {
    name: "products.search.tiers",
    column: "found.tier",
    id: "found.id",
    descending: true,
    holds: Holds::Number,
};

/// How near, the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tier {
    /// The very code.
    Code,
    /// All words as they are.
    Whole,
    /// Words that begin so.
    Begun,
    /// Words that look so.
    Alike,
}

impl Tier {
    const ALL: [Self; 4] = [Self::Code, Self::Whole, Self::Begun, Self::Alike];

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
            Self::Alike => {
                push_words(query, " and ", &question.matched);
                push_words(query, " and not ", &question.begun);
            }
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
) -> Result<Page<ProductRow>, ReadError> {
    let came = page.after.as_deref().map(|after| Cursor::of(&ORDER, after)).transpose()?;
    let reached = came.as_ref().map_or(i64::MAX, |cursor| match cursor.key() {
        Key::Number(tier) => *tier,
        Key::Time(_) | Key::Text(_) => i64::MAX,
    });
    let mut rows: Vec<(ProductRow, i64)> = Vec::new();
    for tier in Tier::ALL {
        let missing = page.fetch().saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        let is_alike_only_by_slips = tier == Tier::Alike && question.matched == question.begun;
        if tier.number() > reached || missing <= 0 || is_alike_only_by_slips {
            continue;
        }
        let mut query = QueryBuilder::new(SELECT);
        query.push(FROM);
        push_filter(&mut query, filter);
        tier.push(&mut query, question);
        if let Some(cursor) = came.as_ref().filter(|_| tier.number() == reached) {
            query.push(" and p.id < ").push_bind(cursor.id());
        }
        query.push(" order by p.id desc limit ").push_bind(missing);
        for row in query.build().fetch_all(pool).await? {
            rows.push((ProductRow::from_row(&row)?, tier.number()));
        }
    }
    let cut = Page::cut(rows, page, None, |(row, tier)| ORDER.cursor(Key::Number(*tier), row.id.as_uuid()));
    Ok(Page {
        items: cut.items.into_iter().map(|(row, _)| row).collect(),
        next: cut.next,
        total: None,
    })
}
