//! What may be asked of companies.

use commands::vendors::NewCompany;
use domain::{
    money::BasisPoints,
    text::{LocalizedText, Reason, Zone},
    vendors::{DeliveryFee, RegisterCompany, ReviseCompany},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{
    Fields, Problem,
    shapes::{AmountRequest, Texts},
};

/// What a company charges for bringing one part of an order.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliveryFeeRequest {
    /// Into this zone; every zone without a fee of its own where it is left out.
    #[serde(default)]
    pub zone: Option<String>,
    /// For each part; not negative.
    pub fee: AmountRequest,
    /// From this much on (the company's lines of the order less their discounts) it is free.
    #[serde(default)]
    pub free_from: Option<AmountRequest>,
}

/// A new company.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": {"en": "Zagros Foods", "ar": "أغذية زاغروس"},
    "zones": ["erbil"],
    "commission_basis_points": 750,
    "delivery_fees": [{"zone": "erbil", "fee": {"amount": "2000", "currency": "IQD"},
                       "free_from": {"amount": "50000", "currency": "IQD"}}],
}))]
pub struct RegisterCompanyRequest {
    /// An id that products name already, from before the company was registered (`com_…`); left out for a new one.
    #[serde(default)]
    pub id: Option<String>,
    /// What it is called, by language.
    pub name: Texts,
    /// What it is, by language.
    #[serde(default)]
    pub description: Option<Texts>,
    /// Zones that it delivers to; empty means all.
    #[serde(default)]
    pub zones: Vec<String>,
    /// What the marketplace keeps of each line, in hundredths of a percent; nothing where it is left out.
    #[serde(default)]
    #[schema(maximum = 10000)]
    pub commission_basis_points: u16,
    /// What it charges for delivery.
    #[serde(default)]
    pub delivery_fees: Vec<DeliveryFeeRequest>,
}

fn rate(fields: &mut Fields, points: u16) -> Option<BasisPoints> {
    let rate = BasisPoints::try_from(points);
    if let Err(error) = rate {
        fields.refuse("/commission_basis_points", "out-of-range", error.to_string());
    }
    rate.ok()
}

fn fees(fields: &mut Fields, requests: Vec<DeliveryFeeRequest>) -> Option<Vec<DeliveryFee>> {
    let parsed: Vec<Option<DeliveryFee>> = requests
        .into_iter()
        .enumerate()
        .map(|(index, request)| {
            let at = |member: &str| format!("/delivery_fees/{index}/{member}");
            let zone = fields.check_optional(at("zone"), request.zone, |zone| Zone::parse(&zone));
            let fee = request.fee.parse(fields, &at("fee"));
            let free_from = match request.free_from {
                None => Some(None),
                Some(amount) => amount.parse(fields, &at("free_from")).map(Some),
            };
            Some(DeliveryFee { zone: zone?, fee: fee?, free_from: free_from? })
        })
        .collect();
    parsed.into_iter().collect()
}

fn description(fields: &mut Fields, texts: Option<Texts>) -> Option<Option<LocalizedText>> {
    match texts {
        None => Some(None),
        Some(texts) => fields.localized("/description", texts).map(Some),
    }
}

impl TryFrom<RegisterCompanyRequest> for NewCompany {
    type Error = Problem;

    fn try_from(request: RegisterCompanyRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let id = fields.check_optional("/id", request.id, |id| id.parse());
        let name = fields.localized("/name", request.name);
        let description = description(&mut fields, request.description);
        let zones = fields.check_all("/zones", &request.zones, |zone| Zone::parse(zone));
        let commission_rate = rate(&mut fields, request.commission_basis_points);
        let delivery_fees = fees(&mut fields, request.delivery_fees);
        match (id, name, description, zones, commission_rate, delivery_fees) {
            (
                Some(id),
                Some(name),
                Some(description),
                Some(zones),
                Some(commission_rate),
                Some(delivery_fees),
            ) => Ok(Self {
                id,
                company: RegisterCompany { name, description, zones, commission_rate, delivery_fees },
            }),
            _ => Err(fields.into_problem()),
        }
    }
}

/// Another description of a company; what is left out stays.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": {"en": "Zagros Foods"}, "zones": ["erbil", "duhok"]}))]
pub struct ReviseCompanyRequest {
    /// What it is called, by language.
    #[serde(default)]
    pub name: Option<Texts>,
    /// What it is, by language.
    #[serde(default)]
    pub description: Option<Texts>,
    /// All zones that it delivers to.
    #[serde(default)]
    pub zones: Option<Vec<String>>,
}

impl TryFrom<ReviseCompanyRequest> for ReviseCompany {
    type Error = Problem;

    fn try_from(request: ReviseCompanyRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let name = request.name.map(|texts| fields.localized("/name", texts));
        let description = description(&mut fields, request.description);
        let zones = request.zones.map(|zones| fields.check_all("/zones", &zones, |zone| Zone::parse(zone)));
        if !fields.is_clean() {
            return Err(fields.into_problem());
        }
        Ok(Self {
            name: name.flatten(),
            description: description.flatten(),
            zones: zones.flatten(),
        })
    }
}

/// Whether a company's goods can be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CompanyStatus {
    /// They can.
    Active,
    /// They cannot.
    Inactive,
}

/// Takes a company's goods off sale, or puts them back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "inactive", "reason": "Licence expired"}))]
pub struct CompanyStatusRequest {
    /// Which.
    pub status: CompanyStatus,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl CompanyStatusRequest {
    /// The reason, parsed.
    ///
    /// # Errors
    /// 422.
    pub fn reason(&self) -> Result<Option<Reason>, Problem> {
        let mut fields = Fields::default();
        let reason = fields.check_optional("/reason", self.reason.as_deref(), Reason::parse);
        reason.ok_or_else(|| fields.into_problem())
    }
}

/// Another commission, for orders from now on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"commission_basis_points": 600}))]
pub struct CommissionRequest {
    /// In hundredths of a percent of each line less its discount.
    #[schema(maximum = 10000)]
    pub commission_basis_points: u16,
}

impl TryFrom<CommissionRequest> for BasisPoints {
    type Error = Problem;

    fn try_from(request: CommissionRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        rate(&mut fields, request.commission_basis_points).ok_or_else(|| fields.into_problem())
    }
}

/// Other delivery fees, for orders from now on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"delivery_fees": [{"fee": {"amount": "2000", "currency": "IQD"}}]}))]
pub struct DeliveryFeesRequest {
    /// All of them.
    pub delivery_fees: Vec<DeliveryFeeRequest>,
}

impl TryFrom<DeliveryFeesRequest> for Vec<DeliveryFee> {
    type Error = Problem;

    fn try_from(request: DeliveryFeesRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        fees(&mut fields, request.delivery_fees).ok_or_else(|| fields.into_problem())
    }
}
