//! How a product is described, as registering and revising give it.

use std::collections::BTreeMap;

use domain::{
    catalog::{AttributeValue, AttributeValues, Image, ProductDetails},
    text::{AttributeText, Barcode, Code, Tag},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::request::ImageRequest;
use crate::http::{Fields, shapes::Texts};

/// The most attributes of one product.
const MAX_ATTRIBUTES: usize = 100;

/// A value of an attribute.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = AttributeValue)]
pub enum AttributeValueRequest {
    /// Yes or no.
    Boolean(bool),
    /// Words, a number as a plain decimal, or the code of an option.
    Text(String),
}

/// Attributes by their codes.
pub type AttributesRequest = BTreeMap<String, AttributeValueRequest>;

/// The parts of a description, as either request gives them.
pub(super) struct Description {
    pub(super) title: Texts,
    pub(super) description: Option<Texts>,
    pub(super) categories: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) barcode: Option<String>,
    pub(super) images: Vec<ImageRequest>,
    pub(super) attributes: AttributesRequest,
}

impl Description {
    pub(super) fn parse(self, fields: &mut Fields) -> Option<ProductDetails> {
        let title = fields.localized("/title", self.title);
        let description = match self.description {
            None => Some(None),
            Some(texts) => fields.localized("/description", texts).map(Some),
        };
        let categories = fields.check_all("/categories", &self.categories, |id| id.parse());
        let tags = fields.check_all("/tags", &self.tags, |tag| Tag::parse(tag));
        let barcode = fields.check_optional("/barcode", self.barcode, |code| Barcode::parse(&code));
        let images = images(fields, self.images);
        let attributes = attributes(fields, self.attributes);
        Some(ProductDetails {
            title: title?,
            description: description?,
            categories: categories?,
            tags: tags?,
            barcode: barcode?,
            images: images?,
            attributes: attributes?,
        })
    }
}

impl ImageRequest {
    fn parse(self, fields: &mut Fields, index: usize) -> Option<Image> {
        let alt = match self.alt {
            None => None,
            Some(texts) => Some(fields.localized(format!("/images/{index}/alt"), texts)?),
        };
        Some(Image { url: self.url, alt })
    }
}

/// Pictures in order of display.
pub(super) fn images(fields: &mut Fields, requests: Vec<ImageRequest>) -> Option<Vec<Image>> {
    let images: Vec<Option<Image>> =
        requests.into_iter().enumerate().map(|(index, image)| image.parse(fields, index)).collect();
    images.into_iter().collect()
}

/// Attributes by their codes.
pub(super) fn attributes(fields: &mut Fields, request: AttributesRequest) -> Option<AttributeValues> {
    if request.len() > MAX_ATTRIBUTES {
        fields.refuse("/attributes", "too-many", format!("must be at most {MAX_ATTRIBUTES}"));
        return None;
    }
    let mut values = Some(AttributeValues::new());
    for (code, value) in request {
        // A JSON Pointer escapes its own signs (RFC 6901).
        let pointer = format!("/attributes/{}", code.replace('~', "~0").replace('/', "~1"));
        let code = fields.check(pointer.as_str(), Code::parse(&code));
        let value = match value {
            AttributeValueRequest::Boolean(value) => Some(AttributeValue::Boolean(value)),
            AttributeValueRequest::Text(text) => {
                fields.check(pointer.as_str(), AttributeText::parse(&text)).map(AttributeValue::Text)
            }
        };
        match (&mut values, code.zip(value)) {
            (Some(values), Some((code, value))) => drop(values.insert(code, value)),
            _ => values = None,
        }
    }
    values
}
