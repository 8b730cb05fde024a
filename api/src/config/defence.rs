//! Whom to believe, how much to take from whom, and which pages may use the API.

use std::{num::NonZeroU32, str::FromStr, time::Duration};

use super::{ConfigError, Source};
use crate::http::defence::{
    client::{Network, ProxyHeader, TrustedProxies},
    cors::Origin,
    rate::Rates,
};

/// Settings of the defence.
#[derive(Debug, Clone)]
pub struct DefenceConfig {
    /// Whose word counts for the address of a client.
    pub proxies: TrustedProxies,
    /// Origins whose pages may use the API.
    pub cors_origins: Vec<Origin>,
    /// Requests per minute.
    pub rates: Rates,
    /// Bytes of a JSON body at most.
    pub body_limit_bytes: usize,
    /// How long the body of a request may take to arrive.
    pub body_wait: Duration,
    /// How long its head may take.
    pub head_wait: Duration,
    /// How long a client may take for the next part of an answer.
    pub send_wait: Duration,
    /// Open connections at most.
    pub connection_limit: usize,
}

impl DefenceConfig {
    /// Reads the settings.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn from_source(source: &Source) -> Result<Self, ConfigError> {
        let seconds = |name, default| {
            source.number(name, default, 1..=3_600).map(|seconds| Duration::from_secs(seconds.into()))
        };
        let size =
            |number: Result<u32, ConfigError>| number.map(|n| usize::try_from(n).unwrap_or(usize::MAX));
        let networks = source.parse("trusted_proxies", list::<Network>)?.unwrap_or_default();
        let header = source.parse("proxy_header", ProxyHeader::from_str)?.unwrap_or_default();
        Ok(Self {
            proxies: TrustedProxies::new(networks, header),
            cors_origins: source.parse("cors_origins", list::<Origin>)?.unwrap_or_default(),
            rates: rates(source)?,
            body_limit_bytes: size(source.number("body_limit_bytes", 1_048_576, 1_024..=67_108_864))?,
            body_wait: seconds("body_limit_s", 15)?,
            head_wait: seconds("head_limit_s", 10)?,
            send_wait: seconds("send_limit_s", 30)?,
            connection_limit: size(source.number("connection_limit", 10_000, 1..=1_000_000))?,
        })
    }
}

fn rates(source: &Source) -> Result<Rates, ConfigError> {
    let on_or_off = |text: &str| match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("must be on or off"),
    };
    let are_on = source.parse("rate_limits", on_or_off)?.unwrap_or(true);
    // Read even when they are off: a wrong setting is wrong.
    let rate = |name, default| {
        let rate = source.number(name, default, 0..=10_000_000)?;
        Ok(NonZeroU32::new(rate).filter(|_| are_on))
    };
    Ok(Rates {
        account: rate("rate_limit_per_minute", 1_200)?,
        address: rate("rate_limit_address_per_minute", 6_000)?,
        sign_in: rate("rate_limit_sign_in_per_minute", 30)?,
    })
}

/// Values separated by commas.
fn list<T: FromStr>(text: &str) -> Result<Vec<T>, T::Err> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(T::from_str).collect()
}
