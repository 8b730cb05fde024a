//! What may be asked of categories.

use domain::{
    catalog::{CategoryDetails, Image, ReviseCategory},
    ids::CategoryId,
    slug::{Slug, SlugError},
    text::LocalizedText,
};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::request::ImageRequest;
use crate::http::{Fields, Problem, fields::FieldFault, shapes::Texts};

/// How a category is described, and where it hangs. A description replaces the old one as a whole.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": {"en": "Rice", "ar": "أرز", "ku": "برنج"}, "slug": "rice", "sort_order": 1, "parent_id": null,
}))]
pub struct CategoryRequest {
    /// What it is called, by language.
    pub name: Texts,
    /// Its part of an address, unique: letters of any script in lower case, digits, single hyphens. Made of the name
    /// where it is absent.
    #[serde(default)]
    pub slug: Option<String>,
    /// What is in it, by language.
    #[serde(default)]
    pub description: Option<Texts>,
    /// A picture.
    #[serde(default)]
    pub image: Option<ImageRequest>,
    /// Its place among its sisters: the least first.
    #[serde(default)]
    pub sort_order: u32,
    /// It is shown on the first page.
    #[serde(default)]
    pub shown_on_home: bool,
    /// Customers see it, with all below it.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// Below which it hangs (`cat_…`); null: at the top. Left out, a new one is at the top, and another stays where it is.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "present"
    )]
    #[schema(value_type = Option<String>)]
    pub parent_id: Option<Option<String>>,
}

/// How lists of categories are asked for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListCategoriesParams {
    /// Below this one (`cat_…`), or `none` for those at the top.
    #[param(rename = "filter[parent]")]
    pub parent: Option<String>,
    /// On the first page, or not.
    #[param(rename = "filter[shown_on_home]")]
    pub shown_on_home: Option<bool>,
    /// Categories per page, 1 to 200.
    #[param(default = 20, maximum = 200, minimum = 1)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// `true`: count all that match.
    pub total: Option<bool>,
    /// `full` shows categories that customers do not see, and every language.
    pub view: Option<String>,
    /// A language tag; goes before `Accept-Language`.
    pub locale: Option<String>,
}

const fn yes() -> bool {
    true
}

/// Tells a member that is null from one that is left out.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(from).map(Some)
}

impl FieldFault for SlugError {
    fn code(&self) -> &'static str {
        match self {
            Self::Length => "invalid-length",
            Self::Form => "invalid-slug",
        }
    }
}

/// Where a category is to hang: `None` where nothing is said, `Some(None)` at the top.
type Place = Option<Option<CategoryId>>;

impl CategoryRequest {
    fn parse(self) -> Result<(CategoryDetails, Place), Problem> {
        let mut fields = Fields::default();
        let name = fields.localized("/name", self.name);
        let slug = match self.slug {
            Some(slug) => fields.check("/slug", Slug::parse(&slug)),
            None => name.as_ref().and_then(|name| slug_of(&mut fields, name)),
        };
        let description = match self.description {
            None => Some(None),
            Some(texts) => fields.localized("/description", texts).map(Some),
        };
        let image = match self.image {
            None => Some(None),
            Some(image) => picture(&mut fields, image).map(Some),
        };
        let parent = match self.parent_id {
            None => Some(None),
            Some(id) => fields.check_optional("/parent_id", id, |id| id.parse()).map(Some),
        };
        match (name, slug, description, image, parent) {
            (Some(name), Some(slug), Some(description), Some(image), Some(parent)) => {
                let details = CategoryDetails {
                    name,
                    slug,
                    description,
                    image,
                    sort_order: self.sort_order,
                    shown_on_home: self.shown_on_home,
                    active: self.active,
                };
                Ok((details, parent))
            }
            _ => Err(fields.into_problem()),
        }
    }

    /// As a new category.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn created(self) -> Result<(CategoryDetails, Option<CategoryId>), Problem> {
        let (details, parent) = self.parse()?;
        Ok((details, parent.flatten()))
    }

    /// As what is to change.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn revised(self) -> Result<ReviseCategory, Problem> {
        let (details, parent) = self.parse()?;
        Ok(ReviseCategory { details: Some(details), parent })
    }
}

fn slug_of(fields: &mut Fields, name: &LocalizedText) -> Option<Slug> {
    let slug = Slug::of(name.pick(&["en"]).1);
    if slug.is_none() {
        fields.refuse("/slug", "missing-field", "the name has no letters that a slug could be made of");
    }
    slug
}

fn picture(fields: &mut Fields, image: ImageRequest) -> Option<Image> {
    let alt = match image.alt {
        None => None,
        Some(texts) => Some(fields.localized("/image/alt", texts)?),
    };
    Some(Image { url: image.url, alt })
}
