//! Figures of each route, kept by handles that are made once: nothing is looked up or allocated per request.

use std::time::Duration;

use actix_web::http::{Method, StatusCode};
use metrics::{Counter, Histogram};

/// Upper bounds of the buckets of the request durations, in seconds.
pub const DURATION_BUCKETS_S: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// The histogram's name.
pub const DURATION_NAME: &str = "souk_http_request_duration_seconds";

/// The handles of one path with one method.
#[derive(Clone)]
pub struct RouteFigures {
    method: Method,
    duration: Histogram,
    by_class: [Counter; 5],
}

impl RouteFigures {
    /// Handles for `method` on the path pattern `route`.
    #[must_use]
    pub fn new(method: &Method, route: &str) -> Self {
        let labels = || [("method", method.to_string()), ("route", route.to_owned())];
        let counter = |class: &'static str| {
            let [method, route] = labels();
            metrics::counter!("souk_http_requests_total", &[method, route, ("class", class.to_owned())])
        };
        Self {
            method: method.clone(),
            duration: metrics::histogram!(DURATION_NAME, &labels()),
            by_class: ["1xx", "2xx", "3xx", "4xx", "5xx"].map(counter),
        }
    }

    /// Whether these are the figures of `method`.
    #[must_use]
    pub fn is_of(&self, method: &Method) -> bool {
        self.method == method
    }

    /// Counts one answer.
    pub fn record(&self, status: StatusCode, took: Duration) {
        self.duration.record(took.as_secs_f64());
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(counter) = self.by_class.get(class) {
            counter.increment(1);
        }
    }
}
