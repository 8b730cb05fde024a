//! Settings: flags before environment before file. One small struct per concern, checked once at start; whoever made a
//! mistake learns which setting it is in and where it came from.

mod database;
mod defence;
mod evidence;
mod files;
mod http;
mod integrations;
mod logging;
mod secrets;
mod source;
mod store;
mod tokens;

pub use database::DatabaseConfig;
pub use defence::DefenceConfig;
pub use evidence::EvidenceConfig;
pub use files::FilesConfig;
pub use http::HttpConfig;
pub use integrations::IntegrationsConfig;
pub use logging::LoggingConfig;
pub use secrets::SecretsConfig;
pub use source::{ConfigError, SETTINGS, Setting, Source};
pub use store::StoreConfig;
pub use tokens::TokensConfig;

/// Everything that a server needs to know.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens and how it treats requests.
    pub http: HttpConfig,
    /// Where the data are and how the log is written.
    pub database: DatabaseConfig,
    /// What the shop is like.
    pub store: StoreConfig,
    /// How long people stay signed in.
    pub tokens: TokensConfig,
    /// Keys and the first account.
    pub secrets: SecretsConfig,
    /// Broker, mail and the jobs that need them.
    pub integrations: IntegrationsConfig,
    /// Where uploaded images are kept.
    pub files: FilesConfig,
    /// How events are sealed.
    pub evidence: EvidenceConfig,
    /// What is written to the program's log.
    pub logging: LoggingConfig,
}

