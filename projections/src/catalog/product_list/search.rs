//! Finding products by words.
//!
//! A product is found when it has every word that is asked for, or one that begins with it. Where no product on sale
//! is, each word may be another that looks like it: one slip of the pen in a short word, two in a longer one. The
//! nearest come first: those with the very code, with the whole words, with words that begin so, with words that look
//! so; within these, those that have them in their titles, codes and tags rather than in their descriptions.
//!
//! Where very many products have the words ([`MANY`]), weighing each of them would cost a tenth of a second for an order
//! that means nothing any more: then the newest come first within each of these ([`tiers`]).

use std::collections::BTreeMap;

use domain::catalog::words::{deletions, distance, forgiven, words_of};
use sqlx::{FromRow, PgPool, Postgres, QueryBuilder, Row};

use super::{
    ProductFilter, ProductRow,
    facets::{self, Facets},
    queries::{FROM, SELECT, push_filter},
    tiers,
};
use crate::page::{Holds, Key, Order, Page, PageRequest, ReadError};

/// The most words of a question that are looked at.
const MAX_ASKED: usize = 12;

/// The most words that are tried in place of one that was mistyped.
const MAX_ALTERNATIVES: usize = 8;

/// From so many products on that have the words, they are not weighed against each other.
const MANY: i64 = 1_000;

const ORDER: Order = Order {
    name: "products.search",
    column: "found.score",
    id: "found.id",
    descending: true,
    holds: Holds::Number,
};

/// What a search has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The products, nearest first.
    pub page: Page<ProductRow>,
    /// How all that was found is spread, where that was asked for.
    pub facets: Option<Facets>,
    /// What was looked for in place of words that no product on sale has; empty when they were found as they are.
    pub instead: BTreeMap<String, Vec<String>>,
}

/// Products on sale that have the words of `asked` and pass `filter`, nearest first, page by page. A question without
/// a letter or digit finds nothing; no question finds everything.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn search(
    pool: &PgPool,
    asked: Option<&str>,
    filter: &ProductFilter,
    page: &PageRequest,
    with_facets: bool,
) -> Result<Found, ReadError> {
    let filter = &ProductFilter { on_sale: true, q: None, ..filter.clone() };
    let Some(mut question) = Question::of(asked) else {
        ORDER.push_after(&mut QueryBuilder::new(""), page.after.as_deref())?;
        return Ok(Found {
            page: Page {
                items: Vec::new(),
                next: None,
                total: page.with_total.then_some(0),
            },
            facets: with_facets.then(Facets::default),
            instead: BTreeMap::new(),
        });
    };
    if !question.words.is_empty() && !question.is_answered(pool).await? {
        question.forgive(pool).await?;
    }
    let found = question.page(pool, filter, page).await?;
    let facets = if with_facets || page.with_total {
        Some(facets::of(pool, |query| question.push_matches(query, filter)).await?)
    } else {
        None
    };
    let total = facets.as_ref().filter(|_| page.with_total).map(|facets| facets.total);
    Ok(Found {
        page: Page { total, ..found },
        facets: facets.filter(|_| with_facets),
        instead: question.instead,
    })
}

/// Whether this database can look words up by their likeness.
///
/// # Errors
/// When the database fails.
pub async fn has_trigrams(pool: &PgPool) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select exists (select from pg_extension where extname = 'pg_trgm')")
        .fetch_one(pool)
        .await
}

/// What is looked for: everything, where there are no words. Words are letters and digits only, so that nothing in them means anything to `to_tsquery`.
pub(super) struct Question {
    /// As it was asked: perhaps a code.
    pub(super) text: String,
    words: Vec<String>,
    /// All words as they are.
    pub(super) whole: String,
    /// Words that begin with them.
    pub(super) begun: String,
    /// What products must match.
    pub(super) matched: String,
    instead: BTreeMap<String, Vec<String>>,
}

impl Question {
    /// `None` where something is asked that no product can be the answer to.
    fn of(asked: Option<&str>) -> Option<Self> {
        let mut words = asked.map(words_of).unwrap_or_default();
        words.truncate(MAX_ASKED);
        if words.is_empty() && asked.is_some() {
            return None;
        }
        let all =
            |end: &str| words.iter().map(|word| format!("'{word}'{end}")).collect::<Vec<_>>().join(" & ");
        let (whole, begun) = (all(""), all(":*"));
        Some(Self {
            text: asked.unwrap_or_default().trim().to_owned(),
            matched: begun.clone(),
            whole,
            begun,
            words,
            instead: BTreeMap::new(),
        })
    }

    /// Whether some product on sale has the words as they are, whatever else is asked of it: so that every page of an
    /// answer, and every filter on it, is about the same words.
    async fn is_answered(&self, pool: &PgPool) -> Result<bool, sqlx::Error> {
        let on_sale = ProductFilter { on_sale: true, ..ProductFilter::default() };
        let mut query = QueryBuilder::new("select exists (select ");
        self.push_matches(&mut query, &on_sale);
        query.push(")");
        query.build_query_scalar().fetch_one(pool).await
    }

