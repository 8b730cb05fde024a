//! Products that come from a file, row by row. A row names its product by SKU or by external id: where there is none it is
//! registered, where there is one it is revised, and what is so already changes nothing. So a file that broke off is
//! sent again as it is.

use std::collections::BTreeMap;

use domain::{
    catalog::{
        AttributeValues, Image, ImageUser, Listing, Presentation, Prices, Product, ProductCommand,
        ProductDetails, ProductError, ProductKind, RegisterProduct, ReviseProduct,
    },
    ids::{CategoryId, CompanyId, ProductId},
    quantity::Quantity,
    slug::Slug,
    text::{Barcode, ExternalId, LocalizedText, Sku, Tag, Zone},
};
use event_store::{Decision, Executed, StreamRef, ids};
use serde::{Deserialize, Serialize};

use super::{
    Catalog, EXTERNAL_ID_SCOPE, FOREIGN_COMPANY, IMPORT_FIXED, IMPORT_INCOMPLETE, SKU_SCOPE, SKU_TAKEN,
    attributes::{book_hint, check_attributes},
    categories::{file_product, filing_hints},
    filed_under, images_of,
    pictures::{picture_hints, show_pictures},
    product_of, register,
    slugs::{candidates, slug_hints, take_slug},
};
use crate::{
    Call, Caller, CommandError, Refused, UseCase,
    execute::{Ruling, execute, judge, refuse},
};

/// A product as a row of a file tells it; what is left out stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportRow {
    /// The seller's code: the row's product, where it is given.
    pub sku: Option<Sku>,
    /// Its id in another system: the row's product, where there is no SKU.
    pub external_id: Option<ExternalId>,
    /// Counted or not; it stays what it was registered as.
    pub kind: Option<ProductKind>,
    /// The vendor; it stays what it was registered as.
    pub company: Option<CompanyId>,
    /// What it is called; languages that are not given stay.
    pub title: Option<LocalizedText>,
    /// What it is; languages that are not given stay.
    pub description: Option<LocalizedText>,
    /// Categories, the primary one first.
    pub categories: Option<Vec<CategoryId>>,
    /// Search words.
    pub tags: Option<Vec<Tag>>,
    /// The printed code.
    pub barcode: Option<Barcode>,
    /// Pictures in order of display.
    pub images: Option<Vec<Image>>,
    /// Attributes; those that are not given stay.
    pub attributes: AttributeValues,
    /// What one base unit costs.
    pub prices: Option<Prices>,
    /// The fewest units of one order line.
    pub min_order_quantity: Option<Quantity>,
    /// Its part of an address.
    pub slug: Option<Slug>,
    /// It is among those that the shop shows first.
    pub featured: Option<bool>,
    /// The only zones that it is sold in.
    pub sale_zones: Option<Vec<Zone>>,
}

/// What a row came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportOutcome {
    /// There was no such product.
    Created,
    /// It was another.
    Revised,
    /// It was so already.
    Unchanged,
}

/// What became of a row's product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportAccepted {
    /// Which product.
    pub product: ProductId,
    /// What the row came to.
    pub outcome: ImportOutcome,
    /// The product's version now: the `ETag`.
    pub version: i64,
}

