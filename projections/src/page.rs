//! Lists: keyset pages with opaque cursors. A cursor is the sort key and the id of the last row that was seen, so
//! that rows that come or go before it neither repeat nor hide others, and no page costs more than the first.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgPool, Postgres, QueryBuilder, postgres::PgRow};
use uuid::Uuid;

/// Why a list could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The cursor was not made by this list in this order.
    #[error("cursor does not belong to this list and sort order")]
    InvalidCursor,
    /// The database failed.
    #[error("the read model could not be read")]
    Database(#[from] sqlx::Error),
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// The [`Page::next`] of the page before; `None` for the first page.
    pub after: Option<String>,
    /// How many items at most; 0 counts as 1, and more than [`PageRequest::MAX_LIMIT`] as that.
    pub limit: u16,
    /// Count all matching items too.
    pub with_total: bool,
}

impl PageRequest {
    /// The most items of one page.
    pub const MAX_LIMIT: u16 = 200;

    /// The first `limit` items.
    #[must_use]
    pub const fn first(limit: u16) -> Self {
        Self { after: None, limit, with_total: false }
    }

    pub(crate) fn limit(&self) -> usize {
        usize::from(self.limit.clamp(1, Self::MAX_LIMIT))
    }

    /// One more than wanted, which tells whether there is a next page.
    pub(crate) fn fetch(&self) -> i64 {
        i64::from(self.limit.clamp(1, Self::MAX_LIMIT)) + 1
    }
}

/// Part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// In the wanted order.
    pub items: Vec<T>,
    /// The cursor of the next page; `None` on the last one.
    pub next: Option<String>,
    /// How many items match in all, where that was asked for.
    pub total: Option<i64>,
}

impl<T> Page<T> {
    /// Cuts what was fetched (one more than wanted) to the page, and makes the next cursor of its last item.
    pub(crate) fn cut(
        mut items: Vec<T>,
        request: &PageRequest,
        total: Option<i64>,
        key: impl FnOnce(&T) -> Cursor,
    ) -> Self {
        let more = items.len() > request.limit();
        items.truncate(request.limit());
        let next = items.last().filter(|_| more).map(|item| key(item).encode());
        Self { items, next, total }
    }
}

/// A sort key and its direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sort<K> {
    /// By what.
    pub key: K,
    /// Greatest first.
    pub descending: bool,
}

impl<K> Sort<K> {
    /// Smallest first.
    #[must_use]
    pub const fn ascending(key: K) -> Self {
        Self { key, descending: false }
    }

    /// Greatest first.
    #[must_use]
    pub const fn descending(key: K) -> Self {
        Self { key, descending: true }
    }
}

/// The value of the sort column in the last row that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Key {
    /// A whole number.
    #[serde(rename = "n")]
    Number(i64),
    /// A time, in microseconds since 1970.
    #[serde(rename = "t")]
    Time(i64),
    /// A text.
    #[serde(rename = "s")]
    Text(String),
}

impl Key {
    pub(crate) fn time(time: DateTime<Utc>) -> Self {
        Self::Time(time.timestamp_micros())
    }
}

/// Where a page ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// The list and its order, so that a cursor of another one is refused.
    #[serde(rename = "l")]
    list: String,
    #[serde(rename = "k")]
    key: Key,
    #[serde(rename = "i")]
    id: Uuid,
}

/// The order of a list, as SQL names it. All of it is constant text: nothing of a request gets into a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    /// Stable name of list and key, part of every cursor.
    pub(crate) name: &'static str,
    /// The sort column.
    pub(crate) column: &'static str,
    /// The column that tells equal keys apart.
    pub(crate) id: &'static str,
    pub(crate) descending: bool,
    /// What kind of key the column holds.
    pub(crate) holds: Holds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Number,
    Time,
    Text,
}

impl Order {
    fn list(&self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.name)
    }

    pub(crate) fn cursor(&self, key: Key, id: Uuid) -> Cursor {
        Cursor { list: self.list(), key, id }
    }

    /// One page of `select columns`, followed by what `push_filter` adds (`from … where …`), and the number of all such
    /// rows where that is wanted. `place` tells where a row stands in this order.
    ///
    /// # Errors
    /// When the cursor belongs to another list or order, or the database fails.
    pub(crate) async fn page<T>(
        &self,
        pool: &PgPool,
        columns: &str,
        push_filter: impl Fn(&mut QueryBuilder<'_, Postgres>),
        page: &PageRequest,
        place: impl Fn(&T) -> (Key, Uuid),
    ) -> Result<Page<T>, ReadError>
    where
        T: for<'r> FromRow<'r, PgRow> + Send + Unpin,
    {
        let mut query = QueryBuilder::new(format!("select {columns} "));
        push_filter(&mut query);
        self.push_after(&mut query, page.after.as_deref())?;
        self.push_order(&mut query, page.fetch());
        let rows: Vec<T> = query.build_query_as().fetch_all(pool).await?;
        let total = if page.with_total {
            let mut query = QueryBuilder::new("select count(*) ");
            push_filter(&mut query);
            Some(query.build_query_scalar().fetch_one(pool).await?)
        } else {
            None
        };
        Ok(Page::cut(rows, page, total, |row| {
            let (key, id) = place(row);
            self.cursor(key, id)
        }))
    }

    /// ` and (column, id) > ($, $)` where a page came before.
    pub(crate) fn push_after(
        &self,
        query: &mut QueryBuilder<'_, Postgres>,
        after: Option<&str>,
    ) -> Result<(), ReadError> {
        let Some(after) = after else {
            return Ok(());
        };
        let cursor = Cursor::of(self, after)?;
        let compare = if self.descending { "<" } else { ">" };
        query.push(format_args!(" and ({}, {}) {compare} (", self.column, self.id));
        match (cursor.key, self.holds) {
            (Key::Number(number), Holds::Number) => query.push_bind(number),
            (Key::Time(micros), Holds::Time) => {
                query.push_bind(DateTime::from_timestamp_micros(micros).ok_or(ReadError::InvalidCursor)?)
            }
            (Key::Text(text), Holds::Text) => query.push_bind(text),
            (Key::Number(_) | Key::Time(_) | Key::Text(_), _) => return Err(ReadError::InvalidCursor),
        };
        query.push(", ").push_bind(cursor.id).push(")");
        Ok(())
    }

    /// ` order by column, id limit $`.
    pub(crate) fn push_order(&self, query: &mut QueryBuilder<'_, Postgres>, limit: i64) {
        let direction = if self.descending { "desc" } else { "asc" };
        query.push(format_args!(" order by {} {direction}, {} {direction} limit ", self.column, self.id));
        query.push_bind(limit);
    }
}

