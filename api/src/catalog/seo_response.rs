//! What pages say of themselves. Whatever somebody has written into a title stays text: in HTML by its entities, in a
//! script by escapes of JSON.

use std::collections::BTreeMap;

use domain::catalog::Image;
use projections::catalog::{
    category_list::CategoryRow, product_list::ProductRow, review_list::RatingSummary,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{categories::percent_encoded, review_response::RatingSummaryBody};
use crate::http::shapes::Texts;

/// The most characters of a description that search engines show.
const DESCRIPTION_CHARS: usize = 160;

/// A title that wants a slug.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": {"en": "Basmati rice 5 kg", "ar": "أرز بسمتي ٥ كغم"}, "kind": "product"}))]
pub struct ProposeSlugRequest {
    /// The title, by language.
    pub title: Texts,
    /// `product` or `category`.
    #[serde(default = "product")]
    #[schema(default = "product")]
    pub kind: String,
}

fn product() -> String {
    "product".to_owned()
}

/// Slugs that nobody has.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ProposedSlugs, example = json!({"slugs": {"en": "basmati-rice-5-kg", "ar": "أرز-بسمتي-٥-كغم"}}))]
pub struct SlugsBody {
    /// By language of the title.
    pub slugs: BTreeMap<String, String>,
}

/// What a page says of itself.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PageMetadata)]
pub struct PageMetadataBody {
    /// `product` or `category`.
    pub kind: &'static str,
    /// `prd_…` or `cat_…`.
    pub id: String,
    /// The slug that it has now.
    pub slug: String,
    /// The language of its texts.
    pub language: String,
    /// The page's title.
    pub title: String,
    /// A short description.
    pub description: String,
    /// The page's own URL.
    pub canonical: String,
    /// Open Graph: properties and their contents.
    pub open_graph: BTreeMap<String, String>,
    /// Linked data after schema.org.
    pub json_ld: Value,
    /// All of it as HTML, safe to put between `<head>` and `</head>`.
    pub head: String,
}

/// What both kinds of pages say.
struct Page<'p> {
    kind: &'static str,
    id: String,
    slug: String,
    language: &'p str,
    title: &'p str,
    description: Option<&'p str>,
    images: &'p [Image],
    site: &'p str,
}

impl PageMetadataBody {
    /// The page of a product.
    #[must_use]
    pub fn of_product(row: &ProductRow, rating: &RatingSummary, site: &str, wanted: &str) -> Self {
        let (language, title) = row.title.pick(&[wanted]);
        let page = Page {
            kind: "product",
            id: row.id.to_string(),
            slug: row.presentation.slug.as_ref().map(ToString::to_string).unwrap_or_default(),
            language,
            title,
            description: row.description.as_ref().map(|text| text.pick(&[wanted]).1),
            images: &row.images,
            site,
        };
        let url = page.url("products");
        let price = row.price();
        let mut linked = json!({
            "@context": "https://schema.org",
            "@type": "Product",
            "name": title,
            "description": page.description(),
            "sku": row.sku,
            "url": url,
            "image": page.images(),
            "offers": {
                "@type": "Offer",
                "url": url,
                "price": price.decimal(),
                "priceCurrency": price.currency().code(),
                "availability": if row.in_stock() { "https://schema.org/InStock" } else { "https://schema.org/OutOfStock" },
            },
        });
        if let (Some(code), Some(members)) = (gtin(row), linked.as_object_mut()) {
            members.insert("gtin".to_owned(), code.into());
        }
        if let (Some(rating), Some(members)) = (aggregate_rating(rating), linked.as_object_mut()) {
            members.insert("aggregateRating".to_owned(), rating);
        }
        let mut body = page.body(&url, "product", linked);
        body.open_graph.insert("product:price:amount".to_owned(), price.decimal());
        body.open_graph.insert("product:price:currency".to_owned(), price.currency().code().to_owned());
        body.with_head()
    }

