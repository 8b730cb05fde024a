//! The answer to a request that took too long, so that nobody waits for ever for a database that went silent.

use std::fmt;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use commands::CommandError;

use super::{Problem, envelope::Dress};

/// A request whose answer was given up. What it asked for may still happen.
#[derive(Debug)]
pub(super) struct Overdue {
    pub(super) dress: Dress,
    /// It changes nothing (RFC 9110, 9.2.1).
    pub(super) is_safe: bool,
}

impl Overdue {
    fn problem(&self) -> Problem {
        if self.is_safe {
            CommandError::Unavailable.into()
        } else {
            CommandError::OutcomeUnknown.into()
        }
    }
}

impl fmt::Display for Overdue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "request {} took too long", self.dress.id)
    }
}

impl ResponseError for Overdue {
    fn status_code(&self) -> StatusCode {
        StatusCode::SERVICE_UNAVAILABLE
    }

    fn error_response(&self) -> HttpResponse {
        tracing::warn!(request.id = %self.dress.id, "a request took too long and was given up");
        metrics::counter!("souk_http_overdue_total").increment(1);
        let mut response = self.problem().respond(Some(self.dress.id));
        self.dress.put_on(response.headers_mut());
        response
    }
}
