//! Analytics: what was sold, to whom, and what sells best.

mod dashboard;
mod figures;
mod request;
mod response;
pub mod routes;

pub use dashboard::DashboardBody;
pub use request::{BestSellersParams, SalesParams};
pub use response::{BestSellersBody, SalesBody};
