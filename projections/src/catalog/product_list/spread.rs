//! How many products a question's words have, and where: what decides how the answer is looked for, without counting more
//! than that takes.

use sqlx::{PgPool, QueryBuilder};

use super::{ProductFilter, queries::push_filter, search::Question};

/// From so many products on that have the words, they are not weighed against each other.
const MANY: i64 = 1_000;

/// So many of the newest products are looked at first.
const SAMPLE: i64 = 500;

/// Fewer than this in a sample say nothing about all.
const TELLING: i64 = 5;

/// Where products on sale that have the words are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spread {
    /// There are none.
    Nowhere,
    /// There are so few that each can be weighed.
    Few,
    /// There are many, and hardly one among the newest.
    Old,
    /// There are many, old and new.
    Everywhere,
}

impl Spread {
    /// A look at the newest products tells of words that are everywhere; the index of words has all the places of a word
    /// together and is asked when it did not. PostgreSQL's own statistics would not do: they take words for independent,
    /// which those of a name ("olive oil") are not.
    pub(super) async fn of(question: &Question, pool: &PgPool) -> Result<Self, sqlx::Error> {
        if sampled(question, pool).await? >= MANY {
            return Ok(Self::Everywhere);
        }
        Ok(match counted(question, pool).await? {
            0 => Self::Nowhere,
            MANY.. => Self::Old,
            _ => Self::Few,
        })
    }
}

/// How many there should be, by those among the newest products.
async fn sampled(question: &Question, pool: &PgPool) -> Result<i64, sqlx::Error> {
    let mut query = QueryBuilder::new(
        "select count(*), (select reltuples::bigint from pg_catalog.pg_class \
                           where oid = 'product_list_v3.products'::regclass) \
         from (select company, status, document from product_list_v3.products order by id desc limit ",
    );
    query.push_bind(SAMPLE).push(") p ");
    push_on_sale(&mut query, question);
    let (seen, products): (i64, i64) = query.build_query_as().fetch_one(pool).await?;
    let expected = seen.saturating_mul(products) / SAMPLE;
    Ok(if seen < TELLING { 0 } else { expected })
}

/// How many there are, counted to where it makes no difference.
async fn counted(question: &Question, pool: &PgPool) -> Result<i64, sqlx::Error> {
    let mut query = QueryBuilder::new("select count(*) from (select from product_list_v3.products p ");
    push_on_sale(&mut query, question);
    query.push(" limit ").push_bind(MANY).push(") counted");
    query.build_query_scalar().fetch_one(pool).await
}

/// Whatever else is asked of a product: so that every page of an answer, and every filter on it, is about the same words.
fn push_on_sale(query: &mut QueryBuilder<'_, sqlx::Postgres>, question: &Question) {
    push_filter(query, &ProductFilter { on_sale: true, ..ProductFilter::default() });
    question.push_words(query);
}
