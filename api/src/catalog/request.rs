//! What may be asked of products.

use domain::{
    catalog::{Presentation, Prices, ProductKind, RegisterProduct, ReviseProduct},
    quantity::Quantity,
    slug::Slug,
    text::{ExternalId, Reason, Sku, Zone},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::description::{AttributesRequest, Description};
use crate::http::{
    Fields, Problem,
    shapes::{PriceRequest, Texts},
};

/// A new product.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "sku": "RICE-5KG",
    "title": {"en": "Rice 5 kg", "ar": "أرز ٥ كغم", "ku": "برنج ٥ کگم"},
    "prices": {"base": {"amount": "12500", "currency": "IQD"}},
    "min_order_quantity": 1,
}))]
pub struct RegisterProductRequest {
    /// Stock-keeping unit: the seller's code, unique.
    pub sku: String,
    /// `goods` (counted) or `service` (never counted).
    #[serde(default = "goods")]
    #[schema(value_type = String, default = "goods")]
    pub kind: ProductKind,
    /// What it is called, by language.
    pub title: Texts,
    /// What it is, by language.
    #[serde(default)]
    pub description: Option<Texts>,
    /// Categories (`cat_…`), the primary one first.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Search words.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The printed code.
    #[serde(default)]
    pub barcode: Option<String>,
    /// At most ten, in order of display.
    #[serde(default)]
    pub images: Vec<ImageRequest>,
    /// What else is known of it, by the codes of attributes (`GET /attributes`).
    #[serde(default)]
    pub attributes: AttributesRequest,
    /// What one base unit costs.
    pub prices: PricesRequest,
    /// The fewest units of one order line.
    #[serde(default = "one")]
    #[schema(minimum = 1)]
    pub min_order_quantity: u32,
    /// Its id in another system, unique.
    #[serde(default)]
    pub external_id: Option<String>,
    /// The vendor (`com_…`); a vendor's own where it is absent.
    #[serde(default)]
    pub company_id: Option<String>,
    /// Its part of an address, unique: letters of any script in lower case, digits, single hyphens. Made of the title
    /// where it is absent.
    #[serde(default)]
    pub slug: Option<String>,
    /// It is among those that the shop shows first.
    #[serde(default)]
    pub featured: bool,
    /// The only zones that it is sold in; everywhere where there is none.
    #[serde(default)]
    pub sale_zones: Vec<String>,
}

/// One picture.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImageRequest {
    /// `https` URL, or a path of this server that begins with `/`.
    pub url: String,
    /// Alternative text, by language.
    #[serde(default)]
    pub alt: Option<Texts>,
}

/// The prices of one base unit, all in one currency.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PricesRequest {
    /// What everybody pays unless a better price applies.
    pub base: PriceRequest,
    /// The current reduced price, at most the base price.
    #[serde(default)]
    pub discounted: Option<PriceRequest>,
    /// The price for wholesale customers.
    #[serde(default)]
    pub wholesale: Option<PriceRequest>,
}

/// What changes of a product. What is left out stays; the description (title, description, categories, tags, barcode,
/// images, attributes) is replaced as a whole when `title` is given.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"prices": {"base": {"amount": "13000", "currency": "IQD"}}}))]
pub struct ReviseProductRequest {
    /// What it is called, by language.
    #[serde(default)]
    pub title: Option<Texts>,
    /// What it is, by language.
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
    /// What else is known of it, by the codes of attributes.
    #[serde(default)]
    pub attributes: Option<AttributesRequest>,
    /// What one base unit costs.
    #[serde(default)]
    pub prices: Option<PricesRequest>,
    /// The fewest units of one order line.
    #[serde(default)]
    pub min_order_quantity: Option<u32>,
    /// Its part of an address; the old one leads to it.
    #[serde(default)]
    pub slug: Option<String>,
    /// It is among those that the shop shows first.
    #[serde(default)]
    pub featured: Option<bool>,
    /// The only zones that it is sold in; empty: everywhere.
    #[serde(default)]
    pub sale_zones: Option<Vec<String>>,
}

/// Why a product is not sold any more.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "The maker has stopped making it"}))]
pub struct DiscontinueProductRequest {
    /// In a person's words.
    #[serde(default)]
    pub reason: Option<String>,
}

const fn goods() -> ProductKind {
    ProductKind::Goods
}

const fn one() -> u32 {
    1
}

impl PricesRequest {
    pub(super) fn parse(&self, fields: &mut Fields) -> Option<Prices> {
        let base = self.base.parse(fields, "/prices/base");
        let other = |fields: &mut Fields, price: &Option<PriceRequest>, pointer| match price {
            None => Some(None),
            Some(price) => price.parse(fields, pointer).map(Some),
        };
        let discounted = other(fields, &self.discounted, "/prices/discounted");
        let wholesale = other(fields, &self.wholesale, "/prices/wholesale");
        Some(Prices { base: base?, discounted: discounted?, wholesale: wholesale? })
    }
}

impl TryFrom<RegisterProductRequest> for RegisterProduct {
    type Error = Problem;

