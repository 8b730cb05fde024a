//! Where settings come from, and the table of all of them.

use std::{collections::BTreeMap, fmt::Display, path::Path};

/// One setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// Its name in the file.
    pub name: &'static str,
    /// Its name in the environment.
    pub env: &'static str,
    /// Its flag; empty where it has none.
    pub flag: &'static str,
    /// What serves when nobody says; empty where there is none.
    pub default: &'static str,
    /// What it is for.
    pub what: &'static str,
}

macro_rules! settings {
    ($($name:literal, $env:literal, $flag:literal, $default:literal, $what:literal;)*) => {
        /// Every setting; `docs/configuration.md` holds the same table, and a test compares them.
        pub const SETTINGS: &[Setting] =
            &[$(Setting { name: $name, env: $env, flag: $flag, default: $default, what: $what }),*];
    };
}

settings! {
    "listen", "SOUK_LISTEN", "--listen", "127.0.0.1:8080", "Address and port to listen on.";
    "public_url", "SOUK_PUBLIC_URL", "", "", "The URL that clients use; with https, browsers are told to use TLS only.";
    "workers", "SOUK_WORKERS", "", "number of cores", "Threads that answer requests.";
    "keep_alive_s", "SOUK_KEEP_ALIVE_S", "", "75", "Seconds for which an idle connection stays open.";
    "stop_grace_s", "SOUK_STOP_GRACE_S", "", "30", "Seconds that requests under way get when the server stops.";
    "read_wait_ms", "SOUK_READ_WAIT_MS", "", "2000", "Milliseconds that a read waits for its Min-Event-Position.";
    "request_limit_s", "SOUK_REQUEST_LIMIT_S", "", "25", "Seconds until a request that has no answer yet is given up with 503.";
    "stream_limit", "SOUK_STREAM_LIMIT", "", "1000", "Streams of server-sent events that are open at once; more are answered 503.";
    "stream_heartbeat_s", "SOUK_STREAM_HEARTBEAT_S", "", "15", "Seconds without news after which a stream shows that it is there, and looks whether its caller still may follow.";
    "metrics_token", "SOUK_METRICS_TOKEN", "", "", "Bearer token that /metrics asks for; without one it is open.";
    "trusted_proxies", "SOUK_TRUSTED_PROXIES", "", "", "Addresses and ranges (10.0.0.0/8) of proxies that are believed whom they speak for.";
    "proxy_header", "SOUK_PROXY_HEADER", "", "x-forwarded-for", "Where they say so: x-forwarded-for or forwarded; the other one is not read.";
    "rate_limits", "SOUK_RATE_LIMITS", "", "on", "on or off: all limits on requests per minute.";
    "rate_limit_per_minute", "SOUK_RATE_LIMIT_PER_MINUTE", "", "1200", "Requests of an account or an API key; 0: not limited.";
    "rate_limit_address_per_minute", "SOUK_RATE_LIMIT_ADDRESS_PER_MINUTE", "", "6000", "Requests from an address, signed in or not; 0: not limited.";
    "rate_limit_sign_in_per_minute", "SOUK_RATE_LIMIT_SIGN_IN_PER_MINUTE", "", "30", "Requests from an address that show a password or a code, or send a mail; 0: not limited.";
    "cors_origins", "SOUK_CORS_ORIGINS", "", "", "Origins whose pages may use the API, such as https://portal.example.";
    "body_limit_bytes", "SOUK_BODY_LIMIT_BYTES", "", "1048576", "Bytes of a JSON body at most.";
    "body_limit_s", "SOUK_BODY_LIMIT_S", "", "15", "Seconds within which the body of a request must have arrived.";
    "head_limit_s", "SOUK_HEAD_LIMIT_S", "", "10", "Seconds within which its head must have arrived.";
    "send_limit_s", "SOUK_SEND_LIMIT_S", "", "30", "Seconds within which a client must take more of a streamed answer.";
    "connection_limit", "SOUK_CONNECTION_LIMIT", "", "10000", "Open connections; more wait until one ends.";
    "data_dir", "SOUK_DATA_DIR", "--data-dir", "data", "Folder of the private PostgreSQL and of this node's keys.";
    "database_url", "DATABASE_URL", "--database-url", "", "A PostgreSQL of your own, instead of the private one.";
    "pool_size", "SOUK_POOL_SIZE", "", "10", "Database connections for reads.";
    "queue_capacity", "SOUK_QUEUE_CAPACITY", "", "2048", "Commands that may wait; more are answered 503.";
    "batch_limit", "SOUK_BATCH_LIMIT", "", "512", "Commands of one append at most.";
    "memory_capacity", "SOUK_MEMORY_CAPACITY", "", "100000", "Aggregates that the writer keeps in memory.";
    "ready_lag_s", "SOUK_READY_LAG_S", "", "30", "Seconds that a projection may lag before the node is not ready.";
    "store_name", "SOUK_STORE_NAME", "", "Souk", "What the store is called on invoices.";
    "locales", "SOUK_LOCALES", "", "en,ar,ku", "Languages of the store, the preferred one first.";
    "currency", "SOUK_CURRENCY", "", "IQD", "The store's currency (ISO 4217).";
    "cash_steps", "SOUK_CASH_STEPS", "", "", "The smallest coins, which cash orders are rounded to, such as IQD=250,EUR=0.05; a currency that is not named is not rounded.";
    "cache_products", "SOUK_CACHE_PRODUCTS", "", "20000", "Product answers kept in memory.";
    "cache_max_age_s", "SOUK_CACHE_MAX_AGE_S", "", "10", "Seconds for which others may keep a public answer.";
    "access_token_minutes", "SOUK_ACCESS_TOKEN_MINUTES", "", "60", "Life of an access token.";
    "refresh_token_days", "SOUK_REFRESH_TOKEN_DAYS", "", "7", "Life of a refresh token.";
    "session_days", "SOUK_SESSION_DAYS", "", "30", "Life of a session, however often it is refreshed; then one signs in again.";
    "lock_failures", "SOUK_LOCK_FAILURES", "", "5", "Failed sign-ins in a row that lock an address.";
    "lock_minutes", "SOUK_LOCK_MINUTES", "", "15", "How long an address stays locked.";
    "verification_hours", "SOUK_VERIFICATION_HOURS", "", "24", "Life of a mailed token that confirms an address.";
    "reset_minutes", "SOUK_RESET_MINUTES", "", "60", "Life of a mailed token for a new password.";
    "code_minutes", "SOUK_CODE_MINUTES", "", "5", "Life of a one-time code, and of the time for a second factor.";
    "mails_per_hour", "SOUK_MAILS_PER_HOUR", "", "5", "Mails of one kind that an address gets in an hour, however often they are asked for.";
    "signing_key", "SOUK_SIGNING_KEY", "", "generated", "Ed25519 key that signs access tokens (PKCS#8 PEM); further ones after it are published only.";
    "secret", "SOUK_SECRET", "", "generated", "At least 32 characters that key the hashes of repeatable requests; the same on every node.";
    "master_key", "SOUK_MASTER_KEY", "", "generated", "32 bytes in base64 that wrap the keys of personal data; the same on every node.";
    "retired_master_keys", "SOUK_RETIRED_MASTER_KEYS", "", "", "Earlier ones, with commas, until everything is wrapped by the present one.";
    "erasures_file", "SOUK_ERASURES_FILE", "", "", "The list of erasures, applied again after a restore; without one, erasures.jsonl in the data folder.";
    "admin_email", "SOUK_ADMIN_EMAIL", "", "admin@souk.local", "Address of the first super admin.";
    "admin_password", "SOUK_ADMIN_PASSWORD", "", "shown once", "Password of the first super admin.";
    "amqp_url", "AMQP_URL", "", "", "A RabbitMQ: events are published to it, and jobs go through its queues.";
    "broker_prefix", "SOUK_BROKER_PREFIX", "", "souk", "What the names of its exchanges and queues begin with.";
    "job_retry_delays_s", "SOUK_JOB_RETRY_DELAYS_S", "", "5,30,120,600,3600", "Seconds before each further attempt of a job; then it is given up.";
    "smtp_url", "SMTP_URL", "", "", "A mail server; without one, mails are put into the folder mail of the data folder.";
    "mail_from", "SOUK_MAIL_FROM", "", "Souk <souk@souk.local>", "Whom mails are from.";
    "account_url", "SOUK_ACCOUNT_URL", "", "", "The page where people use the tokens they are mailed; mails link to it with the token after a #.";
    "s3_bucket", "SOUK_S3_BUCKET", "", "", "A bucket that speaks S3, for uploaded images; without one they are put into the folder files of the data folder.";
    "s3_endpoint", "SOUK_S3_ENDPOINT", "", "", "The URL of its server; without one, Amazon's of the region.";
    "s3_region", "SOUK_S3_REGION", "", "us-east-1", "Its region.";
    "s3_access_key", "SOUK_S3_ACCESS_KEY", "", "", "The access key for it.";
    "s3_secret_key", "SOUK_S3_SECRET_KEY", "", "", "The secret key for it.";
    "images_at_once", "SOUK_IMAGES_AT_ONCE", "", "2", "Uploaded images that are made ready at once; each takes up to 350 MB for a moment.";
    "evidence_origin", "SOUK_EVIDENCE_ORIGIN", "", "souk.local/log", "The name of the log in its tree heads, such as shop.example/log; do not change it later.";
    "evidence_key", "SOUK_EVIDENCE_KEY", "", "generated", "Ed25519 key that signs tree heads (PKCS#8 PEM), the same on every node; earlier ones after it vouch for it.";
    "evidence_seconds", "SOUK_EVIDENCE_SECONDS", "", "60", "Seconds that an event waits for its tree head at most.";
    "evidence_events", "SOUK_EVIDENCE_EVENTS", "", "1000", "Events that wait for a tree head at most.";
    "evidence_folder", "SOUK_EVIDENCE_FOLDER", "", "", "A folder that gets every tree head: better one that others keep.";
    "evidence_s3_bucket", "SOUK_EVIDENCE_S3_BUCKET", "", "", "A bucket that speaks S3 and gets every tree head: better one that others keep.";
    "evidence_s3_endpoint", "SOUK_EVIDENCE_S3_ENDPOINT", "", "", "The URL of its server; without one, Amazon's of the region.";
    "evidence_s3_region", "SOUK_EVIDENCE_S3_REGION", "", "us-east-1", "Its region.";
    "evidence_s3_access_key", "SOUK_EVIDENCE_S3_ACCESS_KEY", "", "", "The access key for it.";
    "evidence_s3_secret_key", "SOUK_EVIDENCE_S3_SECRET_KEY", "", "", "The secret key for it.";
    "evidence_webhook_url", "SOUK_EVIDENCE_WEBHOOK_URL", "", "", "A URL that gets every tree head by POST, as text.";
    "otlp_endpoint", "OTEL_EXPORTER_OTLP_ENDPOINT", "", "", "A collector of traces (OTLP over HTTP), such as http://127.0.0.1:4318.";
    "log_level", "SOUK_LOG", "", "info", "What is logged: a level, or directives such as info,event_store=debug.";
    "log_format", "SOUK_LOG_FORMAT", "", "json", "json or text.";
    "log_requests", "SOUK_LOG_REQUESTS", "", "true", "Whether every request is noted in one line of JSON.";
}

