//! Products as lists, pages and searches show them: one row per product, with its available stock; every slug that leads
//! to one; and every word that was ever used of one, which slips of the pen are looked up among.

mod facets;
mod project;
mod queries;
mod rows;
mod search;
mod sitemap;
mod spread;
mod tiers;
mod words;

use chrono::{DateTime, Utc};
use domain::{
    catalog::{AttributeValues, Image, Presentation, ProductKind},
    ids::{CategoryId, CompanyId, ProductId},
    money::{Currency, UnitPrice},
    slug::Slug,
    text::{AttributeText, Code, LocalizedText, Sku, Tag, Zone},
};
use sqlx::{FromRow, Row, postgres::PgRow};

pub use facets::{Facets, PriceRange};
pub use project::ProductList;
pub use queries::{
    by_external_id, by_ids, by_ids_that_pass, by_sku, by_slug, get, get_with_checkpoint, list,
};
pub use search::{Found, has_trigrams, search};
pub use sitemap::{SitemapEntry, sitemap_count, sitemap_page};

use crate::columns::{Columns, undecodable, words};

/// Whether a product is sold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductStatus {
    /// It can be ordered.
    Active,
    /// It is not sold any more.
    Discontinued,
}

words! {
    ProductStatus { Active = "active", Discontinued = "discontinued" }
    ProductKind { Goods = "goods", Service = "service" }
}

/// One product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductRow {
    /// Which.
    pub id: ProductId,
    /// The seller's code.
    pub sku: String,
    /// Counted or not.
    pub kind: ProductKind,
    /// What it is called.
    pub title: LocalizedText,
    /// What it is.
    pub description: Option<LocalizedText>,
    /// Categories, the primary one first.
    pub categories: Vec<CategoryId>,
    /// Search words.
    pub tags: Vec<String>,
    /// The printed code.
    pub barcode: Option<String>,
    /// Pictures in order of display.
    pub images: Vec<Image>,
    /// What else is known of it, by the codes of attributes.
    pub attributes: AttributeValues,
    /// What one base unit costs.
    pub base_price: UnitPrice,
    /// The current reduced price.
    pub discounted_price: Option<UnitPrice>,
    /// The price for wholesale customers.
    pub wholesale_price: Option<UnitPrice>,
    /// The fewest base units of one order line.
    pub min_order_quantity: u32,
    /// The vendor.
    pub company: Option<CompanyId>,
    /// Its id in another system.
    pub external_id: Option<String>,
    /// How it stands in the shop.
    pub presentation: Presentation,
    /// Sold or not.
    pub status: ProductStatus,
    /// The stream's version: the number of the product's events.
    pub version: i64,
    /// When its registration was recorded.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded; stock movements do not count.
    pub updated_at: DateTime<Utc>,
    /// Base units that can be sold now, over all warehouses; 0 for a service, which needs none.
    pub available: i64,
}

impl ProductRow {
    /// The currency of all its prices.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.base_price.currency()
    }

    /// What everybody pays: the reduced price where there is one, else the base price.
    #[must_use]
    pub fn price(&self) -> UnitPrice {
        self.discounted_price.unwrap_or(self.base_price)
    }

    /// It can be had now; a service always can.
    #[must_use]
    pub fn in_stock(&self) -> bool {
        match self.kind {
            ProductKind::Goods => self.available > 0,
            ProductKind::Service => true,
        }
    }

    /// What lists are sorted by: the English title where there is one, in lower case.
    pub(crate) fn sort_title(&self) -> String {
        self.title.pick(&["en"]).1.to_lowercase()
    }
}

impl FromRow<'_, PgRow> for ProductRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let currency = row.currency("currency")?;
        let categories: Vec<uuid::Uuid> = row.try_get("categories")?;
        let slug: Option<&str> = row.try_get("slug")?;
        let zones: Vec<String> = row.try_get("sale_zones")?;
        let zones = zones.iter().map(|zone| Zone::parse(zone));
        Ok(Self {
            id: row.id("id", ProductId::from_uuid)?,
            sku: row.try_get("sku")?,
            kind: row.word("kind")?,
            title: row.json("title")?,
            description: row.maybe_json("description")?,
            categories: categories.into_iter().map(CategoryId::from_uuid).collect(),
            tags: row.try_get("tags")?,
            barcode: row.try_get("barcode")?,
            images: row.json("images")?,
            attributes: row.json("attributes")?,
            base_price: row.unit_price("base_micros", currency)?,
            discounted_price: row.maybe_unit_price("discounted_micros", currency)?,
            wholesale_price: row.maybe_unit_price("wholesale_micros", currency)?,
            min_order_quantity: row.count("min_order_quantity")?,
            company: row.maybe_id("company", CompanyId::from_uuid)?,
            external_id: row.try_get("external_id")?,
            presentation: Presentation {
                slug: slug.map(Slug::parse).transpose().map_err(|error| undecodable("slug", error))?,
                featured: row.try_get("featured")?,
                sale_zones: zones
                    .collect::<Result<_, _>>()
                    .map_err(|error| undecodable("sale_zones", error))?,
            },
            status: row.word("status")?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            available: row.try_get("available")?,
        })
    }
}

/// Which products are wanted; what is `None` does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductFilter {
    /// In any of these categories.
    pub categories: Option<Vec<CategoryId>>,
    /// Prices in this currency only.
    pub currency: Option<Currency>,
    /// Price (what everybody pays) of at least so many millionths of a unit of its currency.
    pub price_gte_micros: Option<i64>,
    /// Price of at most so many millionths.
    pub price_lte_micros: Option<i64>,
    /// In stock, or not. Services always are.
    pub in_stock: Option<bool>,
    /// Of this vendor.
    pub company: Option<CompanyId>,
    /// With this tag.
    pub tag: Option<Tag>,
    /// With this value (as text) of this attribute.
    pub attribute: Option<(Code, AttributeText)>,
    /// With this code.
    pub sku: Option<Sku>,
    /// Sold or not.
    pub status: Option<ProductStatus>,
    /// On sale now: active, and not of a company that is closed.
    pub on_sale: bool,
    /// Sold in any of these zones.
    pub zones: Option<Vec<Zone>>,
    /// Among those that the shop shows first, or not.
    pub featured: Option<bool>,
    /// Words that must all occur in a title, the code or the bar code, in any case.
    pub q: Option<String>,
}

/// What products can be sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ProductSort {
    /// When the registration was recorded.
    #[default]
    CreatedAt,
    /// What everybody pays, whatever the currency.
    Price,
    /// The seller's code.
    Sku,
    /// The English title where there is one.
    Title,
}
