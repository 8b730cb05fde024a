//! The tree of categories, and every slug that leads into it.

mod project;
mod queries;

use chrono::{DateTime, Utc};
use domain::{catalog::CategoryDetails, ids::CategoryId};
use sqlx::{FromRow, Row, postgres::PgRow};

pub use project::CategoryList;
pub use queries::{all, by_slug, descendants, get, list};

use crate::columns::Columns;

/// One category in the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CategoryRow {
    /// Which.
    pub id: CategoryId,
    /// Below which it hangs; `None` at the top.
    pub parent: Option<CategoryId>,
    /// How it is described.
    pub details: CategoryDetails,
    /// The stream's version: the number of the category's events.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for CategoryRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id("id", CategoryId::from_uuid)?,
            parent: row.maybe_id("parent", CategoryId::from_uuid)?,
            details: CategoryDetails {
                name: row.json("name")?,
                slug: row.json("slug_json")?,
                description: row.maybe_json("description")?,
                image: row.maybe_json("image")?,
                sort_order: row.count("sort_order")?,
                shown_on_home: row.try_get("shown_on_home")?,
                active: row.try_get("active")?,
            },
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// Which categories are wanted; what is `None` does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CategoryFilter {
    /// That hang below this one; `Some(None)` means those at the top.
    pub parent: Option<Option<CategoryId>>,
    /// Seen by customers or not.
    pub active: Option<bool>,
    /// On the first page or not.
    pub shown_on_home: Option<bool>,
}
