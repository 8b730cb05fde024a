//! What may be asked of the definitions of attributes.

use domain::{
    catalog::{AttributeDetails, AttributeKind, AttributeOption},
    text::Code,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{Fields, Problem, shapes::Texts};

/// One of the values to choose from.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttributeOptionRequest {
    /// What products carry, at most 32 characters.
    pub code: String,
    /// What it is called, by language.
    pub label: Texts,
}

/// An attribute that products may have.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "weight", "label": {"en": "Net weight", "ar": "الوزن الصافي"}, "kind": "number", "unit": {"en": "kg", "ar": "كغم"},
    "required": false, "filterable": true,
}))]
pub struct DefineAttributeRequest {
    /// What products carry it under, unique, at most 32 characters.
    pub code: String,
    /// What it is called, by language.
    pub label: Texts,
    /// `text`, `number`, `boolean` or `choice`.
    pub kind: String,
    /// How the unit of a number is written behind it, by language.
    #[serde(default)]
    pub unit: Option<Texts>,
    /// The values of a choice in the order of display, at most 200.
    #[serde(default)]
    pub options: Option<Vec<AttributeOptionRequest>>,
    /// Every product that it is for must have it; those that are there already are not asked before they change.
    #[serde(default)]
    pub required: bool,
    /// Shops offer it as a filter: searches count its values.
    #[serde(default)]
    pub filterable: bool,
    /// The only categories (`cat_…`), with all below them, whose products have it; all do where there is none.
    #[serde(default)]
    pub categories: Vec<String>,
}

/// An attribute as it shall be from now on. Its code and its kind stay.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "label": {"en": "Colour"}, "kind": "choice",
    "options": [{"code": "red", "label": {"en": "Red"}}, {"code": "blue", "label": {"en": "Blue"}}],
}))]
pub struct ReviseAttributeRequest {
    /// What it is called, by language.
    pub label: Texts,
    /// `text`, `number`, `boolean` or `choice`: as it is.
    pub kind: String,
    /// How the unit of a number is written behind it, by language.
    #[serde(default)]
    pub unit: Option<Texts>,
    /// The values of a choice in the order of display, at most 200.
    #[serde(default)]
    pub options: Option<Vec<AttributeOptionRequest>>,
    /// Every product that it is for must have it; those that are there already are not asked before they change.
    #[serde(default)]
    pub required: bool,
    /// Shops offer it as a filter: searches count its values.
    #[serde(default)]
    pub filterable: bool,
    /// The only categories (`cat_…`), with all below them, whose products have it; all do where there is none.
    #[serde(default)]
    pub categories: Vec<String>,
}

fn options(fields: &mut Fields, request: Vec<AttributeOptionRequest>) -> Option<Vec<AttributeOption>> {
    let options = request.into_iter().enumerate().map(|(index, option)| {
        let code = fields.check(format!("/options/{index}/code"), Code::parse(&option.code));
        let label = fields.localized(format!("/options/{index}/label"), option.label);
        Some(AttributeOption { code: code?, label: label? })
    });
    // All of them, so that every fault is told.
    options.collect::<Vec<_>>().into_iter().collect()
}

impl ReviseAttributeRequest {
    fn read(self, fields: &mut Fields) -> Option<AttributeDetails> {
        let label = fields.localized("/label", self.label);
        let categories = fields.check_all("/categories", &self.categories, |id| id.parse());
        if self.unit.is_some() && self.kind != "number" {
            fields.refuse("/unit", "unexpected-unit", "is for numbers");
            return None;
        }
        if self.options.is_some() && self.kind != "choice" {
            fields.refuse("/options", "unexpected-options", "are for choices");
            return None;
        }
        let kind = match self.kind.as_str() {
            "text" => Some(AttributeKind::Text),
            "boolean" => Some(AttributeKind::Boolean),
            "number" => match self.unit {
                None => Some(AttributeKind::Number { unit: None }),
                Some(unit) => {
                    fields.localized("/unit", unit).map(|unit| AttributeKind::Number { unit: Some(unit) })
                }
            },
            "choice" => options(fields, self.options.unwrap_or_default())
                .map(|options| AttributeKind::Choice { options }),
            _ => {
                fields.refuse("/kind", "unknown-kind", "must be text, number, boolean or choice");
                None
            }
        };
        Some(AttributeDetails {
            label: label?,
            kind: kind?,
            required: self.required,
            filterable: self.filterable,
            categories: categories?.into_iter().collect(),
        })
    }

    /// The description.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn parse(self) -> Result<AttributeDetails, Problem> {
        let mut fields = Fields::default();
        self.read(&mut fields).ok_or_else(|| fields.into_problem())
    }
}

impl DefineAttributeRequest {
    /// The code and the description.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn parse(self) -> Result<(Code, AttributeDetails), Problem> {
        let mut fields = Fields::default();
        let code = fields.check("/code", Code::parse(&self.code));
        let details = ReviseAttributeRequest {
            label: self.label,
            kind: self.kind,
            unit: self.unit,
            options: self.options,
            required: self.required,
            filterable: self.filterable,
            categories: self.categories,
        }
        .read(&mut fields);
        code.zip(details).ok_or_else(|| fields.into_problem())
    }
}