    /// Lets each word be others that look like it, too.
    async fn forgive(&mut self, pool: &PgPool) -> Result<(), sqlx::Error> {
        let near: Vec<String> =
            self.words.iter().filter(|word| forgiven(word) > 0).flat_map(|word| deletions(word)).collect();
        let far: Vec<&str> =
            self.words.iter().map(String::as_str).filter(|word| forgiven(word) > 1).collect();
        let known: Vec<String> = sqlx::query_scalar(
            "select word from product_list_v3.word_deletions where deletion = any($1) \
             union select product_list_v3.similar_words($2)",
        )
        .bind(near)
        .bind(far)
        .fetch_all(pool)
        .await?;
        for word in &self.words {
            let mut alike: Vec<(usize, &String)> = known
                .iter()
                .filter(|other| *other != word)
                .map(|other| (distance(word, other), other))
                .filter(|(slips, _)| *slips <= forgiven(word))
                .collect();
            alike.sort_unstable();
            alike.truncate(MAX_ALTERNATIVES);
            if !alike.is_empty() {
                let others = alike.into_iter().map(|(_, other)| other.clone()).collect();
                self.instead.insert(word.clone(), others);
            }
        }
        let any = |word: &String| {
            let others = self.instead.get(word).into_iter().flatten().map(|other| format!(" | '{other}'"));
            format!("('{word}':*{})", others.collect::<String>())
        };
        self.matched = self.words.iter().map(any).collect::<Vec<_>>().join(" & ");
        Ok(())
    }

    /// ` from … where …` of what matches.
    fn push_matches(&self, query: &mut QueryBuilder<'_, Postgres>, filter: &ProductFilter) {
        query.push(FROM);
        push_filter(query, filter);
        if !self.words.is_empty() {
            query.push(" and p.document @@ to_tsquery('pg_catalog.simple', ");
            query.push_bind(self.matched.clone()).push(")");
        }
    }

    async fn page(
        &self,
        pool: &PgPool,
        filter: &ProductFilter,
        page: &PageRequest,
    ) -> Result<Page<ProductRow>, ReadError> {
        // Pages go on in the order in which they began.
        let in_tiers = match &page.after {
            Some(after) => tiers::began(after),
            None => !self.words.is_empty() && self.is_of_many(pool).await?,
        };
        if in_tiers {
            return tiers::page(self, pool, filter, page).await;
        }
        let mut query = QueryBuilder::new("select * from (");
        query.push(SELECT);
        self.push_score(&mut query);
        self.push_matches(&mut query, filter);
        query.push(") found where true");
        ORDER.push_after(&mut query, page.after.as_deref())?;
        ORDER.push_order(&mut query, page.fetch());
        let rows = query.build().fetch_all(pool).await?;
        let rows: Vec<(ProductRow, i64)> = rows
            .iter()
            .map(|row| Ok((ProductRow::from_row(row)?, row.try_get("score")?)))
            .collect::<Result<_, sqlx::Error>>()?;
        let cut =
            Page::cut(rows, page, None, |(row, score)| ORDER.cursor(Key::Number(*score), row.id.as_uuid()));
        Ok(Page {
            items: cut.items.into_iter().map(|(row, _)| row).collect(),
            next: cut.next,
            total: None,
        })
    }

    /// Whether very many products have the words. Statistics know how many have each, and take words for independent,
    /// which those of a name ("olive oil") are not: so many words are counted, up to where it makes no difference.
    async fn is_of_many(&self, pool: &PgPool) -> Result<bool, ReadError> {
        if self.estimate(pool).await? >= MANY {
            return Ok(true);
        }
        if self.words.len() < 2 {
            return Ok(false);
        }
        let mut query = QueryBuilder::new(
            "select count(*) from (select from product_list_v3.products p where p.document @@ \
             to_tsquery('pg_catalog.simple', ",
        );
        query.push_bind(self.matched.clone()).push(") limit ").push_bind(MANY).push(") counted");
        let counted: i64 = query.build_query_scalar().fetch_one(pool).await?;
        Ok(counted >= MANY)
    }

    /// How many products have the words, as PostgreSQL's statistics have it: nothing is counted for that.
    async fn estimate(&self, pool: &PgPool) -> Result<i64, ReadError> {
        let mut query = QueryBuilder::new(
            "explain (format json) select from product_list_v3.products p where p.document @@ \
             to_tsquery('pg_catalog.simple', ",
        );
        query.push_bind(self.matched.clone()).push(")");
        let row = query.build().persistent(false).fetch_one(pool).await?;
        let plan: &str = row.try_get_unchecked(0)?;
        let plan: serde_json::Value = serde_json::from_str(plan).unwrap_or_default();
        Ok(plan.pointer("/0/Plan/Plan Rows").and_then(serde_json::Value::as_i64).unwrap_or(0))
    }

    /// How near a product is, as a whole number, so that a page can begin where the one before ended.
    fn push_score(&self, query: &mut QueryBuilder<'_, Postgres>) {
        if self.words.is_empty() {
            query.push(", 0::bigint as score ");
            return;
        }
        query.push(", (case when p.sku = ").push_bind(self.text.clone());
        query.push(" or p.barcode = ").push_bind(self.text.clone()).push(" then 4000000 else 0 end");
        for (tier, words) in [(2_000_000, &self.whole), (1_000_000, &self.begun)] {
            query
                .push(" + case when p.document @@ to_tsquery('pg_catalog.simple', ")
                .push_bind(words.clone());
            query.push(format_args!(") then {tier} else 0 end"));
        }
        query.push(
            " + least(999999, ts_rank('{0.1, 0.2, 0.5, 1.0}', p.document, to_tsquery('pg_catalog.simple', ",
        );
        query.push_bind(self.matched.clone()).push(")) * 1000000))::bigint as score ");
    }
}
