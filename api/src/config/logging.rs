//! What is written to the program's log (standard error).

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
        })
    }

    /// Begins to write. A second call in one process changes nothing.
    pub fn install(&self) {
        let filter = EnvFilter::try_new(&self.filter).unwrap_or_else(|_| EnvFilter::new("info"));
        let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
        let installed = if self.is_json {
            builder.json().flatten_event(true).try_init()
        } else {
            builder.try_init()
        };
        drop(installed);
    }
}