impl Catalog {
    /// Registers or revises the product of a row. With `dry_run` it only says what that would come to.
    ///
    /// # Errors
    /// `permission_denied`, `catalog.import_incomplete`, `catalog.import_fixed`, and whatever registering and revising refuse.
    pub async fn import_product(
        &self,
        call: &Call,
        mut row: ImportRow,
        dry_run: bool,
    ) -> Result<Executed<ImportAccepted>, CommandError> {
        call.require(UseCase::ImportProducts)?;
        if let Some(own) = call.caller.confined_to() {
            if own.is_none() || row.company.is_some_and(|company| Some(company) != own) {
                return Err(FOREIGN_COMPANY.refusal_at("/company_id").into());
            }
            row.company = own;
        }
        let product = ProductId::from_uuid(ids::uuid());
        let mut unit = book_hint(call.unit()).reads(StreamRef::new_of::<Product>(product.stream()));
        if let Some(sku) = &row.sku {
            unit = unit.claims(SKU_SCOPE, sku.as_str());
        }
        if let Some(external_id) = &row.external_id {
            unit = unit.claims(EXTERNAL_ID_SCOPE, external_id.as_str());
        }
        unit = filing_hints(unit, row.categories.as_deref().unwrap_or_default());
        unit = slug_hints(unit, &slugs_of(&row, product));
        unit = picture_hints(unit, row.images.as_deref().unwrap_or_default());
        let caller = call.caller.clone();
        execute(&self.log, call, unit, move |decision| {
            if dry_run {
                decision.rehearse(|decision| import(decision, &caller, &row, product))
            } else {
                import(decision, &caller, &row, product)
            }
        })
        .await
    }
}

/// The slugs that a new product of this row may get.
fn slugs_of(row: &ImportRow, product: ProductId) -> Vec<Slug> {
    match (&row.slug, &row.sku, new_details(row)) {
        (Some(slug), ..) => vec![slug.clone()],
        (None, Some(sku), Some(details)) => candidates(&details, sku, product),
        (None, ..) => Vec::new(),
    }
}

fn import(
    decision: &mut Decision<'_>,
    caller: &Caller,
    row: &ImportRow,
    new: ProductId,
) -> Ruling<ImportAccepted> {
    let holder = match (&row.sku, &row.external_id) {
        (Some(sku), _) => decision.holder(SKU_SCOPE, sku.as_str())?,
        (None, Some(external_id)) => decision.holder(EXTERNAL_ID_SCOPE, external_id.as_str())?,
        (None, None) => None,
    };
    match holder {
        None => create(decision, caller, row, new),
        Some(holder) => match product_of(&holder) {
            Some(product) => revise(decision, caller, row, product),
            // A selling unit has the code.
            None => refuse(SKU_TAKEN.refusal_at("/sku")),
        },
    }
}

fn new_details(row: &ImportRow) -> Option<ProductDetails> {
    Some(ProductDetails {
        title: row.title.clone()?,
        description: row.description.clone(),
        categories: row.categories.clone().unwrap_or_default(),
        tags: row.tags.clone().unwrap_or_default(),
        barcode: row.barcode.clone(),
        images: row.images.clone().unwrap_or_default(),
        attributes: row.attributes.clone(),
    })
}

fn create(
    decision: &mut Decision<'_>,
    caller: &Caller,
    row: &ImportRow,
    product: ProductId,
) -> Ruling<ImportAccepted> {
    let (Some(sku), Some(details), Some(prices)) = (&row.sku, new_details(row), row.prices) else {
        let missing = [
            ("/sku", row.sku.is_none()),
            ("/title", row.title.is_none()),
            ("/prices", row.prices.is_none()),
        ];
        let missing = missing.into_iter().filter(|(_, is_missing)| *is_missing);
        let faults = missing.map(|(pointer, _)| IMPORT_INCOMPLETE.at(pointer)).collect();
        return refuse(Refused { faults, ..IMPORT_INCOMPLETE.refusal() });
    };
    let new = RegisterProduct {
        sku: sku.clone(),
        kind: row.kind.unwrap_or(ProductKind::Goods),
        details,
        prices,
        min_order_quantity: row.min_order_quantity.unwrap_or(Quantity::ONE),
        external_id: row.external_id.clone(),
        company: row.company,
        presentation: Presentation {
            slug: row.slug.clone(),
            featured: row.featured.unwrap_or_default(),
            sale_zones: row.sale_zones.iter().flatten().cloned().collect(),
        },
    };
    let accepted = register(decision, caller, product, &new, &slugs_of(row, product))?;
    Ok(ImportAccepted {
        product,
        outcome: ImportOutcome::Created,
        version: accepted.version,
    })
}

