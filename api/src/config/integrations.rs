//! The broker, mail, and the jobs that need them.

use std::{convert::Infallible, path::PathBuf};

use commands::jobs::JobOptions;
use event_store::connection::DEFAULT_DATA_DIR;
use integrations::{
    broker::AmqpUrl,
    mail::{Sender, SmtpUrl},
};

use super::{ConfigError, Source};

/// Settings of what is outside.
#[derive(Debug, Clone)]
pub struct IntegrationsConfig {
    /// The broker, where there is one.
    pub amqp_url: Option<AmqpUrl>,
    /// What the names of its exchanges and queues begin with.
    pub broker_prefix: String,
    /// How jobs are run.
    pub jobs: JobOptions,
    /// The mail server, where there is one.
    pub smtp_url: Option<SmtpUrl>,
    /// Whom mails are from.
    pub mail_from: Sender,
    /// The page where people use the tokens that they are mailed.
    pub account_url: Option<String>,
    /// Where mails are put without a server.
    pub mail_folder: PathBuf,
}

impl IntegrationsConfig {
    /// Reads the settings.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn from_source(source: &Source) -> Result<Self, ConfigError> {
        let folder = source.parse("data_dir", |text| Ok::<_, Infallible>(PathBuf::from(text)))?;
        let delays = source.parse("job_retry_delays_s", retry_delays)?;
        let mail_from = match source.parse("mail_from", Sender::parse)? {
            Some(sender) => sender,
            None => Sender::parse("Souk <souk@souk.local>").map_err(|reason| ConfigError::Invalid {
                name: "mail_from".to_owned(),
                origin: "the program".to_owned(),
                reason: reason.to_owned(),
            })?,
        };
        let defaults = JobOptions::default();
        Ok(Self {
            amqp_url: source.parse("amqp_url", AmqpUrl::parse)?,
            broker_prefix: source.parse("broker_prefix", prefix)?.unwrap_or_else(|| "souk".to_owned()),
            jobs: JobOptions {
                retry_delays_s: delays.unwrap_or(defaults.retry_delays_s),
                ..defaults
            },
            smtp_url: source.parse("smtp_url", SmtpUrl::parse)?,
            mail_from,
            account_url: source.parse("account_url", super::http::url)?,
            mail_folder: folder.unwrap_or_else(|| PathBuf::from(DEFAULT_DATA_DIR)).join("mail"),
        })
    }
}

fn prefix(text: &str) -> Result<String, &'static str> {
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    if is_plain && (1..=60).contains(&text.len()) {
        Ok(text.to_owned())
    } else {
        Err("must be 1 to 60 letters, digits, dots, dashes and underscores")
    }
}

fn retry_delays(text: &str) -> Result<Vec<u32>, &'static str> {
    let delay = |text: &str| text.trim().parse().ok().filter(|delay| (1..=86_400).contains(delay));
    let delays: Option<Vec<u32>> = text.split(',').map(delay).collect();
    delays
        .filter(|delays| delays.len() <= 20)
        .ok_or("must be up to 20 whole numbers from 1 to 86400, separated by commas")
}
