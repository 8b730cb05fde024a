//! What may be asked of units of measure and of the units that products are sold by.

use domain::{
    catalog::{Dimension, SellingUnitDetails, UnitDetails},
    ids::ProductId,
    ratio::{Ratio, RatioError},
    text::{Barcode, Code, Sku},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{
    Fields, Problem,
    fields::FieldFault,
    shapes::{PriceRequest, Texts},
};

/// An exact fraction.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RatioRequest, example = json!({"numerator": 12, "denominator": 1}))]
pub struct RatioRequest {
    /// What is divided, at least 1.
    #[schema(minimum = 1)]
    pub numerator: u32,
    /// By what, at least 1.
    #[serde(default = "one")]
    #[schema(minimum = 1, default = 1)]
    pub denominator: u32,
}

const fn one() -> u32 {
    1
}

/// A unit of measure. A revision replaces all but the code, which stays.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "KG", "name": {"en": "kilogram", "ar": "كيلوغرام"}, "symbol": {"en": "kg", "ar": "كغم"},
    "dimension": "mass", "scale": {"numerator": 1000, "denominator": 1},
}))]
pub struct DefineUnitRequest {
    /// Its short code, unique.
    pub code: String,
    /// What it is called, by language.
    pub name: Texts,
    /// How it is written behind a number, by language.
    pub symbol: Texts,
    /// `count`, `mass`, `volume`, `length` or `area`.
    #[schema(value_type = String)]
    pub dimension: Dimension,
    /// How many pieces, grams, millilitres, millimetres or square centimetres it is.
    #[serde(default = "same")]
    pub scale: RatioRequest,
}

/// A unit of measure as it shall be from now on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": {"en": "kilogram"}, "symbol": {"en": "kg"}, "dimension": "mass"}))]
pub struct ReviseUnitRequest {
    /// What it is called, by language.
    pub name: Texts,
    /// How it is written behind a number, by language.
    pub symbol: Texts,
    /// `count`, `mass`, `volume`, `length` or `area`.
    #[schema(value_type = String)]
    pub dimension: Dimension,
    /// How many pieces, grams, millilitres, millimetres or square centimetres it is.
    #[serde(default = "same")]
    pub scale: RatioRequest,
}

const fn same() -> RatioRequest {
    RatioRequest { numerator: 1, denominator: 1 }
}

/// A unit that a product is to be sold by.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "product_id": "prd_0190c7a2000070008000000000000001", "unit_id": "unt_0190c7a2000070008000000000000001",
    "name": {"en": "Box of 12"}, "contains": {"numerator": 12}, "price": {"amount": "140000", "currency": "IQD"},
    "sku": "RICE-5KG-BOX",
}))]
pub struct AddSellingUnitRequest {
    /// Which product (`prd_…`).
    pub product_id: String,
    /// The unit of measure that it is called by (`unt_…`).
    pub unit_id: String,
    /// A name of its own, by language.
    #[serde(default)]
    pub name: Option<Texts>,
    /// How many base units of the product are in it.
    pub contains: RatioRequest,
    /// What one of it costs; without it, what is in it costs.
    #[serde(default)]
    pub price: Option<PriceRequest>,
    /// The printed code.
    #[serde(default)]
    pub barcode: Option<String>,
    /// The seller's code, unique among those of products and selling units.
    #[serde(default)]
    pub sku: Option<String>,
}

/// A unit that a product is sold by, as a whole.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"unit_id": "unt_0190c7a2000070008000000000000001", "contains": {"numerator": 1, "denominator": 2}}))]
pub struct ReviseSellingUnitRequest {
    /// The unit of measure that it is called by (`unt_…`).
    pub unit_id: String,
    /// A name of its own, by language.
    #[serde(default)]
    pub name: Option<Texts>,
    /// How many base units of the product are in it.
    pub contains: RatioRequest,
    /// What one of it costs; without it, what is in it costs.
    #[serde(default)]
    pub price: Option<PriceRequest>,
    /// The printed code.
    #[serde(default)]
    pub barcode: Option<String>,
    /// The seller's code, unique among those of products and selling units.
    #[serde(default)]
    pub sku: Option<String>,
}

impl FieldFault for RatioError {
    fn code(&self) -> &'static str {
        "invalid-ratio"
    }
}

fn ratio(fields: &mut Fields, pointer: &str, request: RatioRequest) -> Option<Ratio> {
    fields.check(pointer, Ratio::try_new(request.numerator, request.denominator))
}

fn unit(fields: &mut Fields, request: ReviseUnitRequest) -> Option<UnitDetails> {
    let name = fields.localized("/name", request.name);
    let symbol = fields.localized("/symbol", request.symbol);
    let scale = ratio(fields, "/scale", request.scale);
    Some(UnitDetails {
        name: name?,
        symbol: symbol?,
        dimension: request.dimension,
        scale: scale?,
    })
}

impl DefineUnitRequest {
    /// The code and the description.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn parse(self) -> Result<(Code, UnitDetails), Problem> {
        let mut fields = Fields::default();
        let code = fields.check("/code", Code::parse(&self.code));
        let details = unit(
            &mut fields,
            ReviseUnitRequest {
                name: self.name,
                symbol: self.symbol,
                dimension: self.dimension,
                scale: self.scale,
            },
        );
        code.zip(details).ok_or_else(|| fields.into_problem())
    }
}

impl ReviseUnitRequest {
    /// The description.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn parse(self) -> Result<UnitDetails, Problem> {
        let mut fields = Fields::default();
        unit(&mut fields, self).ok_or_else(|| fields.into_problem())
    }
}

impl AddSellingUnitRequest {
    /// The product and the description.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn parse(self) -> Result<(ProductId, SellingUnitDetails), Problem> {
        let mut fields = Fields::default();
        let product = fields.id("/product_id", &self.product_id);
        let unit = ReviseSellingUnitRequest {
            unit_id: self.unit_id,
            name: self.name,
            contains: self.contains,
            price: self.price,
            barcode: self.barcode,
            sku: self.sku,
        };
        let details = unit.read(&mut fields);
        product.zip(details).ok_or_else(|| fields.into_problem())
    }
}

impl ReviseSellingUnitRequest {
    fn read(self, fields: &mut Fields) -> Option<SellingUnitDetails> {
        let unit = fields.id("/unit_id", &self.unit_id);
        let name = match self.name {
            None => Some(None),
            Some(texts) => fields.localized("/name", texts).map(Some),
        };
        let contains = ratio(fields, "/contains", self.contains);
        let price = match self.price {
            None => Some(None),
            Some(price) => price.parse(fields, "/price").map(Some),
        };
        let barcode = fields.check_optional("/barcode", self.barcode, |code| Barcode::parse(&code));
        let sku = fields.check_optional("/sku", self.sku, |sku| Sku::parse(&sku));
        Some(SellingUnitDetails {
            unit: unit?,
            name: name?,
            contains: contains?,
            price: price?,
            barcode: barcode?,
            sku: sku?,
        })
    }

    /// The description.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn parse(self) -> Result<SellingUnitDetails, Problem> {
        let mut fields = Fields::default();
        self.read(&mut fields).ok_or_else(|| fields.into_problem())
    }
}
