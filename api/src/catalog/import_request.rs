//! A row of a product file, as NDJSON and CSV give it.

use std::collections::{BTreeMap, HashSet};

use commands::catalog::ImportRow;
use domain::{
    catalog::ProductKind,
    slug::Slug,
    text::{Barcode, ExternalId, Sku, Tag, Zone},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    description::{AttributeValueRequest, AttributesRequest, attributes, images},
    request::{ImageRequest, PricesRequest},
};
use crate::http::{
    Fields, Problem,
    shapes::{PriceRequest, Texts},
};

/// One product of an import. It is the one with this SKU or, without a SKU, with this external id; what is left out stays as
/// it is. One that is not there yet needs `sku`, `title` and `prices`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "sku": "RICE-5KG", "title": {"en": "Rice 5 kg"}, "prices": {"base": {"amount": "12500", "currency": "IQD"}},
}))]
pub struct ImportRowRequest {
    /// The seller's code.
    #[serde(default)]
    pub sku: Option<String>,
    /// Its id in another system.
    #[serde(default)]
    pub external_id: Option<String>,
    /// `goods` or `service`; it stays what it was registered as.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub kind: Option<ProductKind>,
    /// The vendor (`com_…`); it stays what it was registered as.
    #[serde(default)]
    pub company_id: Option<String>,
    /// What it is called, by language; other languages stay.
    #[serde(default)]
    pub title: Option<Texts>,
    /// What it is, by language; other languages stay.
    #[serde(default)]
    pub description: Option<Texts>,
    /// Categories (`cat_…`), the primary one first.
    #[serde(default)]
    pub categories: Option<Vec<String>>,
    /// Search words.
    #[serde(default)]
    pub tags: Option<Vec<String>>,
    /// The printed code.
    #[serde(default)]
    pub barcode: Option<String>,
    /// At most ten, in order of display.
    #[serde(default)]
    pub images: Option<Vec<ImageRequest>>,
    /// Attributes by their codes; others stay.
    #[serde(default)]
    pub attributes: AttributesRequest,
    /// What one base unit costs: all prices together.
    #[serde(default)]
    pub prices: Option<PricesRequest>,
    /// The fewest units of one order line.
    #[serde(default)]
    pub min_order_quantity: Option<u32>,
    /// Its part of an address.
    #[serde(default)]
    pub slug: Option<String>,
    /// It is among those that the shop shows first.
    #[serde(default)]
    pub featured: Option<bool>,
    /// The only zones that it is sold in.
    #[serde(default)]
    pub sale_zones: Option<Vec<String>>,
}

impl ImportRowRequest {
    /// What names the row's product.
    pub(super) fn key(&self) -> Option<&str> {
        self.sku.as_deref().or(self.external_id.as_deref())
    }

    /// The row.
    ///
    /// # Errors
    /// 422 with every fault.
    pub(super) fn parse(self) -> Result<ImportRow, Problem> {
        let mut fields = Fields::default();
        let all = &mut fields;
        if self.key().is_none() {
            all.refuse("/sku", "missing-field", "name the product by sku or external_id");
        }
        let row = ImportRow {
            sku: all.check_optional("/sku", self.sku, |sku| Sku::parse(&sku)).flatten(),
            external_id: all
                .check_optional("/external_id", self.external_id, |id| ExternalId::parse(&id))
                .flatten(),
            kind: self.kind,
            company: all.check_optional("/company_id", self.company_id, |id| id.parse()).flatten(),
            title: self.title.and_then(|title| all.localized("/title", title)),
            description: self.description.and_then(|text| all.localized("/description", text)),
            categories: self.categories.and_then(|ids| all.check_all("/categories", &ids, |id| id.parse())),
            tags: self.tags.and_then(|tags| all.check_all("/tags", &tags, |tag| Tag::parse(tag))),
            barcode: all.check_optional("/barcode", self.barcode, |code| Barcode::parse(&code)).flatten(),
            images: self.images.and_then(|list| images(all, list)),
            attributes: attributes(all, self.attributes).unwrap_or_default(),
            prices: self.prices.and_then(|prices| prices.parse(all)),
            min_order_quantity: self
                .min_order_quantity
                .and_then(|units| all.quantity("/min_order_quantity", units)),
            slug: all.check_optional("/slug", self.slug, |slug| Slug::parse(&slug)).flatten(),
            featured: self.featured,
            sale_zones: self
                .sale_zones
                .and_then(|zones| all.check_all("/sale_zones", &zones, |zone| Zone::parse(zone))),
        };
        if fields.is_clean() {
            Ok(row)
        } else {
            Err(fields.into_problem())
        }
    }
}