/// A setting that cannot be used. The value is not repeated: it may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Its value is wrong.
    #[error("setting {name} (from {origin}) is not valid: {reason}")]
    Invalid {
        /// Which.
        name: String,
        /// Where the value came from.
        origin: String,
        /// Why.
        reason: String,
    },
    /// There is no such setting.
    #[error("{origin} has a setting {name}, which does not exist")]
    Unknown {
        /// Which.
        name: String,
        /// Where it stands.
        origin: String,
    },
    /// The file cannot be used.
    #[error("the configuration file {path} cannot be read: {reason}")]
    File {
        /// Which.
        path: String,
        /// Why.
        reason: String,
    },
}

/// The values that were given.
#[derive(Clone, Default)]
pub struct Source {
    flags: BTreeMap<String, String>,
    env: BTreeMap<String, String>,
    file: BTreeMap<String, String>,
    file_path: String,
}

impl std::fmt::Debug for Source {
    /// Without the values: some are secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("file_path", &self.file_path).finish_non_exhaustive()
    }
}

impl Source {
    /// The environment of this process.
    #[must_use]
    pub fn from_env() -> Self {
        let given = |setting: &Setting| {
            let value = std::env::var(setting.env).ok().filter(|value| !value.is_empty());
            value.map(|value| (setting.name.to_owned(), value))
        };
        Self {
            env: SETTINGS.iter().filter_map(given).collect(),
            ..Self::default()
        }
    }

