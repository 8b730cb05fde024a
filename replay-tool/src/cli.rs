//! The command line.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::{Args, Parser, Subcommand};
use event_store::Actor;

use crate::moment::Moment;

/// Looks into Souk's log: what happened, to which order, to which stock, and whether the log is whole.
#[derive(Debug, Parser)]
#[command(name = "souk-replay", version)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// One JSON document on standard output (`events`: one a line), failures included; docs/replay.md describes it
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where the log is; the same settings as the server's.
#[derive(Debug, Args)]
pub(crate) struct Connection {
    /// Folder of the private PostgreSQL, whether its server is running or not [env: SOUK_DATA_DIR] [default: data]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// A PostgreSQL of your own; goes before a data folder [env: DATABASE_URL]
    // As text: an error of the parser would show the password.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// An exported log, instead of a database
    #[arg(long = "file", global = true, value_name = "FILE", conflicts_with_all = ["data_dir", "database_url"])]
    pub(crate) log_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print events, one JSON object a line, in the order of the log
    Events(Events),
    /// Tell the story of one order: its events, and what happened with them in the same units
    Order(Order),
    /// Tell the story of one product's stock, with the balance after each step
    Stock(Stock),
    /// Explain what is on hand and available as a ledger: what came and went by cause, and who has taken what
    WhyStock(Stock),
    /// Explain a payout: what its company had earned and been charged by then, less what earlier payouts took
    WhyPayout {
        /// The payout's id (pay_…, or its UUID)
        payout: String,
    },
    /// Show what one thing was at a moment, part by part: an order, a stock, a product, a payout, or any other stream
    Show(Show),
    /// Show what changed between two moments, in one stream or in a whole projection
    Diff(Diff),
    /// Check the whole log (no gap, no step back in time, every stream dense, every event readable, every state sound),
    /// and that every projection is what the log says
    Verify(Verify),
    /// Write the whole log to a file, to be kept, checked or imported elsewhere; or, with --into, the log and all tables
    /// of the schema `read` as files for other tools
    Export(Export),
    /// Check a folder that `export --into` wrote against its manifest; needs no database
    Check {
        /// The folder
        folder: PathBuf,
    },
    /// Read an exported log into a database that has none
    Import {
        /// The file; - for standard input
        file: PathBuf,
    },
    /// Fill a projection's tables anew from the first event on, beside those that answer, and put them in their place
    Rebuild {
        /// Its name, or all
        projection: String,
        /// Compare the tables with the log first, and those that took their place afterwards
        #[arg(long)]
        compare: bool,
    },
    /// Make a working copy of the shop as it was, in a database that is empty
    Fork(Fork),
    /// Replay past orders through a draft of a promotion: what it would have cost, and whom it would have reached
    SimulatePromotion(SimulatePromotion),
}

#[derive(Debug, Args)]
pub(crate) struct Events {
    /// Only events of these names, such as OrderPlaced
    #[arg(long = "type", value_name = "NAME", value_delimiter = ',')]
    pub(crate) types: Vec<String>,
    /// Only one kind of stream (order), one stream (order/UUID, stock/prd_…), or one id (ord_…)
    #[arg(long, value_name = "STREAM")]
    pub(crate) stream: Option<crate::kinds::StreamFilter>,
    /// Only what this account (usr_…) or API key (key_…), `system` or `anonymous` did
    #[arg(long)]
    pub(crate) actor: Option<Actor>,
    /// Recorded at or after this time (RFC 3339) or this day
    #[arg(long, value_name = "TIME", value_parser = first_moment)]
    pub(crate) from: Option<DateTime<Utc>>,
    /// Recorded at or before this time (RFC 3339), or on this day or before
    #[arg(long, value_name = "TIME", value_parser = last_moment)]
    pub(crate) to: Option<DateTime<Utc>>,
    /// Only after this position
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    pub(crate) after: i64,
    /// Only up to this position
    #[arg(long, value_name = "POSITION")]
    pub(crate) up_to: Option<i64>,
    /// At most this many
    #[arg(long, value_name = "NUMBER")]
    pub(crate) limit: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Order {
    /// The order's id (ord_…, or its UUID), or its number in another system
    pub(crate) order: String,
    /// As it was at this position (42, 1.42) or time (RFC 3339)
    #[arg(long, value_name = "MOMENT")]
    pub(crate) as_of: Option<Moment>,
}

#[derive(Debug, Args)]
pub(crate) struct Stock {
    /// The product's SKU, or its id (prd_…, or its UUID)
    pub(crate) product: String,
    /// Only in the warehouse of this code
    #[arg(long, value_name = "CODE")]
    pub(crate) warehouse: Option<String>,
    /// As it was at this position (42, 1.42) or time (RFC 3339)
    #[arg(long, value_name = "MOMENT")]
    pub(crate) as_of: Option<Moment>,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// An id (ord_…), or a kind and an id, a SKU or a number in another system (stock/RICE-5, order/DEMO-1003)
    pub(crate) stream: crate::kinds::StreamFilter,
    /// As it was at this position (42, 1.42) or time (RFC 3339)
    #[arg(long, value_name = "MOMENT")]
    pub(crate) as_of: Option<Moment>,
    /// Which time of a fact counts: when it was recorded, or (with a time) when it happened
    #[arg(long, value_enum, default_value_t = By::RecordedAt, requires = "as_of")]
    pub(crate) by: By,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The file; - for standard output
    #[arg(required_unless_present = "into", conflicts_with = "into")]
    pub(crate) file: Option<PathBuf>,
    /// A folder, which must be empty or hold an export that was cut off: that one goes on
    #[arg(long, value_name = "FOLDER", requires = "format")]
    pub(crate) into: Option<PathBuf>,
    /// Of the files in the folder
    #[arg(long, value_enum, requires = "into")]
    pub(crate) format: Option<Format>,
    /// Only this table of the schema `read`, or `events`; may be repeated
    #[arg(long = "table", value_name = "NAME", requires = "into")]
    pub(crate) tables: Vec<String>,
}

/// What files an export is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// One JSON object a line
    Ndjson,
    /// Columns, for analytical tools
    Parquet,
}