fn revise(
    decision: &mut Decision<'_>,
    caller: &Caller,
    row: &ImportRow,
    product: ProductId,
) -> Ruling<ImportAccepted> {
    let id = product.stream();
    let state = decision.state::<Product>(&id)?.clone();
    let Some(listing) = state.listing() else {
        return refuse(super::unknown_product());
    };
    if caller.is_foreign(listing.company) {
        return refuse(SKU_TAKEN.refusal_at("/sku"));
    }
    if let Some(pointer) = fixed(row, listing) {
        return refuse(IMPORT_FIXED.refusal_at(pointer));
    }
    if !state.is_active() {
        return refuse(Refused::of(&ProductError::Discontinued));
    }
    let details = merged(row, &listing.details);
    let before = (decision.version::<Product>(&id)?, filed_under(&state));
    if let Some(slug) = &row.slug {
        take_slug(decision, slug, &id)?;
    }
    check_attributes(decision, &id, &details)?;
    let parts = ReviseProduct {
        details: Some(details),
        prices: row.prices,
        min_order_quantity: row.min_order_quantity,
        slug: row.slug.clone(),
        featured: row.featured,
        sale_zones: row.sale_zones.as_ref().map(|zones| zones.iter().cloned().collect()),
    };
    judge::<Product>(decision, &id, ProductCommand::Revise(parts))?;
    let after = filed_under(decision.state::<Product>(&id)?);
    file_product(decision, product, &before.1, &after)?;
    let after = images_of(decision.state::<Product>(&id)?);
    show_pictures(decision, caller, ImageUser::Product(product), &images_of(&state), &after)?;
    let version = decision.version::<Product>(&id)?;
    let outcome = if version == before.0 {
        ImportOutcome::Unchanged
    } else {
        ImportOutcome::Revised
    };
    Ok(ImportAccepted { product, outcome, version })
}

/// Where a row would change what stays for ever.
fn fixed(row: &ImportRow, listing: &Listing) -> Option<&'static str> {
    let differs = [
        ("/sku", row.sku.as_ref().is_some_and(|sku| *sku != listing.sku)),
        ("/kind", row.kind.is_some_and(|kind| kind != listing.kind)),
        ("/company_id", row.company.is_some_and(|company| Some(company) != listing.company)),
        ("/external_id", row.external_id.is_some() && row.external_id != listing.external_id),
    ];
    differs.into_iter().find(|(_, differs)| *differs).map(|(pointer, _)| pointer)
}

fn merged(row: &ImportRow, known: &ProductDetails) -> ProductDetails {
    let mut details = known.clone();
    if let Some(title) = &row.title {
        details.title = translated(&known.title, title);
    }
    if let Some(description) = &row.description {
        let before = known.description.as_ref().unwrap_or(description);
        details.description = Some(translated(before, description));
    }
    if let Some(categories) = &row.categories {
        details.categories.clone_from(categories);
    }
    // An export writes tags with spaces between, so tags that read the same there are the same.
    if let Some(tags) = row.tags.as_ref().filter(|tags| spaced(tags) != spaced(&known.tags)) {
        details.tags.clone_from(tags);
    }
    if let Some(barcode) = &row.barcode {
        details.barcode = Some(barcode.clone());
    }
    if let Some(images) = &row.images {
        details.images.clone_from(images);
    }
    details.attributes.extend(row.attributes.clone());
    details
}

fn spaced(tags: &[Tag]) -> String {
    tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(" ")
}

/// The languages that are given, and those that were there.
fn translated(known: &LocalizedText, given: &LocalizedText) -> LocalizedText {
    let mut all: BTreeMap<String, String> = known.by_language().clone();
    for (tag, text) in given.by_language() {
        // An export writes what has no English title under the title that it sorts by, which is no English.
        let is_stand_in = !all.contains_key(tag) && known.pick(&["en"]).1.to_lowercase() == *text;
        if !is_stand_in {
            all.insert(tag.clone(), text.clone());
        }
    }
    LocalizedText::try_new(all).unwrap_or_else(|_| given.clone())
}
