//! Tax rates in requests and answers.

use commands::pricing::{TaxRateAccepted, TaxTableView};
use domain::{
    ids::TaxRateId,
    money::BasisPoints,
    pricing::{TaxTerms, TaxTreatment},
    text::Zone,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{
    Fields, Problem,
    shapes::{Texts, texts},
};

/// All of a tax rate.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": {"en": "VAT", "ar": "ضريبة القيمة المضافة"},
    "percent": "15",
    "treatment": "exclusive",
    "zone": "baghdad",
}))]
pub(crate) struct TaxRateRequest {
    /// What it is called on invoices, by language.
    pub name: Texts,
    /// Of the price after discounts, as a plain decimal from 0 to 100 with at most two decimals.
    pub percent: String,
    /// `exclusive`: prices are without it, and it comes on top. `inclusive`: prices contain it.
    #[schema(value_type = String)]
    pub treatment: TaxTreatment,
    /// Where the goods go; without one everywhere that has no rate of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// `cat_…`: what goods; without one all that have no rate of their own. A product takes the rate of the first of its
    /// categories that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category_id: Option<String>,
    /// Orders are taxed with it.
    #[serde(default = "active")]
    #[schema(default = true)]
    pub is_active: bool,
}

const fn active() -> bool {
    true
}

impl TaxRateRequest {
    /// The rate as it shall be.
    ///
    /// # Errors
    /// 422 with every fault.
    pub(super) fn parse(&self) -> Result<TaxTerms, Problem> {
        let mut fields = Fields::default();
        let name = fields.localized("/name", self.name.clone());
        let rate = fields.check("/percent", BasisPoints::parse_percent(&self.percent));
        let zone = fields.check_optional("/zone", self.zone.clone(), |zone| Zone::parse(&zone));
        let category =
            fields.check_optional("/category_id", self.category_id.clone(), |category| category.parse());
        let terms = || {
            Some(TaxTerms {
                name: name?,
                rate: rate?,
                treatment: self.treatment,
                zone: zone?,
                category: category?,
                is_active: self.is_active,
            })
        };
        terms().filter(|_| fields.is_clean()).ok_or_else(|| fields.into_problem())
    }
}

/// A tax rate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaxRate)]
pub(crate) struct TaxRateBody {
    /// `tax_…`
    id: String,
    /// What it is called on invoices, by language.
    name: Texts,
    /// Of the price after discounts.
    percent: String,
    /// `exclusive` (on top) or `inclusive` (in the price).
    #[schema(value_type = String)]
    treatment: TaxTreatment,
    /// Where the goods go; null for everywhere that has no rate of its own.
    zone: Option<String>,
    /// `cat_…`: what goods; null for all that have no rate of their own.
    category_id: Option<String>,
    /// Orders are taxed with it.
    is_active: bool,
}

impl TaxRateBody {
    fn new((id, terms): &(TaxRateId, TaxTerms)) -> Self {
        Self {
            id: id.to_string(),
            name: texts(&terms.name),
            percent: terms.rate.percent(),
            treatment: terms.treatment,
            zone: terms.zone.as_ref().map(ToString::to_string),
            category_id: terms.category.map(|category| category.to_string()),
            is_active: terms.is_active,
        }
    }
}

/// Every tax rate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaxRates)]
pub(crate) struct TaxRatesBody {
    /// In the order in which they were created; at most 500.
    items: Vec<TaxRateBody>,
    /// Of the whole table: `If-Match` of a revision takes it.
    pub(super) version: i64,
}

impl From<&TaxTableView> for TaxRatesBody {
    fn from(view: &TaxTableView) -> Self {
        Self {
            items: view.table.rates().iter().map(TaxRateBody::new).collect(),
            version: view.version,
        }
    }
}

/// What became of a tax rate.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TaxRateAccepted, example = json!({"id": "tax_0190c7a2000070008000000000000001", "version": 3}))]
pub(crate) struct TaxRateAcceptedBody {
    /// `tax_…`
    pub(super) id: String,
    /// The version of the whole table now: `If-Match` takes it.
    pub(super) version: i64,
}

impl From<&TaxRateAccepted> for TaxRateAcceptedBody {
    fn from(accepted: &TaxRateAccepted) -> Self {
        Self { id: accepted.rate.to_string(), version: accepted.version }
    }
}