impl Format {
    /// As it is typed, and as files end.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
        }
    }
}

/// An export of tables, whose folder and format were given.
#[derive(Debug)]
pub(crate) struct ExportTables {
    pub(crate) into: PathBuf,
    pub(crate) format: Format,
    pub(crate) tables: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Fork {
    /// Up to this position (42, 1.42) or time (RFC 3339); without it, up to now
    #[arg(long, value_name = "MOMENT")]
    pub(crate) until: Option<Moment>,
    /// The empty database
    // As text: an error of the parser would show the password.
    #[arg(long, value_name = "URL")]
    pub(crate) into: String,
    /// Copy the keys of persons too, so that names and addresses can be read there (with the same master key)
    #[arg(long)]
    pub(crate) with_personal_data: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SimulatePromotion {
    /// The draft: a promotion's terms as JSON, as its event PromotionCreated has them; - for standard input
    pub(crate) file: PathBuf,
    /// Orders placed at or after this time (RFC 3339) or day
    #[arg(long, value_name = "TIME", value_parser = first_moment)]
    pub(crate) from: Option<DateTime<Utc>>,
    /// Orders placed at or before this time (RFC 3339), or on this day or before
    #[arg(long, value_name = "TIME", value_parser = last_moment)]
    pub(crate) to: Option<DateTime<Utc>>,
}

/// The two times of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum By {
    /// What was known at that moment
    RecordedAt,
    /// What is known now of that moment
    EffectiveAt,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// After this position (42, 1.42) or time (RFC 3339)
    #[arg(value_name = "A")]
    pub(crate) from: Moment,
    /// Up to and including this one
    #[arg(value_name = "B")]
    pub(crate) to: Moment,
    /// One stream (order/UUID, stock/prd_…), or an id (ord_…): its events, and what they did to its state
    #[arg(long, required_unless_present = "projection", conflicts_with = "projection")]
    pub(crate) stream: Option<crate::kinds::StreamFilter>,
    /// A projection: the rows that differ, as the log makes them
    #[arg(long, value_name = "NAME")]
    pub(crate) projection: Option<String>,
    /// So many rows of each table
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    pub(crate) rows: i64,
}

#[derive(Debug, Default, Args)]
pub(crate) struct Verify {
    /// Of the projections only this one; may be repeated
    #[arg(long = "projection", value_name = "NAME")]
    pub(crate) projections: Vec<String>,
    /// Leave the projections out
    #[arg(long, conflicts_with = "projections")]
    pub(crate) no_projections: bool,
    /// Check the log against its signed tree heads, and nothing else
    #[arg(long, conflicts_with_all = ["projections", "no_projections"])]
    pub(crate) evidence: bool,
    /// A tree head that was obtained elsewhere; may be repeated
    #[arg(long = "head", value_name = "FILE", requires = "evidence")]
    pub(crate) heads: Vec<PathBuf>,
    /// A public key that was obtained elsewhere (shop.example/log+…), or a file with one; may be repeated
    #[arg(long = "key", value_name = "KEY", requires = "evidence")]
    pub(crate) keys: Vec<String>,
    /// Only the event at this position, which a proof leads to a tree head
    #[arg(long, value_name = "POSITION", requires_all = ["evidence", "proof"])]
    pub(crate) event: Option<i64>,
    /// The proof: an answer of GET /api/v1/audit/proofs/POSITION
    #[arg(long, value_name = "FILE", requires = "event")]
    pub(crate) proof: Option<PathBuf>,
}

fn first_moment(text: &str) -> Result<DateTime<Utc>, String> {
    time_or_day(text, NaiveTime::MIN)
}

fn last_moment(text: &str) -> Result<DateTime<Utc>, String> {
    // Recorded times have microseconds.
    let last = NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).unwrap_or(NaiveTime::MIN);
    time_or_day(text, last)
}

fn time_or_day(text: &str, of_day: NaiveTime) -> Result<DateTime<Utc>, String> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(day.and_time(of_day).and_utc());
    }
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .map_err(|_| "expected a time such as 2026-01-31T12:00:00Z, or a day such as 2026-01-31".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn a_day_begins_and_ends() {
        assert_eq!(first_moment("2026-01-31").unwrap().to_rfc3339(), "2026-01-31T00:00:00+00:00");
        assert_eq!(last_moment("2026-01-31").unwrap().to_rfc3339(), "2026-01-31T23:59:59.999999+00:00");
        assert_eq!(
            last_moment("2026-01-31T12:00:00+03:00").unwrap().to_rfc3339(),
            "2026-01-31T09:00:00+00:00"
        );
        assert!(first_moment("yesterday").is_err());
    }
}