    /// The page of a category.
    #[must_use]
    pub fn of_category(row: &CategoryRow, site: &str, wanted: &str) -> Self {
        let details = &row.details;
        let (language, title) = details.name.pick(&[wanted]);
        let page = Page {
            kind: "category",
            id: row.id.to_string(),
            slug: details.slug.to_string(),
            language,
            title,
            description: details.description.as_ref().map(|text| text.pick(&[wanted]).1),
            images: details.image.as_slice(),
            site,
        };
        let url = page.url("categories");
        let linked = json!({
            "@context": "https://schema.org",
            "@type": "CollectionPage",
            "name": title,
            "description": page.description(),
            "url": url,
        });
        page.body(&url, "website", linked).with_head()
    }

    fn with_head(mut self) -> Self {
        let mut lines = vec![
            format!("<title>{}</title>", html(&self.title)),
            format!("<meta name=\"description\" content=\"{}\">", html(&self.description)),
            format!("<link rel=\"canonical\" href=\"{}\">", html(&self.canonical)),
        ];
        for (property, content) in &self.open_graph {
            lines.push(format!("<meta property=\"{}\" content=\"{}\">", html(property), html(content)));
        }
        lines.push(format!("<script type=\"application/ld+json\">{}</script>", script(&self.json_ld)));
        self.head = lines.join("\n");
        self
    }
}

impl Page<'_> {
    fn url(&self, below: &str) -> String {
        format!("{}/{below}/{}", self.site, percent_encoded(&self.slug))
    }

    fn description(&self) -> String {
        let text = self.description.unwrap_or(self.title);
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if words.chars().count() <= DESCRIPTION_CHARS {
            return words;
        }
        let short: String = words.chars().take(DESCRIPTION_CHARS - 1).collect();
        format!("{}…", short.trim_end())
    }

    fn images(&self) -> Vec<String> {
        let absolute = |image: &Image| match image.url.strip_prefix('/') {
            Some(path) => format!("{}/{path}", self.site),
            None => image.url.clone(),
        };
        self.images.iter().map(absolute).collect()
    }

    fn body(&self, url: &str, graph_type: &str, json_ld: Value) -> PageMetadataBody {
        let mut graph = BTreeMap::from([
            ("og:type".to_owned(), graph_type.to_owned()),
            ("og:title".to_owned(), self.title.to_owned()),
            ("og:description".to_owned(), self.description()),
            ("og:url".to_owned(), url.to_owned()),
            ("og:locale".to_owned(), self.language.replace('-', "_")),
        ]);
        if let Some(image) = self.images().into_iter().next() {
            graph.insert("og:image".to_owned(), image);
        }
        PageMetadataBody {
            kind: self.kind,
            id: self.id.clone(),
            slug: self.slug.clone(),
            language: self.language.to_owned(),
            title: self.title.to_owned(),
            description: self.description(),
            canonical: url.to_owned(),
            open_graph: graph,
            json_ld,
            head: String::new(),
        }
    }
}

/// What published reviews come to; nothing without any, because a rating of nobody's is an error to those who read it.
fn aggregate_rating(rating: &RatingSummary) -> Option<Value> {
    let body = RatingSummaryBody::from(rating);
    Some(json!({
        "@type": "AggregateRating",
        "ratingValue": body.mean?,
        "reviewCount": body.count,
        "bestRating": 5,
        "worstRating": 1,
    }))
}

/// A bar code of one of the lengths of GS1.
fn gtin(row: &ProductRow) -> Option<&str> {
    let is_gtin =
        |code: &&str| matches!(code.len(), 8 | 12 | 13 | 14) && code.bytes().all(|b| b.is_ascii_digit());
    row.barcode.as_deref().filter(is_gtin)
}

/// As text of HTML, or as a value in quotation marks there; and as text of XML.
pub(super) fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// As JSON in a `<script>`: nothing in it ends the script or begins a comment, and no line separator breaks a string.
fn script(value: &Value) -> String {
    let mut safe = String::new();
    for c in value.to_string().chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                safe.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_into_a_title_never_becomes_markup() {
        let hostile = "</script><script>alert(1)</script><!-- \u{2028} & \"'";
        let escaped = script(&json!({"name": hostile}));
        assert!(!escaped.contains(['<', '>', '&', '\u{2028}']), "{escaped}");
        let read: Value = serde_json::from_str(&escaped).unwrap();
        assert_eq!(read["name"], hostile);
        assert!(!html(hostile).contains(['<', '>', '"', '\'']), "{}", html(hostile));
    }
}
