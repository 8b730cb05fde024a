//! Finding products by words.
//!
//! A product is found when it has every word that is asked for, or one that begins with it. Where no product on sale
//! is, each word may be another that looks like it: one slip of the pen in a short word, two in a longer one. The
//! nearest come first: those with the very code, with the whole words, with words that begin so, with words that look
//! so; within these, those that have them in their titles, codes and tags rather than in their descriptions.
//!
//! Where very many products have the words ([`Spread`]), weighing each of them would cost a tenth of a second for an order
//! that means nothing any more: then the newest come first within each of these ([`tiers`]).

use std::collections::BTreeMap;

use domain::catalog::words::{deletions, distance, forgiven, words_of};
use sqlx::{FromRow, PgPool, Postgres, QueryBuilder, Row};

use super::{
    ProductFilter, ProductRow,
    facets::{self, Facets},
    queries::{FROM, SELECT, push_filter},
    spread::Spread,
    tiers,
};
use crate::page::{Holds, Key, Order, Page, PageRequest, ReadError};

/// The most words of a question that are looked at.
const MAX_ASKED: usize = 12;

/// The most words that are tried in place of one that was mistyped.
const MAX_ALTERNATIVES: usize = 8;

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
    let spread = question.settle(pool).await?;
    let found = question.page(pool, filter, page, spread).await?;
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

    /// Decides which words are looked for: as they are, or where no product on sale has those, others that look like them.
    async fn settle(&mut self, pool: &PgPool) -> Result<Spread, sqlx::Error> {
        if self.words.is_empty() {
            return Ok(Spread::Few);
        }
        let spread = Spread::of(self, pool).await?;
        if spread != Spread::Nowhere {
            return Ok(spread);
        }
        self.forgive(pool).await?;
        if self.instead.is_empty() {
            Ok(spread)
        } else {
            Spread::of(self, pool).await
        }
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

    /// Whether other words are looked for because no product on sale has those that were asked.
    pub(super) fn is_forgiven(&self) -> bool {
        !self.instead.is_empty()
    }

    /// ` from … where …` of what matches.
    fn push_matches(&self, query: &mut QueryBuilder<'_, Postgres>, filter: &ProductFilter) {
        query.push(FROM);
        push_filter(query, filter);
        self.push_words(query);
    }

    pub(super) fn push_words(&self, query: &mut QueryBuilder<'_, Postgres>) {
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
        spread: Spread,
    ) -> Result<Page<ProductRow>, ReadError> {
        // Pages go on in the order in which they began.
        let in_tiers = match &page.after {
            Some(after) => tiers::began(after),
            None => matches!(spread, Spread::Old | Spread::Everywhere),
        };
        if in_tiers {
            return tiers::page(self, pool, filter, page, spread).await;
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
