//! Why a request to order with one click is refused.

use crate::refusal::refusals;

/// Why a request to order with one click is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OneClickError {
    /// It is off.
    #[error("ordering with one click is off")]
    Off,
    /// It is not the token that is good.
    #[error("the token is not valid")]
    TokenInvalid,
}

refusals!(OneClickError {
    Off = "customers.one_click_off" Conflict,
    TokenInvalid = "customers.one_click_token_invalid" Forbidden,
});