impl Cursor {
    /// Reads a cursor of `order`.
    pub(crate) fn of(order: &Order, text: &str) -> Result<Self, ReadError> {
        Self::decode(text).filter(|cursor| cursor.list == order.list()).ok_or(ReadError::InvalidCursor)
    }

    pub(crate) const fn key(&self) -> &Key {
        &self.key
    }

    pub(crate) const fn id(&self) -> Uuid {
        self.id
    }

    fn encode(&self) -> String {
        // Serializing three plain fields cannot fail.
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).unwrap_or_default())
    }

    /// `None` for whatever was not made by [`Self::encode`], and for values that PostgreSQL would refuse.
    fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let cursor: Self = serde_json::from_slice(&bytes).ok()?;
        let sound = match &cursor.key {
            Key::Number(_) => true,
            Key::Time(micros) => in_range(*micros),
            Key::Text(text) => !text.contains('\0'),
        };
        sound.then_some(cursor)
    }
}

/// The years 1 to 9999, which every part of the system can hold.
const EARLIEST_MICROS: i64 = -62_135_596_800_000_000;
const LATEST_MICROS: i64 = 253_402_300_799_999_999;

fn in_range(micros: i64) -> bool {
    (EARLIEST_MICROS..=LATEST_MICROS).contains(&micros)
}

/// The nearest time that PostgreSQL holds, for bounds that a caller names.
pub(crate) fn bounded(time: DateTime<Utc>) -> DateTime<Utc> {
    let micros = time.timestamp_micros().clamp(EARLIEST_MICROS, LATEST_MICROS);
    DateTime::from_timestamp_micros(micros).unwrap_or(time)
}

/// A search word as a pattern for `ilike` that matches it literally, anywhere.
pub(crate) fn contains_pattern(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len().saturating_add(2));
    pattern.push('%');
    // A NUL matches nothing and PostgreSQL refuses it; dropping it keeps the rest meaningful.
    for letter in word.chars().filter(|letter| *letter != '\0') {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    const BY_PRICE: Order = Order {
        name: "products.price",
        column: "price",
        id: "id",
        descending: true,
        holds: Holds::Number,
    };

    fn refused(order: &Order, cursor: &str) -> bool {
        let mut query = QueryBuilder::new("");
        matches!(order.push_after(&mut query, Some(cursor)), Err(ReadError::InvalidCursor))
    }

    #[test]
    fn a_cursor_belongs_to_its_list_order_and_type() {
        let cursor = BY_PRICE.cursor(Key::Number(7), Uuid::nil()).encode();
        let mut query = QueryBuilder::new("");
        BY_PRICE.push_after(&mut query, Some(&cursor)).unwrap();
        assert_eq!(query.sql(), " and (price, id) < ($1, $2)");
        assert!(refused(&Order { descending: false, ..BY_PRICE }, &cursor));
        assert!(refused(&Order { name: "products.sku", ..BY_PRICE }, &cursor));
        assert!(refused(&Order { holds: Holds::Text, ..BY_PRICE }, &cursor));
    }

    #[test]
    fn a_forged_cursor_is_refused() {
        for forged in ["", "x", "'; drop table products --", "bnVsbA", "e30"] {
            assert!(refused(&BY_PRICE, forged), "{forged}");
        }
        let text = Order { holds: Holds::Text, ..BY_PRICE };
        assert!(refused(&text, &text.cursor(Key::Text("a\0".to_owned()), Uuid::nil()).encode()));
        let time = Order { holds: Holds::Time, ..BY_PRICE };
        assert!(refused(&time, &time.cursor(Key::Time(i64::MIN), Uuid::nil()).encode()));
    }

    #[test]
    fn a_pattern_matches_its_word_literally() {
        assert_eq!(contains_pattern("50%_\\\0x"), "%50\\%\\_\\\\x%");
    }
}
