//! Vendors: the companies that sell here, and on which terms.

mod command;
mod company;
mod error;
mod event;

pub use command::{CompanyCommand, RegisterCompany, ReviseCompany};
pub use company::{Company, CompanyProfile, CompanyState};
pub use error::CompanyError;
pub use event::{CompanyEvent, DeliveryFee};

/// The most zones that a company names.
pub const MAX_ZONES: usize = 200;

/// The most delivery fees that a company has.
pub const MAX_DELIVERY_FEES: usize = 400;
