//! The frozen denominator: what PostgreSQL itself does with one transaction per order (`tests/load/baseline`).

use std::process::Command;

use anyhow::{Context, Result, bail};
use sqlx::{Connection, PgConnection};

const SCHEMA: &str = include_str!("baseline/orders-schema.sql");

/// Transactions per second of `orders.pgbench`, the best of 16, 32 and 64 clients, on the server at `url`.
pub(crate) async fn orders_per_second(url: &str, seconds: u32) -> Result<f64> {
    let database = fresh_database(url).await?;
    let mut best = 0.0_f64;
    for clients in [16, 32, 64] {
        let tps = pgbench(&database, clients, seconds)?;
        println!("  pgbench, {clients} clients: {tps:.0} tps");
        best = best.max(tps);
    }
    drop_database(url).await?;
    Ok(best)
}

fn pgbench(url: &str, clients: u32, seconds: u32) -> Result<f64> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/load/baseline/orders.pgbench");
    let output = Command::new(program()?)
        .args(["-n", "-M", "prepared", "-j", "2", "-f", script])
        .args(["-c", &clients.to_string(), "-T", &seconds.to_string()])
        .arg(url)
        .output()?;
    if !output.status.success() {
        bail!("pgbench: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().find(|line| line.starts_with("tps = ")).context("pgbench told no tps")?;
    Ok(line.split_whitespace().nth(2).context("no number")?.parse()?)
}

/// pgbench stands beside the server's programs, which are often not on the path.
fn program() -> Result<std::path::PathBuf> {
    Ok(event_store::embedded::programs_folder()?.join("pgbench"))
}

async fn fresh_database(url: &str) -> Result<String> {
    drop_database(url).await?;
    let mut server = PgConnection::connect(url).await?;
    sqlx::query("create database souk_baseline").execute(&mut server).await?;
    let database = with_database(url, "souk_baseline")?;
    let mut connection = PgConnection::connect(&database).await?;
    sqlx::raw_sql(SCHEMA).execute(&mut connection).await?;
    Ok(database)
}

async fn drop_database(url: &str) -> Result<()> {
    let mut server = PgConnection::connect(url).await?;
    // Not by force: only PostgreSQL itself may send an autovacuum worker away, and does.
    sqlx::query("drop database if exists souk_baseline").execute(&mut server).await?;
    Ok(())
}

/// Vacuums and analyzes a database.
pub(crate) async fn tidy(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::query("vacuum (analyze)").execute(&mut connection).await?;
    Ok(())
}

/// The same server, another database.
pub(crate) fn with_database(url: &str, name: &str) -> Result<String> {
    let (base, query) = url.split_once('?').map_or((url, ""), |(base, query)| (base, query));
    let cut = base.rfind('/').context("no database in the URL")?;
    let query = if query.is_empty() {
        String::new()
    } else {
        format!("?{query}")
    };
    Ok(format!("{}/{name}{query}", &base[..cut]))
}
