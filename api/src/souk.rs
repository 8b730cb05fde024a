//! What every request can reach: the use cases, the reads, and what this node keeps in memory. One for all workers.

use std::sync::Arc;

use actix_web::web;
use commands::{CommandError, catalog::Catalog, identity::Identity, inventory::Inventory, orders::Orders};
use domain::decider::Decider;
use event_store::{AsOf, Log};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::runtime::Handle;

use crate::{
    catalog::ProductPages,
    config::{HttpConfig, StoreConfig},
    http::{Problem, consistency::Reads, envelope::Traffic, etag, idempotency::Repeats},
};

/// A node's inside. Handlers take it as [`Shared`].
pub struct Souk {
    /// The log.
    pub log: Log,
    /// Use cases on products.
    pub catalog: Catalog,
    /// Use cases on warehouses and stock.
    pub inventory: Inventory,
    /// Use cases on orders and returns.
    pub orders: Orders,
    /// Use cases on accounts and sessions.
    pub identity: Identity,
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
    /// Requests under way.
    pub traffic: Arc<Traffic>,
    /// Figures for Prometheus.
    pub figures: PrometheusHandle,
    /// The threads that work beside those that answer requests.
    pub runtime: Handle,
}

/// How handlers take it.
pub type Shared = web::Data<Souk>;

impl Souk {
    /// Brings the figures up to date that are not counted as things happen.
    pub fn measure(&self) {
        let number = |count: usize| u32::try_from(count).map_or(f64::MAX, f64::from);
        metrics::gauge!("souk_commands_waiting").set(number(self.log.queued()));
        metrics::gauge!("souk_requests_in_flight").set(number(self.traffic.in_flight()));
        metrics::gauge!("souk_log_position").set(approximately(self.log.reader().head().position));
        let pages = i64::try_from(self.products.len()).unwrap_or(i64::MAX);
        metrics::gauge!("souk_cached_products").set(approximately(pages));
        metrics::gauge!("souk_database_connections").set(f64::from(self.log.pool().size()));
    }

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

/// A count for Prometheus, which knows 53 bits only.
fn approximately(count: i64) -> f64 {
    let (high, low) = (count >> 32, count & 0xffff_ffff);
    let high = f64::from(i32::try_from(high).unwrap_or(i32::MAX));
    let low = f64::from(u32::try_from(low).unwrap_or(u32::MAX));
    high.mul_add(4_294_967_296.0, low)
}
