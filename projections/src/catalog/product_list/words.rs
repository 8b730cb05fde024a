//! What products are found by: their words, made plain in the one way that questions are.

use std::collections::{BTreeMap, BTreeSet};

use domain::catalog::words::{deletions, forgiven, words_of};
use sqlx::PgConnection;
use uuid::Uuid;

use super::ProductRow;

/// The most words of one kind that a product is found by, so that no description is too long for an index.
const MAX_WORDS: usize = 1_000;

/// A product's words, each kind with one space between.
pub(super) struct Texts {
    /// Of titles in every language, codes and tags.
    pub(super) main: String,
    /// Of descriptions in every language.
    pub(super) other: String,
}

impl Texts {
    pub(super) fn of(row: &ProductRow) -> Self {
        Self {
            main: joined(&main_words(row)),
            other: joined(&other_words(row)),
        }
    }
}

fn joined(words: &[String]) -> String {
    words.get(..MAX_WORDS.min(words.len())).unwrap_or_default().join(" ")
}

fn main_words(row: &ProductRow) -> Vec<String> {
    let titles = row.title.by_language().values().map(String::as_str);
    let codes = [Some(row.sku.as_str()), row.barcode.as_deref()].into_iter().flatten();
    let tags = row.tags.iter().map(String::as_str);
    titles.chain(codes).chain(tags).flat_map(words_of).collect()
}

fn other_words(row: &ProductRow) -> Vec<String> {
    let texts = row.description.iter().flat_map(|text| text.by_language().values());
    texts.flat_map(|text| words_of(text)).collect()
}

/// What a batch adds to the words and slugs. Nothing is taken away: a word that no product has any more finds nothing,
/// and so the tables are the same however the log is cut into batches.
#[derive(Default)]
pub(super) struct Vocabulary {
    words: BTreeSet<String>,
    slugs: BTreeMap<String, Uuid>,
}

impl Vocabulary {
    /// Takes note of a row as an event has left it.
    pub(super) fn note(&mut self, row: &ProductRow) {
        let words = [main_words(row), other_words(row)];
        let words = words.into_iter().flat_map(|words| words.into_iter().take(MAX_WORDS));
        self.words.extend(words.filter(|word| forgiven(word) > 0));
        if let Some(slug) = &row.presentation.slug {
            self.slugs.insert(slug.as_str().to_owned(), row.id.as_uuid());
        }
    }

    pub(super) async fn write(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if !self.slugs.is_empty() {
            let (slugs, products): (Vec<String>, Vec<Uuid>) = self.slugs.into_iter().unzip();
            sqlx::query(
                "insert into product_slugs (slug, product) select * from unnest($1::text[], $2::uuid[]) \
                 on conflict (slug) do nothing",
            )
            .bind(slugs)
            .bind(products)
            .execute(&mut *connection)
            .await?;
        }
        if self.words.is_empty() {
            return Ok(());
        }
        let words: Vec<String> = self.words.into_iter().collect();
        let new: Vec<String> = sqlx::query_scalar(
            "insert into words (word) select * from unnest($1::text[]) on conflict (word) do nothing returning word",
        )
        .bind(words)
        .fetch_all(&mut *connection)
        .await?;
        let (mut left, mut whole) = (Vec::new(), Vec::new());
        for word in &new {
            for deletion in deletions(word) {
                left.push(deletion);
                whole.push(word.as_str());
            }
        }
        sqlx::query(
            "insert into word_deletions (deletion, word) select * from unnest($1::text[], $2::text[]) \
             on conflict (deletion, word) do nothing",
        )
        .bind(left)
        .bind(whole)
        .execute(connection)
        .await?;
        Ok(())
    }
}