/// What stands in a column of a CSV.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Column {
    /// A member that is a text.
    Text(&'static str),
    /// A title in a language.
    Title(String),
    /// A description in a language.
    Description(String),
    /// An attribute.
    Attribute(String),
    /// Something that an export tells and nobody can set.
    Ignored(String),
}

/// Columns that hold one member each.
const MEMBERS: &[&str] = &[
    "sku",
    "external_id",
    "kind",
    "company_id",
    "categories",
    "tags",
    "barcode",
    "images",
    "currency",
    "base_price",
    "discounted_price",
    "wholesale_price",
    "min_order_quantity",
    "slug",
    "featured",
    "sale_zones",
];

/// Columns of exports that cannot be set.
const IGNORED: &[&str] = &["id", "status", "available", "created_at"];

/// What exports put before a cell that a spreadsheet would run.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// The columns of a CSV, from its first line.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    columns: Vec<Column>,
    /// Codes of attributes that are yes or no.
    booleans: HashSet<String>,
}

impl Columns {
    /// Reads the first line.
    ///
    /// # Errors
    /// 422 with every column that is unknown or named twice, and where neither SKU nor external id is among them.
    pub(super) fn read(cells: &[String], booleans: HashSet<String>) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let mut columns: Vec<Column> = Vec::with_capacity(cells.len());
        for (index, cell) in cells.iter().enumerate() {
            let name = cell.trim();
            let Some(column) = column(name) else {
                fields.refuse(format!("/{index}"), "unknown-column", format!("{name:?} is no column"));
                continue;
            };
            if columns.contains(&column) {
                fields.refuse(format!("/{index}"), "repeated-column", format!("{name:?} is named twice"));
            }
            columns.push(column);
        }
        let named = [Column::Text("sku"), Column::Text("external_id")];
        if !named.iter().any(|column| columns.contains(column)) {
            fields.refuse("", "missing-column", "the first line must name sku or external_id");
        }
        if fields.is_clean() {
            Ok(Self { columns, booleans })
        } else {
            Err(fields.into_problem())
        }
    }

    /// A line as a row. An empty cell says nothing.
    ///
    /// # Errors
    /// 422 where a cell cannot be what its column says, or there are more or fewer cells than columns.
    pub(super) fn row(&self, cells: Vec<String>) -> Result<ImportRowRequest, Problem> {
        let mut fields = Fields::default();
        if cells.len() != self.columns.len() {
            let detail = format!("has {} cells, and there are {} columns", cells.len(), self.columns.len());
            fields.refuse("", "wrong-cell-count", detail);
            return Err(fields.into_problem());
        }
        let mut row = ImportRowRequest::default();
        let mut texts: BTreeMap<&'static str, String> = BTreeMap::new();
        for (column, cell) in self.columns.iter().zip(cells) {
            let cell = plain(cell);
            if cell.trim().is_empty() {
                continue;
            }
            match column {
                Column::Ignored(_) => {}
                Column::Title(tag) => {
                    row.title.get_or_insert_default().insert(tag.clone(), cell);
                }
                Column::Description(tag) => {
                    row.description.get_or_insert_default().insert(tag.clone(), cell);
                }
                Column::Attribute(code) => {
                    let value = match cell.as_str() {
                        "true" if self.booleans.contains(code) => AttributeValueRequest::Boolean(true),
                        "false" if self.booleans.contains(code) => AttributeValueRequest::Boolean(false),
                        _ => AttributeValueRequest::Text(cell),
                    };
                    row.attributes.insert(code.clone(), value);
                }
                Column::Text(name) => drop(texts.insert(name, cell)),
            }
        }
        fill(&mut fields, &mut row, texts);
        if fields.is_clean() {
            Ok(row)
        } else {
            Err(fields.into_problem())
        }
    }
}

