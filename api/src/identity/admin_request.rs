//! What a super admin sends about other accounts.

use std::fmt;

use commands::identity::{Assignment, Email, Invitation, Secret};
use domain::{
    identity::{PersonalDetails, Role},
    ids::CompanyId,
    text::Zone,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::profile::ProfileRequest;
use crate::http::{Fields, Problem, fields::FieldFault};

/// An account of any role but a customer's.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewAdmin, example = json!({
    "email": "duhok@souk.local",
    "role": "location_admin",
    "zones": ["duhok"],
    "display_name": "Narin Ahmed",
}))]
pub(crate) struct NewAdminRequest {
    /// What it signs in with.
    email: String,
    /// Its first password, 8 to 128 characters. Without one, a mail goes out by which the owner of the address chooses one.
    // Never part of the fingerprint by which a repeat is known.
    #[serde(default, skip_serializing)]
    password: Option<String>,
    /// Any but `customer`: customers register themselves.
    #[schema(value_type = String)]
    role: Role,
    /// The zones that restrict it; a location admin needs one.
    #[serde(default)]
    zones: Vec<String>,
    /// The vendor company that it belongs to (`com_…`); a vendor needs one.
    #[serde(default)]
    company_id: Option<String>,
    /// What its owner is called.
    #[serde(default)]
    #[schema(max_length = 120)]
    display_name: Option<String>,
    /// Its owner's phone, with its country's code.
    #[serde(default)]
    phone: Option<String>,
    /// The language that its owner reads (BCP 47).
    #[serde(default)]
    locale: Option<String>,
}

impl fmt::Debug for NewAdminRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAdminRequest").finish_non_exhaustive()
    }
}

/// As what an account acts from now on. The whole: what is left out is taken away.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdminAssignment, example = json!({"role": "location_admin", "zones": ["duhok", "erbil"]}))]
pub(crate) struct AssignmentRequest {
    /// Any but `customer`.
    #[schema(value_type = String)]
    role: Role,
    /// The zones that restrict it; a location admin needs one.
    #[serde(default)]
    zones: Vec<String>,
    /// The vendor company that it belongs to (`com_…`); a vendor needs one.
    #[serde(default)]
    company_id: Option<String>,
}

/// The zones that restrict an account from now on.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdminZones, example = json!({"zones": ["duhok", "erbil"]}))]
pub(crate) struct ZonesRequest {
    /// All of them.
    zones: Vec<String>,
}

/// Whether an account may sign in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Activation, example = json!({"active": false}))]
pub(crate) struct ActiveRequest {
    /// It may.
    pub(crate) active: bool,
}

struct NotForCustomers;

impl fmt::Display for NotForCustomers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("customers register themselves")
    }
}

impl FieldFault for NotForCustomers {
    fn code(&self) -> &'static str {
        "role-not-assignable"
    }
}

fn assignment(
    fields: &mut Fields,
    role: Role,
    zones: Vec<String>,
    company: Option<String>,
) -> Option<Assignment> {
    let role = if role == Role::Customer {
        fields.check("/role", Err(NotForCustomers))
    } else {
        Some(role)
    };
    let zones = fields.check_all("/zones", zones, |zone| Zone::parse(&zone));
    let company = fields.check_optional("/company_id", company, |id| id.parse::<CompanyId>());
    Some(Assignment { role: role?, zones: zones?, company: company? })
}

impl TryFrom<AssignmentRequest> for Assignment {
    type Error = Problem;

    fn try_from(request: AssignmentRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        assignment(&mut fields, request.role, request.zones, request.company_id)
            .ok_or_else(|| fields.into_problem())
    }
}

impl TryFrom<ZonesRequest> for Vec<Zone> {
    type Error = Problem;

    fn try_from(request: ZonesRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        fields
            .check_all("/zones", request.zones, |zone| Zone::parse(&zone))
            .ok_or_else(|| fields.into_problem())
    }
}

impl TryFrom<NewAdminRequest> for Invitation {
    type Error = Problem;

    fn try_from(request: NewAdminRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let email = fields.check("/email", Email::parse(&request.email));
        let assignment = assignment(&mut fields, request.role, request.zones, request.company_id);
        let (Some(email), Some(assignment)) = (email, assignment) else {
            return Err(fields.into_problem());
        };
        let profile = ProfileRequest {
            display_name: request.display_name,
            phone: request.phone,
            locale: request.locale,
        };
        Ok(Self {
            email,
            password: request.password.map(Secret::new),
            role: assignment.role,
            zones: assignment.zones,
            company: assignment.company,
            details: PersonalDetails::try_from(profile)?,
        })
    }
}
