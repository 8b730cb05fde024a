//! The command line.

mod erasures;
mod import;
mod keys;
mod serve;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use event_store::{Log, connection::OpenMode};

use crate::{
    config::{Config, ConfigError, Source},
    operations::Telemetry,
};

/// An event-sourced commerce backend.
#[derive(Debug, Parser)]
#[command(name = "souk", version, about)]
pub struct Cli {
    #[command(flatten)]
    connection: ConnectionFlags,
    #[command(subcommand)]
    command: Command,
}

/// The same for every command: where the data are.
#[derive(Debug, Args)]
struct ConnectionFlags {
    /// Folder of the private PostgreSQL, whether it runs or not [env: SOUK_DATA_DIR]
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// A PostgreSQL of your own, instead of the private one [env: DATABASE_URL]
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// TOML file with settings (see docs/configuration.md) [env: SOUK_CONFIG]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API
    Serve(ServeFlags),
    /// Bring the database's schema up to date
    Migrate,
    /// Import another system's history
    Import {
        #[command(subcommand)]
        source: ImportSource,
    },
    /// Look at keys and replace them
    Keys {
        #[command(subcommand)]
        what: KeysCommand,
    },
    /// Carry the list of erasures from place to place
    Erasures {
        #[command(subcommand)]
        what: ErasuresCommand,
    },
    /// Print the OpenAPI document
    Openapi,
}

/// What to do with the list of erasures.
#[derive(Debug, Subcommand)]
enum ErasuresCommand {
    /// Print it, as the database knows it
    List,
    /// Add lines from standard input to this node's list; the next start applies them
    Add,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Wrap the keys of all personal data anew: with a new master key in its file, or with the configured one
    RotateMaster,
    /// Show the keys that sign access tokens, of every node
    Signing,
    /// Have every node replace the key that signs access tokens: published first, then signed with; servers go on running
    RotateSigning {
        /// For how many seconds successors are published before they sign; longer than others keep the published keys
        #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u32).range(0..=604_800))]
        after: u32,
    },
    /// Refuse every token of a signing key from now on, on every node, because it may be known to others
    WithdrawSigning {
        /// Its id, as the tokens' `kid` and `souk keys signing` show it
        key_id: String,
    },
}

/// What to import.
#[derive(Debug, Subcommand)]
enum ImportSource {
    /// UCI "Online Retail": invoices as csv or csv.gz; running it again adds what is missing and doubles nothing
    OnlineRetail {
        /// The file
        file: PathBuf,
    },
}

/// How to serve.
#[derive(Debug, Args)]
struct ServeFlags {
    /// Address and port to listen on [env: SOUK_LISTEN]
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Seed a small shop to try things with; may be said each time
    #[arg(long)]
    demo: bool,
    /// Hold the read models where they are (for measuring the write side alone)
    #[arg(long)]
    no_projections: bool,
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// Whatever kept it from being done.
    pub async fn run(self) -> Result<()> {
        let config = self.config()?;
        match self.command {
            Command::Openapi => {
                println!("{}", serde_json::to_string_pretty(&crate::docs::document())?);
                Ok(())
            }
            Command::Serve(flags) => {
                let telemetry = Telemetry::install(&config.logging)?;
                let asked = serve::Asked { demo: flags.demo, no_projections: flags.no_projections };
                let outcome = serve::run(&config, asked).await;
                telemetry.flush().await;
                outcome
            }
            Command::Migrate => {
                Telemetry::install(&config.logging)?;
                migrate(&config).await
            }
            Command::Erasures { what } => {
                Telemetry::install(&config.logging)?;
                erasures::run(&config, &what).await
            }
            Command::Keys { what } => {
                Telemetry::install(&config.logging)?;
                keys::run(&config, what).await
            }
            Command::Import { source: ImportSource::OnlineRetail { file } } => {
                Telemetry::install(&config.logging)?;
                import::run(&config, &file).await
            }
        }
    }

    fn config(&self) -> Result<Config, ConfigError> {
        let flags = &self.connection;
        let mut source = Source::from_env();
        let file = flags
            .config
            .clone()
            .or_else(|| std::env::var_os("SOUK_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from));
        if let Some(file) = file {
            source = source.file(&file)?;
        }
        if let Some(data_dir) = &flags.data_dir {
            // Who names a folder means the PostgreSQL in it, whatever the environment says.
            source = source.flag("data_dir", data_dir.display().to_string()).except("database_url");
        }
        if let Some(url) = &flags.database_url {
            source = source.flag("database_url", url);
        }
        if let Command::Serve(ServeFlags { listen: Some(listen), .. }) = &self.command {
            source = source.flag("listen", listen);
        }
        Config::from_source(&source)
    }
}

async fn migrate(config: &Config) -> Result<()> {
    let database = config.database.connection.open(OpenMode::Tool).await?;
    let outcome = Log::migrate(&database.connect_options()?).await;
    database.stop().await?;
    outcome?;
    println!("The schema is up to date.");
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
        let cli = Cli::parse_from([
            "souk",
            "serve",
            "--listen",
            "127.0.0.1:1",
            "--data-dir",
            "x",
            "--demo",
        ]);
        let config = cli.config().unwrap();
        assert_eq!(config.http.listen, "127.0.0.1:1");
        assert_eq!(config.database.connection.data_dir(), std::path::Path::new("x"));
    }
}
