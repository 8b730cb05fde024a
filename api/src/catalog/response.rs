//! Products as answers show them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use commands::catalog::ProductAccepted;
use domain::{
    catalog::{AttributeValue, AttributeValues, Image, ProductKind},
    text::LocalizedText,
};
use projections::catalog::product_list::{ProductRow, ProductStatus};
use serde::Serialize;
use utoipa::ToSchema;

use super::{description::AttributeValueRequest, upload_response::VariantBody};
use crate::http::shapes::{MoneyBody, Texts, texts};

/// One product in one language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Product, example = json!({
    "id": "prd_0190c7a2000070008000000000000001",
    "sku": "RICE-5KG",
    "kind": "goods",
    "title": "Rice 5 kg",
    "description": null,
    "categories": [],
    "tags": ["rice"],
    "barcode": null,
    "images": [],
    "attributes": {"organic": true},
    "price": {"amount": "12500", "currency": "IQD", "exponent": 0},
    "base_price": {"amount": "12500", "currency": "IQD", "exponent": 0},
    "discounted_price": null,
    "min_order_quantity": 1,
    "company_id": null,
    "external_id": null,
    "slug": "rice-5-kg",
    "featured": false,
    "sale_zones": [],
    "status": "active",
    "in_stock": true,
    "available": 120,
    "version": 1,
    "created_at": "2026-01-31T12:00:00Z",
    "updated_at": "2026-01-31T12:00:00Z",
}))]
pub struct ProductBody {
    /// `prd_…`
    pub id: String,
    /// The seller's code.
    pub sku: String,
    /// `goods` or `service`.
    #[schema(value_type = String)]
    pub kind: ProductKind,
    /// What it is called, in the language of `Content-Language`.
    pub title: String,
    /// What it is.
    pub description: Option<String>,
    /// `cat_…`, the primary one first.
    pub categories: Vec<String>,
    /// Search words.
    pub tags: Vec<String>,
    /// The printed code.
    pub barcode: Option<String>,
    /// In order of display.
    pub images: Vec<ImageBody>,
    /// What else is known of it, by the codes of attributes.
    pub attributes: BTreeMap<String, AttributeValueRequest>,
    /// What everybody pays.
    pub price: MoneyBody,
    /// What everybody pays unless it is reduced.
    pub base_price: MoneyBody,
    /// The current reduced price.
    pub discounted_price: Option<MoneyBody>,
    /// The price for wholesale customers; only in the full view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wholesale_price: Option<MoneyBody>,
    /// The fewest units of one order line.
    pub min_order_quantity: u32,
    /// `com_…`; null where the marketplace itself sells.
    pub company_id: Option<String>,
    /// Its id in another system.
    pub external_id: Option<String>,
    /// Its part of an address.
    pub slug: Option<String>,
    /// It is among those that the shop shows first.
    pub featured: bool,
    /// The only zones that it is sold in; everywhere where there is none.
    pub sale_zones: Vec<String>,
    /// `active` or `discontinued`.
    pub status: &'static str,
    /// It can be had now.
    pub in_stock: bool,
    /// Base units that can be sold now, over all warehouses.
    pub available: i64,
    /// The version of the product: `If-Match` takes it.
    pub version: i64,
    /// When its registration was recorded.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
    /// Every text in every language; only in the full view.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub translations: Option<TranslationsBody>,
}

/// One picture.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Image)]
pub struct ImageBody {
    /// `https` URL, or a path of this server.
    pub url: String,
    /// Alternative text.
    pub alt: Option<String>,
    /// The same in narrower sizes, the narrowest first, where it was uploaded here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<VariantBody>,
}

/// Texts by language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Translations)]
pub struct TranslationsBody {
    /// What it is called.
    pub title: Texts,
    /// What it is.
    pub description: Option<Texts>,
}

/// What became of a product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductAccepted, example = json!({"id": "prd_0190c7a2000070008000000000000001", "version": 1}))]
pub struct ProductAcceptedBody {
    /// `prd_…`
    pub id: String,
    /// Its version now.
    pub version: i64,
}

