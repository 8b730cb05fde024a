//! Categories as answers show them.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use commands::catalog::CategoryAccepted;
use domain::ids::CategoryId;
use projections::catalog::category_list::CategoryRow;
use serde::Serialize;
use utoipa::ToSchema;

use super::response::ImageBody;
use crate::http::shapes::{Texts, texts};

/// One category in one language.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Category, example = json!({
    "id": "cat_0190c7a2000070008000000000000001",
    "parent_id": null,
    "name": "Rice",
    "slug": "rice",
    "description": null,
    "image": null,
    "sort_order": 1,
    "shown_on_home": true,
    "active": true,
    "version": 1,
    "created_at": "2026-01-31T12:00:00Z",
    "updated_at": "2026-01-31T12:00:00Z",
}))]
pub struct CategoryBody {
    /// `cat_…`
    pub id: String,
    /// Below which it hangs (`cat_…`); null at the top.
    pub parent_id: Option<String>,
    /// What it is called, in the language of `Content-Language`.
    pub name: String,
    /// Its part of an address.
    pub slug: String,
    /// What is in it.
    pub description: Option<String>,
    /// A picture.
    pub image: Option<ImageBody>,
    /// Its place among its sisters: the least first.
    pub sort_order: u32,
    /// It is shown on the first page.
    pub shown_on_home: bool,
    /// Customers see it.
    pub active: bool,
    /// The version of the category: `If-Match` takes it.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
    /// Every text in every language; only in the full view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub translations: Option<CategoryTranslationsBody>,
}

/// Texts of a category by language.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CategoryTranslations)]
pub struct CategoryTranslationsBody {
    /// What it is called.
    pub name: Texts,
    /// What is in it.
    pub description: Option<Texts>,
}

/// A category with all that hangs below it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CategoryBranch, no_recursion)]
pub struct BranchBody {
    /// The category.
    #[serde(flatten)]
    pub category: CategoryBody,
    /// What hangs below it, in order.
    pub children: Vec<Self>,
}

/// The tree of categories.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CategoryTree)]
pub struct TreeBody {
    /// Those at the top, in order.
    pub items: Vec<BranchBody>,
}

/// What became of a category.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CategoryAccepted, example = json!({"id": "cat_0190c7a2000070008000000000000001", "version": 1}))]
pub struct CategoryAcceptedBody {
    /// `cat_…`
    pub id: String,
    /// Its version now.
    pub version: i64,
}

impl From<&CategoryAccepted> for CategoryAcceptedBody {
    fn from(accepted: &CategoryAccepted) -> Self {
        Self { id: accepted.category.to_string(), version: accepted.version }
    }
}

impl CategoryBody {
    /// The row in the language `wanted`, and the language that its name is in.
    #[must_use]
    pub fn new(row: &CategoryRow, wanted: &str, is_full: bool) -> (Self, String) {
        let details = &row.details;
        let (tag, name) = details.name.pick(&[wanted]);
        let body = Self {
            id: row.id.to_string(),
            parent_id: row.parent.map(|parent| parent.to_string()),
            name: name.to_owned(),
            slug: details.slug.to_string(),
            description: details.description.as_ref().map(|text| text.pick(&[wanted]).1.to_owned()),
            image: details.image.clone().map(|image| ImageBody::new(image, wanted)),
            sort_order: details.sort_order,
            shown_on_home: details.shown_on_home,
            active: details.active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            translations: is_full.then(|| CategoryTranslationsBody {
                name: texts(&details.name),
                description: details.description.as_ref().map(texts),
            }),
        };
        (body, tag.to_owned())
    }
}

impl TreeBody {
    /// The tree of these rows, which are in the order of sisters. Customers do not see what is not active, nor what
    /// hangs below it.
    #[must_use]
    pub fn new(rows: &[CategoryRow], wanted: &str, is_full: bool) -> Self {
        let mut below: HashMap<Option<CategoryId>, Vec<&CategoryRow>> = HashMap::new();
        for row in rows.iter().filter(|row| is_full || row.details.active) {
            below.entry(row.parent).or_default().push(row);
        }
        let mut seen = HashSet::new();
        Self {
            items: branches(&mut below, None, &mut seen, wanted, is_full),
        }
    }
}

/// What hangs below `parent`. As deep as the tree, which the use cases keep within some dozens of levels.
fn branches(
    below: &mut HashMap<Option<CategoryId>, Vec<&CategoryRow>>,
    parent: Option<CategoryId>,
    seen: &mut HashSet<CategoryId>,
    wanted: &str,
    is_full: bool,
) -> Vec<BranchBody> {
    let rows = below.remove(&parent).unwrap_or_default();
    let mut branches_here = Vec::with_capacity(rows.len());
    for row in rows {
        if seen.insert(row.id) {
            branches_here.push(BranchBody {
                category: CategoryBody::new(row, wanted, is_full).0,
                children: branches(below, Some(row.id), seen, wanted, is_full),
            });
        }
    }
    branches_here
}