impl Config {
    /// Reads and checks every setting.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn from_source(source: &Source) -> Result<Self, ConfigError> {
        source.refuse_unknown()?;
        Ok(Self {
            http: HttpConfig::from_source(source)?,
            database: DatabaseConfig::from_source(source)?,
            store: StoreConfig::from_source(source)?,
            tokens: TokensConfig::from_source(source)?,
            secrets: SecretsConfig::from_source(source)?,
            integrations: IntegrationsConfig::from_source(source)?,
            files: FilesConfig::from_source(source)?,
            evidence: EvidenceConfig::from_source(source)?,
            logging: LoggingConfig::from_source(source)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_any_setting_the_defaults_serve() {
        let config = Config::from_source(&Source::default()).unwrap();
        assert_eq!(config.http.listen, "127.0.0.1:8080");
        assert_eq!(config.store.locales.tags(), ["en", "ar", "ku"]);
        assert!(config.database.connection.database_url.is_none());
    }

    #[test]
    fn every_default_in_the_table_is_the_one_that_serves() {
        let mut source = Source::default();
        for setting in SETTINGS.iter().filter(|setting| !setting.default.is_empty()) {
            if !["number of cores", "generated", "shown once"].contains(&setting.default) {
                source = source.flag(setting.name, setting.default);
            }
        }
        let (stated, actual) =
            (Config::from_source(&source).unwrap(), Config::from_source(&Source::default()).unwrap());
        assert_eq!(format!("{:?}", stated.http), format!("{:?}", actual.http));
        assert_eq!(format!("{:?}", stated.store), format!("{:?}", actual.store));
        assert_eq!(format!("{:?}", stated.tokens), format!("{:?}", actual.tokens));
        assert_eq!(format!("{:?}", stated.integrations), format!("{:?}", actual.integrations));
        assert_eq!(format!("{:?}", stated.files), format!("{:?}", actual.files));
        assert_eq!(format!("{:?}", stated.evidence), format!("{:?}", actual.evidence));
        assert_eq!(format!("{:?}", stated.logging), format!("{:?}", actual.logging));
    }

    #[test]
    fn the_guide_holds_the_same_table() {
        let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/configuration.md");
        let guide = std::fs::read_to_string(guide).unwrap();
        let code = |text: &str| {
            if text.is_empty() {
                String::new()
            } else {
                format!("`{text}`")
            }
        };
        let row = |setting: &Setting| {
            let default = match setting.default {
                said @ ("number of cores" | "generated" | "shown once") => said.to_owned(),
                value => code(value),
            };
            let cells = [
                code(setting.flag),
                code(setting.env),
                code(setting.name),
                default,
                setting.what.to_owned(),
            ];
            cells
                .map(|cell| {
                    if cell.is_empty() {
                        "|".to_owned()
                    } else {
                        format!("| {cell} ")
                    }
                })
                .concat()
        };
        let spaceless =
            |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").replace("| |", "||");
        let written: Vec<String> = guide
            .lines()
            .filter(|line| {
                line.starts_with('|') && ["SOUK_", "_URL", "OTEL_"].iter().any(|part| line.contains(part))
            })
            .map(|line| spaceless(line.trim_end_matches('|')))
            .collect();
        let settings: Vec<String> = SETTINGS.iter().map(|setting| spaceless(&row(setting))).collect();
        assert_eq!(written, settings);
    }

    #[test]
    fn a_wrong_setting_is_named_with_its_origin() {
        for (name, value, part) in [
            ("listen", "nowhere", "listen"),
            ("workers", "0", "workers"),
            ("pool_size", "x", "pool_size"),
            ("locales", "english please", "locales"),
            ("admin_email", "nobody", "admin_email"),
            ("database_url", "mysql://x", "database_url"),
            ("log_format", "xml", "log_format"),
            ("access_token_minutes", "0", "access_token_minutes"),
            ("secret", "short", "secret"),
            ("master_key", "c2hvcnQ=", "master_key"),
            ("retired_master_keys", "c2hvcnQ=,x", "retired_master_keys"),
            ("currency", "XXX", "currency"),
            ("amqp_url", "http://souk:hunter2@mq", "amqp_url"),
            ("smtp_url", "pop3://souk:hunter2@mail", "smtp_url"),
            ("mail_from", "nobody", "mail_from"),
            ("account_url", "nowhere", "account_url"),
            ("broker_prefix", "a b", "broker_prefix"),
            ("job_retry_delays_s", "5,soon", "job_retry_delays_s"),
            ("trusted_proxies", "10.0.0.0/8,proxy", "trusted_proxies"),
            ("proxy_header", "x-real-ip", "proxy_header"),
            ("cors_origins", "*", "cors_origins"),
            ("cors_origins", "https://portal.example/", "cors_origins"),
            ("rate_limits", "maybe", "rate_limits"),
            ("rate_limit_per_minute", "-1", "rate_limit_per_minute"),
            ("body_limit_bytes", "1", "body_limit_bytes"),
            ("metrics_token", "hunter2", "metrics_token"),
            ("store_name", "a\nb", "store_name"),
            ("s3_bucket", "A Bucket", "s3_bucket"),
            ("images_at_once", "0", "images_at_once"),
            ("evidence_origin", "a log", "evidence_origin"),
            ("evidence_events", "0", "evidence_events"),
            ("evidence_seconds", "0", "evidence_seconds"),
            ("evidence_s3_bucket", "A Bucket", "evidence_s3_bucket"),
            ("evidence_webhook_url", "ftp://souk:hunter2@witness", "evidence_webhook_url"),
        ] {
            let error =
                Config::from_source(&Source::default().env_text(name, value)).unwrap_err().to_string();
            let setting = SETTINGS.iter().find(|setting| setting.name == name).unwrap();
            assert!(error.contains(part) && error.contains(setting.env), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        // A bucket without keys is none.
        let bucket = Source::default().env_text("s3_bucket", "shop").env_text("s3_access_key", "hunter2");
        let error = Config::from_source(&bucket).unwrap_err().to_string();
        assert!(error.contains("s3_secret_key") && !error.contains("hunter2"), "{error}");
        let file = Source::default().file_text("lisden = \"127.0.0.1:1\"", "souk.toml").unwrap();
        let error = Config::from_source(&file).unwrap_err().to_string();
        assert!(error.contains("lisden") && error.contains("souk.toml"), "{error}");
    }

    #[test]
    fn flags_go_before_environment_before_file() {
        let file =
            || Source::default().file_text("listen = \"127.0.0.1:1\"\nworkers = 3", "souk.toml").unwrap();
        let listen = |source: &Source| Config::from_source(source).unwrap().http.listen;
        assert_eq!(listen(&file()), "127.0.0.1:1");
        assert_eq!(listen(&file().env_text("listen", "127.0.0.1:2")), "127.0.0.1:2");
        let all = file().env_text("listen", "127.0.0.1:2").flag("listen", "127.0.0.1:3");
        assert_eq!(listen(&all), "127.0.0.1:3");
        assert_eq!(Config::from_source(&all).unwrap().http.workers, 3);
    }
}
