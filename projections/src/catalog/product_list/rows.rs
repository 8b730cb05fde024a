//! One row per product: folded event by event, written anew as a whole.

use std::collections::HashMap;

use domain::{
    catalog::{AttributeValues, Prices, ProductDetails, ProductEvent},
    ids::ProductId,
};
use event_store::{RecordedEvent, copy::CopyRows, subscription::ProjectionError};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    ProductRow, ProductStatus,
    words::{Texts, Vocabulary},
};
use crate::{
    columns::Word,
    fold::{orphan, unreadable},
};

const COLUMNS: &[&str] = &[
    "id",
    "sku",
    "kind",
    "title",
    "sort_title",
    "description",
    "categories",
    "tags",
    "barcode",
    "images",
    "attributes",
    "currency",
    "base_micros",
    "discounted_micros",
    "wholesale_micros",
    "price_micros",
    "min_order_quantity",
    "company",
    "external_id",
    "status",
    "version",
    "created_at",
    "updated_at",
    "search",
    "slug",
    "featured",
    "sale_zones",
    "main_words",
    "other_words",
];

/// What a row is read from.
const STORED: &str = "id, sku, kind, title, description, categories, tags, barcode, images, attributes, currency, base_micros, \
     discounted_micros, wholesale_micros, min_order_quantity, company, external_id, slug, featured, sale_zones, status, \
     version, created_at, updated_at";

/// Products change seldom: each touched row is read (or made), folded and written anew as a whole.
pub(super) async fn write_products(
    connection: &mut PgConnection,
    changes: &[(Uuid, &ProductEvent, &RecordedEvent)],
) -> Result<(), ProjectionError> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut rows: HashMap<Uuid, ProductRow> = HashMap::new();
    let touched: Vec<Uuid> = changes.iter().map(|(id, _, _)| *id).collect();
    let stored: Vec<ProductRow> =
        sqlx::query_as(&format!("select {STORED}, 0::bigint as available from products where id = any($1)"))
            .bind(&touched)
            .fetch_all(&mut *connection)
            .await?;
    if !stored.is_empty() {
        sqlx::query("delete from products where id = any($1)")
            .bind(&touched)
            .execute(&mut *connection)
            .await?;
    }
    rows.extend(stored.into_iter().map(|row| (row.id.as_uuid(), row)));
    let mut vocabulary = Vocabulary::default();
    for (id, change, event) in changes {
        if let Some(row) = fold(&mut rows, *id, change, event)? {
            vocabulary.note(row);
        }
    }
    vocabulary.write(&mut *connection).await?;
    let mut copy = CopyRows::into_table("products", COLUMNS);
    for row in rows.values() {
        let json = |error: serde_json::Error| sqlx::Error::Encode(Box::new(error));
        let title = serde_json::to_string(&row.title).map_err(json)?;
        let description = row.description.as_ref().map(serde_json::to_string).transpose().map_err(json)?;
        let images = serde_json::to_string(&row.images).map_err(json)?;
        let attributes = serde_json::to_string(&row.attributes).map_err(json)?;
        let categories: Vec<Option<Uuid>> = row.categories.iter().map(|id| Some(id.as_uuid())).collect();
        let zones: Vec<&str> = row.presentation.sale_zones.iter().map(|zone| zone.as_str()).collect();
        let words = Texts::of(row);
        let tags: Vec<&str> = row.tags.iter().map(String::as_str).collect();
        copy.row()
            .uuid(row.id.as_uuid())
            .text(&row.sku)
            .text(row.kind.word())
            .text(&title)
            .text(&row.sort_title())
            .maybe_text(description.as_deref())
            .uuids(&categories)
            .texts(&tags)
            .maybe_text(row.barcode.as_deref())
            .text(&images)
            .text(&attributes)
            .text(row.currency().code())
            .int8(row.base_price.micros())
            .maybe_int8(row.discounted_price.map(|price| price.micros()))
            .maybe_int8(row.wholesale_price.map(|price| price.micros()))
            .int8(row.price().micros())
            .int8(row.min_order_quantity.into())
            .maybe_uuid(row.company.map(|id| id.as_uuid()))
            .maybe_text(row.external_id.as_deref())
            .text(row.status.word())
            .int8(row.version)
            .time(row.created_at)
            .time(row.updated_at)
            .text(&search_text(row))
            .maybe_text(row.presentation.slug.as_ref().map(|slug| slug.as_str()))
            .bool(row.presentation.featured)
            .texts(&zones)
            .text(&words.main)
            .text(&words.other);
    }
    copy.send(connection).await?;
    Ok(())
}