impl From<&ProductAccepted> for ProductAcceptedBody {
    fn from(accepted: &ProductAccepted) -> Self {
        Self { id: accepted.product.to_string(), version: accepted.version }
    }
}

/// Attributes as answers show them.
pub(super) fn attributes(values: AttributeValues) -> BTreeMap<String, AttributeValueRequest> {
    let shown = values.into_iter().map(|(code, value)| {
        let value = match value {
            AttributeValue::Boolean(value) => AttributeValueRequest::Boolean(value),
            AttributeValue::Text(text) => AttributeValueRequest::Text(text.to_string()),
        };
        (code.to_string(), value)
    });
    shown.collect()
}

impl ProductBody {
    /// The row in the language `wanted`, and the language that its title is in.
    #[must_use]
    pub fn new(row: ProductRow, wanted: &str, is_full: bool) -> (Self, String) {
        let price = row.price().into();
        let in_stock = row.in_stock();
        let (tag, title) = row.title.pick(&[wanted]);
        let (tag, title) = (tag.to_owned(), title.to_owned());
        let body = Self {
            id: row.id.to_string(),
            sku: row.sku,
            kind: row.kind,
            title,
            description: row.description.as_ref().map(|text| text.pick(&[wanted]).1.to_owned()),
            categories: row.categories.iter().map(ToString::to_string).collect(),
            tags: row.tags,
            barcode: row.barcode,
            images: row.images.into_iter().map(|image| ImageBody::new(image, wanted)).collect(),
            attributes: attributes(row.attributes),
            price,
            base_price: row.base_price.into(),
            discounted_price: row.discounted_price.map(Into::into),
            wholesale_price: row.wholesale_price.filter(|_| is_full).map(Into::into),
            min_order_quantity: row.min_order_quantity,
            company_id: row.company.map(|id| id.to_string()),
            external_id: row.external_id,
            slug: row.presentation.slug.map(|slug| slug.to_string()),
            featured: row.presentation.featured,
            sale_zones: row.presentation.sale_zones.iter().map(ToString::to_string).collect(),
            status: match row.status {
                ProductStatus::Active => "active",
                ProductStatus::Discontinued => "discontinued",
            },
            in_stock,
            available: row.available,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            translations: is_full.then(|| TranslationsBody {
                title: texts(&row.title),
                description: row.description.as_ref().map(texts),
            }),
        };
        (body, tag)
    }

    /// The entity tag: the version, and behind a hyphen the stock, which changes without the product.
    #[must_use]
    pub fn etag(&self) -> String {
        match self.available {
            0 => format!("\"{}\"", self.version),
            available => format!("\"{}-{available}\"", self.version),
        }
    }
}

impl ImageBody {
    /// The picture, with its text in the language `wanted`.
    #[must_use]
    pub fn new(image: Image, wanted: &str) -> Self {
        let alt = |text: &LocalizedText| text.pick(&[wanted]).1.to_owned();
        Self {
            alt: image.alt.as_ref().map(alt),
            variants: VariantBody::of(&image.url),
            url: image.url,
        }
    }
}

/// A product as it was at some moment of its history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductAsOf)]
pub struct ProductStateBody {
    /// `active` or `discontinued`.
    pub status: &'static str,
    /// The seller's code.
    pub sku: String,
    /// What it was called, by language.
    pub title: Texts,
    /// What it was, by language.
    pub description: Option<Texts>,
    /// `cat_…`
    pub categories: Vec<String>,
    /// Search words.
    pub tags: Vec<String>,
    /// What else was known of it, by the codes of attributes.
    pub attributes: BTreeMap<String, AttributeValueRequest>,
    /// What everybody paid unless it was reduced.
    pub base_price: MoneyBody,
    /// The reduced price.
    pub discounted_price: Option<MoneyBody>,
    /// The price for wholesale customers.
    pub wholesale_price: Option<MoneyBody>,
    /// The fewest units of one order line.
    pub min_order_quantity: u32,
    /// Its part of an address.
    pub slug: Option<String>,
    /// It was among those that the shop shows first.
    pub featured: bool,
    /// The only zones that it was sold in.
    pub sale_zones: Vec<String>,
}
