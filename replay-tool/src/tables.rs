//! Tables of two schemas, compared row by row by their primary keys.

use std::collections::BTreeMap;

use sqlx::{PgConnection, Row, postgres::PgRow};

use crate::failure::{Code, failure};

/// What a table looks like.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// Names and types, in the order of the table.
    pub(crate) columns: Vec<Column>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// As PostgreSQL writes it.
    pub(crate) kind: String,
    /// Part of the primary key.
    pub(crate) is_key: bool,
}

/// The schema of this session's temporary tables.
pub(crate) async fn temporary_schema(connection: &mut PgConnection) -> Result<String, sqlx::Error> {
    sqlx::query_scalar("select nspname::text from pg_namespace where oid = pg_my_temp_schema()")
        .fetch_one(connection)
        .await
}

/// The tables of a schema by name.
pub(crate) async fn of_schema(
    connection: &mut PgConnection,
    schema: &str,
) -> Result<BTreeMap<String, Table>, sqlx::Error> {
    let rows = sqlx::query(
        "select c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod), \
                coalesce(a.attnum = any(i.indkey), false) \
           from pg_namespace n \
           join pg_class c on c.relnamespace = n.oid and c.relkind in ('r', 'p') \
           join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped \
           left join pg_index i on i.indrelid = c.oid and i.indisprimary \
          where n.nspname = $1 order by c.relname, a.attnum",
    )
    .bind(schema)
    .fetch_all(connection)
    .await?;
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    for row in rows {
        let column = Column {
            name: row.try_get(1)?,
            kind: row.try_get(2)?,
            is_key: row.try_get(3)?,
        };
        tables.entry(row.try_get(0)?).or_default().columns.push(column);
    }
    Ok(tables)
}

/// A table's name with its schema's, as SQL.
pub(crate) fn qualified(schema: &str, table: &str) -> String {
    format!("{}.{}", quoted(schema), quoted(table))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// How many rows there are, and how they differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) left: i64,
    pub(crate) right: i64,
    pub(crate) only_left: i64,
    pub(crate) only_right: i64,
    pub(crate) changed: i64,
}

impl Counts {
    pub(crate) const fn differing(&self) -> i64 {
        self.only_left + self.only_right + self.changed
    }

    /// What is left when every key stands once in each: where not, a primary key does not keep its promise.
    pub(crate) const fn repeated(&self) -> i64 {
        (self.left + self.only_right) - (self.right + self.only_left)
    }
}

/// A row in which the two differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Names and values of the primary key.
    pub(crate) key: Vec<(String, String)>,
    pub(crate) what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    OnlyLeft(Vec<Cell>),
    OnlyRight(Vec<Cell>),
    /// The columns that differ.
    Changed(Vec<Cell>),
}

/// A value on both sides, as PostgreSQL writes it; `None` is null, or no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) column: String,
    pub(crate) left: Option<String>,
    pub(crate) right: Option<String>,
}

/// Two tables of the same columns.
pub(crate) struct Pair<'a> {
    columns: &'a [Column],
    /// `from …`, with the sides called `l` and `r`.
    join: String,
    left: String,
    right: String,
}

impl<'a> Pair<'a> {
    /// Both are qualified names; `columns` are those that both have.
    ///
    /// # Errors
    /// When there is no primary key.
    pub(crate) fn new(left: String, right: String, columns: &'a [Column]) -> anyhow::Result<Self> {
        let keys: Vec<String> = columns
            .iter()
            .filter(|column| column.is_key)
            .map(|column| format!("l.{0} = r.{0}", quoted(&column.name)))
            .collect();
        if keys.is_empty() {
            return Err(failure(
                Code::Failed,
                format!("the rows of {left} cannot be told apart: no primary key"),
            ));
        }
        let join = format!("from {left} l full join {right} r on {}", keys.join(" and "));
        Ok(Self { columns, join, left, right })
    }

