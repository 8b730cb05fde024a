//! Analytics: what was sold, to whom, and what sells best.

mod dashboard;
pub(crate) mod exports;
mod figures;
pub(crate) mod inventory_report;
pub(crate) mod request;
mod response;
pub mod routes;
mod workbook;

pub use dashboard::DashboardBody;
pub use exports::Exports;
pub use inventory_report::InventoryReportRowBody;
pub use request::{BestSellersParams, SalesParams};
pub use response::{BestSellersBody, SalesBody};
