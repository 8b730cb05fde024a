//! A profile as its owner sends it.

use std::fmt;

use domain::identity::{DisplayName, Locale, PersonalDetails, Phone, PhoneError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{Fields, Problem, fields::FieldFault};

/// What an account's owner tells of itself. The whole: what is left out is taken away.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"display_name": "Shirin Aziz", "phone": "+964 750 123 4567", "locale": "ku-IQ"}))]
pub(crate) struct ProfileRequest {
    /// What its owner is called.
    #[serde(default)]
    #[schema(max_length = 120)]
    pub(crate) display_name: Option<String>,
    /// Its owner's phone, with its country's code.
    #[serde(default)]
    pub(crate) phone: Option<String>,
    /// The language that its owner reads (BCP 47).
    #[serde(default)]
    pub(crate) locale: Option<String>,
}

impl fmt::Debug for ProfileRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileRequest").finish_non_exhaustive()
    }
}

impl FieldFault for PhoneError {
    fn code(&self) -> &'static str {
        "invalid-phone"
    }
}

impl TryFrom<ProfileRequest> for PersonalDetails {
    type Error = Problem;

    fn try_from(request: ProfileRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let name =
            fields.check_optional("/display_name", request.display_name, |text| DisplayName::parse(&text));
        let phone = fields.check_optional("/phone", request.phone, |text| Phone::parse(&text));
        let locale = fields.check_optional("/locale", request.locale, |text| Locale::parse(&text));
        match (name, phone, locale) {
            (Some(display_name), Some(phone), Some(locale)) => Ok(Self { display_name, phone, locale }),
            _ => Err(fields.into_problem()),
        }
    }
}