    fn try_from(request: RegisterProductRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let sku = fields.check("/sku", Sku::parse(&request.sku));
        let prices = request.prices.parse(&mut fields);
        let details = Description {
            title: request.title,
            description: request.description,
            categories: request.categories,
            tags: request.tags,
            barcode: request.barcode,
            images: request.images,
            attributes: request.attributes,
        }
        .parse(&mut fields);
        let min = fields.quantity("/min_order_quantity", request.min_order_quantity);
        let external_id =
            fields.check_optional("/external_id", request.external_id, |id| ExternalId::parse(&id));
        let company = fields.check_optional("/company_id", request.company_id, |id| id.parse());
        let slug = fields.check_optional("/slug", request.slug, |slug| Slug::parse(&slug));
        let zones = fields.check_all("/sale_zones", &request.sale_zones, |zone| Zone::parse(zone));
        let named = (sku, external_id, company, slug);
        match (named, details, prices, min, zones) {
            (
                (Some(sku), Some(external_id), Some(company), Some(slug)),
                Some(details),
                Some(prices),
                Some(min),
                Some(zones),
            ) => Ok(Self {
                sku,
                kind: request.kind,
                details,
                prices,
                min_order_quantity: min,
                external_id,
                company,
                presentation: Presentation {
                    slug,
                    featured: request.featured,
                    sale_zones: zones.into_iter().collect(),
                },
            }),
            _ => Err(fields.into_problem()),
        }
    }
}

impl TryFrom<ReviseProductRequest> for ReviseProduct {
    type Error = Problem;

    fn try_from(request: ReviseProductRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let describes = request.description.is_some()
            || request.categories.is_some()
            || request.tags.is_some()
            || request.barcode.is_some()
            || request.images.is_some()
            || request.attributes.is_some();
        let details = match request.title {
            None if describes => {
                fields.refuse(
                    "/title",
                    "missing-field",
                    "the description is replaced as a whole: give title too",
                );
                None
            }
            None => Some(None),
            Some(title) => Description {
                title,
                description: request.description,
                categories: request.categories.unwrap_or_default(),
                tags: request.tags.unwrap_or_default(),
                barcode: request.barcode,
                images: request.images.unwrap_or_default(),
                attributes: request.attributes.unwrap_or_default(),
            }
            .parse(&mut fields)
            .map(Some),
        };
        let prices = match request.prices {
            None => Some(None),
            Some(prices) => prices.parse(&mut fields).map(Some),
        };
        let min: Option<Option<Quantity>> = match request.min_order_quantity {
            None => Some(None),
            Some(units) => fields.quantity("/min_order_quantity", units).map(Some),
        };
        let slug = fields.check_optional("/slug", request.slug, |slug| Slug::parse(&slug));
        let sale_zones = match request.sale_zones {
            None => Some(None),
            Some(zones) => fields
                .check_all("/sale_zones", &zones, |zone| Zone::parse(zone))
                .map(|zones| Some(zones.into_iter().collect())),
        };
        match (details, prices, min, slug, sale_zones) {
            (Some(details), Some(prices), Some(min_order_quantity), Some(slug), Some(sale_zones)) => {
                Ok(Self {
                    details,
                    prices,
                    min_order_quantity,
                    slug,
                    featured: request.featured,
                    sale_zones,
                })
            }
            _ => Err(fields.into_problem()),
        }
    }
}

impl DiscontinueProductRequest {
    /// The reason.
    ///
    /// # Errors
    /// 422 when it is no text that can be stored.
    pub fn parse(self) -> Result<Option<Reason>, Problem> {
        let mut fields = Fields::default();
        let reason = fields.check_optional("/reason", self.reason, |reason| Reason::parse(&reason));
        reason.ok_or_else(|| fields.into_problem())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register(json: &str) -> Result<RegisterProduct, String> {
        let request: RegisterProductRequest = serde_json::from_str(json).unwrap();
        request.try_into().map_err(|problem: Problem| format!("{problem:?}"))
    }

    #[test]
    fn a_small_product_gets_the_defaults() {
        let product = register(
            r#"{"sku":"A","title":{"en":"Rice"},"prices":{"base":{"amount":"0.001","currency":"GBP"}}}"#,
        );
        let product = product.unwrap();
        assert_eq!(product.kind, ProductKind::Goods);
        assert_eq!(product.min_order_quantity, Quantity::ONE);
        assert_eq!(product.prices.base.decimal(), "0.001");
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let faults = register(
            r#"{"sku":"","title":{},"categories":["cat_x"],"tags":["a\u0000"],"min_order_quantity":0,
                "prices":{"base":{"amount":"1","currency":"IQD","exponent":2}}}"#,
        );
        let faults = faults.unwrap_err();
        for pointer in [
            "/sku",
            "/title",
            "/categories/0",
            "/tags/0",
            "/min_order_quantity",
            "/prices/base/exponent",
        ] {
            assert!(faults.contains(&format!("{pointer:?}")), "{pointer} in {faults}");
        }
    }

    #[test]
    fn a_description_is_replaced_as_a_whole_or_not_at_all() {
        let revise = |json: &str| {
            let request: ReviseProductRequest = serde_json::from_str(json).unwrap();
            ReviseProduct::try_from(request)
        };
        assert!(revise(r#"{"tags":["x"]}"#).is_err());
        let only_price = revise(r#"{"prices":{"base":{"amount":"1","currency":"IQD"}}}"#).unwrap();
        assert!(only_price.details.is_none() && only_price.prices.is_some());
    }
}
