//! How a stream is asked for.

use utoipa::IntoParams;

/// What is followed, and from where.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StreamParams {
    /// Only messages of these names, with commas between them: `order:new,stock:low`.
    #[param(rename = "filter[name]")]
    pub name: Option<String>,
    /// Only messages about this order (`ord_…`).
    #[param(rename = "filter[order]")]
    pub order: Option<String>,
    /// Everything after this position (`1.42`, `42`; `0` is the beginning), then what happens from now on. Without it,
    /// and without `Last-Event-ID`, only what happens from now on.
    pub after: Option<String>,
}