    /// Adds a flag of the command line.
    #[must_use]
    pub fn flag(mut self, name: &str, value: impl Into<String>) -> Self {
        self.flags.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves out what the environment or the file says of a setting, because a flag rules it out.
    #[must_use]
    pub fn except(mut self, name: &str) -> Self {
        self.env.remove(name);
        self.file.remove(name);
        self
    }

    /// Adds a value as if it stood in the environment.
    #[must_use]
    pub fn env_text(mut self, name: &str, value: &str) -> Self {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Adds a TOML file.
    ///
    /// # Errors
    /// When it cannot be read or is no flat TOML table.
    pub fn file(self, path: &Path) -> Result<Self, ConfigError> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::File { path: shown.clone(), reason: error.to_string() })?;
        self.file_text(&text, &shown)
    }

    /// Adds the text of a TOML file.
    ///
    /// # Errors
    /// When it is no flat TOML table.
    pub fn file_text(mut self, text: &str, path: &str) -> Result<Self, ConfigError> {
        let failed = |reason: String| ConfigError::File { path: path.to_owned(), reason };
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| failed(error.message().to_owned()))?;
        for (name, value) in table {
            let value =
                text_of(&value).ok_or_else(|| failed(format!("{name} is neither text, number nor list")))?;
            self.file.insert(name, value);
        }
        path.clone_into(&mut self.file_path);
        Ok(self)
    }

    pub(super) fn refuse_unknown(&self) -> Result<(), ConfigError> {
        let is_known = |name: &String| SETTINGS.iter().any(|setting| setting.name == name);
        match self.file.keys().find(|name| !is_known(name)) {
            None => Ok(()),
            Some(name) => Err(ConfigError::Unknown { name: name.clone(), origin: self.file_path.clone() }),
        }
    }

    /// The value of a setting and where it came from.
    fn given(&self, name: &str) -> Option<(&str, String)> {
        let setting = SETTINGS.iter().find(|setting| setting.name == name);
        let (env, flag) = setting.map_or((name, name), |setting| (setting.env, setting.flag));
        let flags = || self.flags.get(name).map(|value| (value.as_str(), flag.to_owned()));
        let env = || self.env.get(name).map(|value| (value.as_str(), env.to_owned()));
        let file = || self.file.get(name).map(|value| (value.as_str(), self.file_path.clone()));
        flags().or_else(env).or_else(file)
    }

    /// Reads a setting; `None` where nobody gave it.
    ///
    /// # Errors
    /// When its value is wrong.
    pub fn parse<T, E: Display>(
        &self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigError> {
        let Some((value, origin)) = self.given(name) else {
            return Ok(None);
        };
        parse(value).map(Some).map_err(|reason| ConfigError::Invalid {
            name: name.to_owned(),
            origin,
            reason: reason.to_string(),
        })
    }

    /// Reads a whole number within bounds.
    ///
    /// # Errors
    /// When its value is wrong.
    pub fn number(
        &self,
        name: &str,
        default: u32,
        bounds: std::ops::RangeInclusive<u32>,
    ) -> Result<u32, ConfigError> {
        let within = |text: &str| {
            let number = text.parse().ok().filter(|number| bounds.contains(number));
            number
                .ok_or_else(|| format!("must be a whole number from {} to {}", bounds.start(), bounds.end()))
        };
        Ok(self.parse(name, within)?.unwrap_or(default))
    }
}

fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(text_of).collect();
            items.map(|items| items.join(","))
        }
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}