fn column(name: &str) -> Option<Column> {
    if let Some(member) = MEMBERS.iter().find(|member| **member == name) {
        return Some(Column::Text(member));
    }
    if IGNORED.contains(&name) {
        return Some(Column::Ignored(name.to_owned()));
    }
    match name.split_once('.') {
        None if name == "title" => Some(Column::Title("en".to_owned())),
        None if name == "description" => Some(Column::Description("en".to_owned())),
        Some(("title", tag)) => Some(Column::Title(tag.to_owned())),
        Some(("description", tag)) => Some(Column::Description(tag.to_owned())),
        Some(("attribute", code)) => Some(Column::Attribute(code.to_owned())),
        None | Some(_) => None,
    }
}

/// A cell without the apostrophe that an export puts before what looks like a formula.
fn plain(cell: String) -> String {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(FORMULA) => rest.to_owned(),
        Some(_) | None => cell,
    }
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn fill(fields: &mut Fields, row: &mut ImportRowRequest, mut texts: BTreeMap<&'static str, String>) {
    row.sku = texts.remove("sku");
    row.external_id = texts.remove("external_id");
    row.company_id = texts.remove("company_id");
    row.barcode = texts.remove("barcode");
    row.slug = texts.remove("slug");
    row.categories = texts.remove("categories").map(|text| words(&text));
    row.tags = texts.remove("tags").map(|text| words(&text));
    row.sale_zones = texts.remove("sale_zones").map(|text| words(&text));
    row.images = texts
        .remove("images")
        .map(|text| words(&text).into_iter().map(|url| ImageRequest { url, alt: None }).collect());
    row.kind = texts.remove("kind").and_then(|word| match word.as_str() {
        "goods" => Some(ProductKind::Goods),
        "service" => Some(ProductKind::Service),
        _ => {
            fields.refuse("/kind", "unknown-kind", "must be goods or service");
            None
        }
    });
    row.min_order_quantity = texts.remove("min_order_quantity").and_then(|text| {
        let units = text.trim().parse().ok();
        if units.is_none() {
            fields.refuse("/min_order_quantity", "invalid-number", "must be a whole number");
        }
        units
    });
    row.featured = texts.remove("featured").and_then(|text| match text.as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => {
            fields.refuse("/featured", "invalid-boolean", "must be true or false");
            None
        }
    });
    let currency = texts.remove("currency");
    let mut price = |name: &'static str| {
        texts.remove(name).map(|amount| PriceRequest {
            amount,
            currency: currency.clone().unwrap_or_default(),
            exponent: None,
        })
    };
    let (base, discounted, wholesale) =
        (price("base_price"), price("discounted_price"), price("wholesale_price"));
    row.prices = match base {
        Some(base) => Some(PricesRequest { base, discounted, wholesale }),
        None => {
            if discounted.is_some() || wholesale.is_some() {
                fields.refuse("/prices/base", "missing-field", "prices come together: give base_price too");
            }
            None
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(line: &[&str]) -> Vec<String> {
        line.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn a_line_is_read_by_its_columns() {
        let columns = [
            "sku",
            "title",
            "title.ar",
            "attribute.organic",
            "base_price",
            "currency",
            "tags",
            "id",
        ];
        let columns = Columns::read(&cells(&columns), HashSet::from(["organic".to_owned()])).unwrap();
        let row = columns.row(cells(&["A", "'=1+1", "أرز", "true", "5", "IQD", "a b", "x"])).unwrap();
        let title = row.title.clone().unwrap();
        // What an export has marked is what it was; a formula is a text like any other.
        assert_eq!((title["en"].as_str(), title["ar"].as_str()), ("=1+1", "أرز"));
        assert_eq!(row.tags, Some(vec!["a".to_owned(), "b".to_owned()]));
        assert!(matches!(row.attributes["organic"], AttributeValueRequest::Boolean(true)));
        assert!(row.parse().is_ok());
        assert!(columns.row(cells(&["A"])).is_err());
        assert!(columns.row(cells(&["A", "", "", "", "", "", "", "", ""])).is_err());
    }

    #[test]
    fn columns_are_known_and_named_once() {
        let read = |line: &[&str]| Columns::read(&cells(line), HashSet::new()).is_ok();
        assert!(read(&["sku"]) && read(&["external_id", "title.en"]));
        for wrong in [
            &["title"][..],
            &["sku", "colour"],
            &["sku", "sku"],
            &["sku", "title", "title.en"],
            &[],
        ] {
            assert!(!read(wrong), "{wrong:?}");
        }
    }
}
