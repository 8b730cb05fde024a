//! What is written to the program's log (standard error), and where its traces go.

use commands::identity::Secret;
use tracing_subscriber::EnvFilter;

use super::{ConfigError, Source};

/// Settings of the program's log.
#[derive(Debug, Clone)]
pub struct LoggingConfig {
    /// A level, or directives.
    pub filter: String,
    /// One JSON object per line, or text for people.
    pub is_json: bool,
    /// Whether every request is noted in one line of JSON.
    pub are_requests_noted: bool,
    /// Where traces are sent: the base URL of an OTLP collector, perhaps with a password.
    pub collector: Option<Secret>,
}

impl LoggingConfig {
    /// Reads the settings.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn from_source(source: &Source) -> Result<Self, ConfigError> {
        let filter = |text: &str| EnvFilter::try_new(text).map(|_| text.to_owned());
        let yes_or_no = |text: &str| text.parse::<bool>().map_err(|_| "must be true or false");
        let format = |text: &str| match text {
            "json" => Ok(true),
            "text" => Ok(false),
            _ => Err("must be json or text"),
        };
        Ok(Self {
            filter: source.parse("log_level", filter)?.unwrap_or_else(|| "info".to_owned()),
            is_json: source.parse("log_format", format)?.unwrap_or(true),
            are_requests_noted: source.parse("log_requests", yes_or_no)?.unwrap_or(true),
            collector: source.parse("otlp_endpoint", collector)?,
        })
    }
}

fn collector(text: &str) -> Result<Secret, &'static str> {
    let is_url = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    if is_url {
        Ok(Secret::new(text.to_owned()))
    } else {
        Err("must be a URL, such as http://127.0.0.1:4318")
    }
}