/// Answers the row where the event said something that it is found by.
fn fold<'r>(
    rows: &'r mut HashMap<Uuid, ProductRow>,
    id: Uuid,
    change: &ProductEvent,
    event: &RecordedEvent,
) -> Result<Option<&'r ProductRow>, ProjectionError> {
    if let ProductEvent::ProductRegistered { .. } = change {
        rows.insert(id, registered(id, change, event)?);
        return Ok(rows.get(&id));
    }
    let row = rows.get_mut(&id).ok_or_else(|| orphan(event))?;
    match change {
        ProductEvent::ProductRegistered { .. } | ProductEvent::SustainabilityStated { .. } => {}
        ProductEvent::ProductDescribed { details } => describe(row, details),
        ProductEvent::ProductRepriced { prices } => reprice(row, prices),
        ProductEvent::MinimumOrderQuantitySet { min_order_quantity } => {
            row.min_order_quantity = min_order_quantity.get();
        }
        ProductEvent::ProductPresented { presentation } => row.presentation.clone_from(presentation),
        ProductEvent::ProductDiscontinued { reason: _ } => row.status = ProductStatus::Discontinued,
    }
    row.version = event.sequence;
    row.updated_at = event.recorded_at;
    let is_found_by_it =
        matches!(change, ProductEvent::ProductDescribed { .. } | ProductEvent::ProductPresented { .. });
    Ok(is_found_by_it.then_some(&*row))
}

fn registered(id: Uuid, change: &ProductEvent, event: &RecordedEvent) -> Result<ProductRow, ProjectionError> {
    let ProductEvent::ProductRegistered {
        sku,
        kind,
        details,
        prices,
        min_order_quantity,
        external_id,
        company,
        presentation,
    } = change
    else {
        return Err(unreadable(event, "it registers no product"));
    };
    let mut row = ProductRow {
        id: ProductId::from_uuid(id),
        sku: sku.as_str().to_owned(),
        kind: *kind,
        title: details.title.clone(),
        description: None,
        categories: Vec::new(),
        tags: Vec::new(),
        barcode: None,
        images: Vec::new(),
        attributes: AttributeValues::new(),
        base_price: prices.base,
        discounted_price: None,
        wholesale_price: None,
        min_order_quantity: min_order_quantity.get(),
        company: *company,
        external_id: external_id.as_ref().map(|id| id.as_str().to_owned()),
        presentation: presentation.clone(),
        status: ProductStatus::Active,
        version: event.sequence,
        created_at: event.recorded_at,
        updated_at: event.recorded_at,
        available: 0,
    };
    describe(&mut row, details);
    reprice(&mut row, prices);
    Ok(row)
}

fn describe(row: &mut ProductRow, details: &ProductDetails) {
    row.title = details.title.clone();
    row.description.clone_from(&details.description);
    row.categories.clone_from(&details.categories);
    row.tags = details.tags.iter().map(|tag| tag.as_str().to_owned()).collect();
    row.barcode = details.barcode.as_ref().map(|code| code.as_str().to_owned());
    row.images.clone_from(&details.images);
    row.attributes.clone_from(&details.attributes);
}

fn reprice(row: &mut ProductRow, prices: &Prices) {
    row.base_price = prices.base;
    row.discounted_price = prices.discounted;
    row.wholesale_price = prices.wholesale;
}

/// Everything that a search looks at, each on a line of its own so that no word spans two of them.
fn search_text(row: &ProductRow) -> String {
    let mut lines: Vec<&str> = row.title.by_language().values().map(String::as_str).collect();
    lines.push(&row.sku);
    lines.extend(row.barcode.as_deref());
    lines.join("\n")
}
