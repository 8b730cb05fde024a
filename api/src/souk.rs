//! What every request can reach: the use cases, the reads, and what this node keeps in memory. One for all workers.

use std::sync::Arc;

use actix_web::web;
use commands::{
    CommandError,
    audit::AuditLog,
    cart::Carts,
    catalog::{Catalog, Reviews, Uploads},
    customers::Customers,
    identity::Identity,
    inventory::Inventory,
    orders::Orders,
    payouts::Payouts,
    pricing::Pricing,
    vendors::Vendors,
};
use domain::decider::Decider;
use event_store::{AsOf, Log};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::{
    analytics::Exports,
    catalog::{Imports, ProductPages},
    config::{HttpConfig, StoreConfig},
    http::{Problem, consistency::Reads, defence::Gate, envelope::Traffic, etag, idempotency::Repeats},
    operations::Operations,
    orders::invoice::Invoices,
    outside::Outside,
    realtime::Feed,
};

/// A node's inside. Handlers take it as [`Shared`].
pub struct Souk {
    /// The log.
    pub log: Log,
    /// Use cases on products.
    pub catalog: Catalog,
    /// Use cases on reviews of products.
    pub reviews: Reviews,
    /// Use cases on uploaded images.
    pub uploads: Uploads,
    /// Use cases on carts.
    pub carts: Carts,
    /// Use cases on warehouses and stock.
    pub inventory: Inventory,
    /// Use cases on orders and returns.
    pub orders: Orders,
    /// Use cases on promotions and coupons.
    pub pricing: Pricing,
    /// Use cases on companies.
    pub vendors: Vendors,
    /// Use cases on payouts and settlements.
    pub payouts: Payouts,
    /// Use cases on accounts and sessions.
    pub identity: Identity,
    /// Use cases on customers' addresses.
    pub customers: Customers,
    /// Who asked for what.
    pub audit: AuditLog,
    /// The read side.
    pub reads: Reads,
    /// Idempotency keys.
    pub repeats: Repeats,
    /// Product answers, ready to be sent.
    pub products: ProductPages,
    /// Settings of the store.
    pub store: StoreConfig,
    /// Settings of HTTP.
    pub http: HttpConfig,
    /// Who is let in, and how often.
    pub gate: Arc<Gate>,
    /// Requests under way.
    pub traffic: Arc<Traffic>,
    /// Figures for Prometheus.
    pub figures: PrometheusHandle,
    /// The world outside: broker, mail, background jobs.
    pub outside: Outside,
    /// Imports under way.
    pub imports: Imports,
    /// Exports under way.
    pub exports: Exports,
    /// Invoices that are printed.
    pub invoices: Invoices,
    /// What streams are told.
    pub feed: Feed,
    /// What it keeps for its operators.
    pub operations: Operations,
}

/// How handlers take it.
pub type Shared = web::Data<Souk>;

impl Souk {
    /// A failed command as an answer. Where others changed the stream in the meantime, the answer lists how.
    pub async fn explain<D: Decider>(&self, error: CommandError, id: &str) -> Problem {
        let CommandError::PreconditionFailed { expected, current } = error else {
            return error.into();
        };
        match self.log.reader().read_stream(D::KIND, id, expected, AsOf::Now).await {
            Ok(between) => etag::mismatch(expected, current, &between),
            Err(error) => error.into(),
        }
    }
}