    /// Of the first column of the key: what tells on which side a row is.
    fn key(&self) -> String {
        let key = self.columns.iter().find(|column| column.is_key);
        key.map(|column| quoted(&column.name)).unwrap_or_default()
    }

    /// True where a row stands on both sides and is not the same.
    fn is_changed(&self) -> String {
        let differs = |column: &Column| {
            let name = quoted(&column.name);
            // Type json knows no equality; what counts is the text as it was written.
            let cast = if column.kind == "json" { "::text" } else { "" };
            format!("l.{name}{cast} is distinct from r.{name}{cast}")
        };
        let differing: Vec<String> =
            self.columns.iter().filter(|column| !column.is_key).map(differs).collect();
        if differing.is_empty() {
            return "false".to_owned();
        }
        let key = self.key();
        format!("(l.{key} is not null and r.{key} is not null and ({}))", differing.join(" or "))
    }

    /// Looks at every row.
    pub(crate) async fn count(&self, connection: &mut PgConnection) -> Result<Counts, sqlx::Error> {
        let (key, changed, join) = (self.key(), self.is_changed(), &self.join);
        let sql = format!(
            "select (select count(*) from {}), (select count(*) from {}), \
                    count(*) filter (where r.{key} is null), \
                    count(*) filter (where l.{key} is null and r.{key} is not null), \
                    count(*) filter (where {changed}) {join}",
            self.left, self.right
        );
        let row = sqlx::query(&sql).fetch_one(connection).await?;
        Ok(Counts {
            left: row.try_get(0)?,
            right: row.try_get(1)?,
            only_left: row.try_get(2)?,
            only_right: row.try_get(3)?,
            changed: row.try_get(4)?,
        })
    }

    /// The first rows that differ, in the order of their keys.
    pub(crate) async fn differences(
        &self,
        connection: &mut PgConnection,
        limit: i64,
    ) -> Result<Vec<Difference>, sqlx::Error> {
        let values = |side: &str| {
            let texts = self.columns.iter().map(|column| format!("{side}.{}::text", quoted(&column.name)));
            texts.collect::<Vec<_>>().join(", ")
        };
        let order = self.columns.iter().filter(|column| column.is_key);
        let order = order.map(|column| format!("coalesce(l.{0}, r.{0})", quoted(&column.name)));
        let (key, changed) = (self.key(), self.is_changed());
        let sql = format!(
            "select r.{key} is null, l.{key} is null, array[{}]::text[], array[{}]::text[] {} \
              where r.{key} is null or l.{key} is null or {changed} order by {} limit $1",
            values("l"),
            values("r"),
            self.join,
            order.collect::<Vec<_>>().join(", ")
        );
        let rows = sqlx::query(&sql).bind(limit).fetch_all(connection).await?;
        rows.iter().map(|row| self.difference(row)).collect()
    }

    fn difference(&self, row: &PgRow) -> Result<Difference, sqlx::Error> {
        let (only_left, only_right): (bool, bool) = (row.try_get(0)?, row.try_get(1)?);
        let left: Vec<Option<String>> = row.try_get(2)?;
        let right: Vec<Option<String>> = row.try_get(3)?;
        let sides = || self.columns.iter().zip(left.iter().zip(&right));
        let key = sides()
            .filter(|(column, _)| column.is_key)
            .map(|(column, (left, right))| {
                (column.name.clone(), left.clone().or_else(|| right.clone()).unwrap_or_default())
            })
            .collect();
        let others = sides().filter(|(column, _)| !column.is_key).map(|(column, (left, right))| Cell {
            column: column.name.clone(),
            left: left.clone(),
            right: right.clone(),
        });
        let what = if only_left {
            What::OnlyLeft(others.collect())
        } else if only_right {
            What::OnlyRight(others.collect())
        } else {
            // `1.0` and `1.00` are the same number.
            let differing = others.filter(|cell| cell.left != cell.right);
            What::Changed(differing.collect())
        };
        Ok(Difference { key, what })
    }
}
