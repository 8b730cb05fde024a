//! The servers that the suite drives, and how they are spoken to.

mod souk;

use std::{
    env,
    path::{Path, PathBuf},
    process::Command as Program,
};

use anyhow::{Context, Result, bail};
use event_store::ids;
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::load::{Command, Outcome};

/// Products of the workload; the first one is everybody's favourite.
const PRODUCTS: usize = 40;
const WAREHOUSES: usize = 2;

/// What is under test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Target {
    /// The suite's own node: log, domain and projections behind a few routes.
    Node,
    /// The product: `souk serve`, from the folder that this program stands in.
    Souk,
}

/// How to start one node.
#[derive(Debug, Clone)]
pub(crate) struct NodeSettings {
    pub(crate) database_url: String,
    pub(crate) port: u16,
    pub(crate) io_timeout_ms: u64,
    /// Where the nodes of a round keep their keys, the same for all of them.
    pub(crate) data_dir: PathBuf,
    /// A fault to plant, by name; only a build with `planted-faults` obeys.
    pub(crate) planted: Option<String>,
}

impl Target {
    /// The program of one node, ended by the kernel when this process ends in any way.
    pub(crate) fn program(self, settings: &NodeSettings) -> Result<Program> {
        let own = env::current_exe().context("finding this program")?;
        let listen = format!("127.0.0.1:{}", settings.port);
        let mut program = match self {
            Self::Node => {
                let mut program = bound_to_parent(&own);
                let io_timeout = settings.io_timeout_ms.to_string();
                program.args(["node", "--listen", &listen, "--io-timeout-ms", &io_timeout]);
                program
            }
            Self::Souk => {
                let mut program = bound_to_parent(&souk_beside(&own)?);
                program.args(["serve", "--listen", &listen]);
                program
            }
        };
        for (name, _) in env::vars().filter(|(name, _)| name.starts_with("SOUK_")) {
            program.env_remove(name);
        }
        if self == Self::Souk {
            program.envs(souk::SETTINGS).env("SOUK_DATA_DIR", &settings.data_dir);
        }
        program.env("DATABASE_URL", &settings.database_url);
        if let Some(planted) = &settings.planted {
            program.env("SOUK_PLANTED_FAULT", planted);
        }
        Ok(program)
    }

    /// What there is to buy; the product's catalogue is filled for it by way of `node`.
    pub(crate) async fn shop(self, node: &str) -> Result<Shop> {
        match self {
            Self::Node => {
                let new_ids = |count: usize| (0..count).map(|_| ids::uuid()).collect();
                Ok(Shop {
                    products: new_ids(PRODUCTS),
                    warehouses: new_ids(WAREHOUSES),
                    token: None,
                })
            }
            Self::Souk => souk::open_shop(node).await,
        }
    }
}

fn souk_beside(own: &Path) -> Result<PathBuf> {
    let souk = own.with_file_name("souk");
    if !souk.is_file() {
        bail!("there is no {}: build the server first (cargo build --package api)", souk.display());
    }
    Ok(souk)
}

/// `setpriv --pdeathsig KILL program`, where there is a `setpriv`: it replaces itself by the program.
fn bound_to_parent(program: &Path) -> Program {
    let setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].into_iter().find(|path| Path::new(path).exists());
    match setpriv {
        Some(setpriv) => {
            let mut bound = Program::new(setpriv);
            bound.args(["--pdeathsig", "KILL"]).arg(program);
            bound
        }
        None => Program::new(program),
    }
}

/// The products and warehouses of one run, and the way to ask for them.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) products: Vec<Uuid>,
    pub(crate) warehouses: Vec<Uuid>,
    /// Of the account that asks, where one must sign in.
    token: Option<String>,
}

impl Shop {
    /// One attempt of `command` under its key.
    pub(crate) fn request(&self, http: &Client, node: &str, id: Uuid, command: &Command) -> RequestBuilder {
        let base = format!("{node}/api/v1");
        let request = match command {
            Command::Place { lines } => {
                let line = |(product, quantity): &(Uuid, u32)| json!({ "product_id": text("prd", *product), "quantity": quantity });
                let lines: Vec<Value> = lines.iter().map(line).collect();
                http.post(format!("{base}/orders")).json(&json!({ "lines": lines }))
            }
            Command::Adjust { product, warehouse, delta } => {
                http.patch(format!("{base}/inventory/stock/update")).json(&json!({
                    "product_id": text("prd", *product),
                    "warehouse_id": text("wrh", *warehouse),
                    "delta": delta,
                    "reason": tag(id),
                }))
            }
            Command::Cancel { order } => http
                .put(format!("{base}/orders/{}/cancel", text("ord", *order)))
                .json(&json!({ "reason": tag(id) })),
        };
        let request = request.header("Idempotency-Key", id.to_string());
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// What an attempt came to.
    pub(crate) async fn outcome(&self, response: Result<Response, reqwest::Error>) -> Outcome {
        match response {
            Ok(response) => read(response).await.unwrap_or_else(|error| unknown(&error)),
            Err(error) => unknown(&error),
        }
    }
}

/// The reason that marks the events of a command.
pub(crate) fn tag(id: Uuid) -> String {
    format!("faults:{id}")
}

fn text(prefix: &str, id: Uuid) -> String {
    format!("{prefix}_{}", id.simple())
}

fn unknown(error: &reqwest::Error) -> Outcome {
    let why = if error.is_connect() {
        "no connection"
    } else {
        "the connection was lost"
    };
    Outcome::Unknown { why: why.to_owned() }
}

async fn read(response: Response) -> Result<Outcome, reqwest::Error> {
    let status = response.status();
    let header = |name: &str| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned)
    };
    let (position, replayed) = (header("Event-Position"), header("Idempotent-Replayed").is_some());
    let body: Value = serde_json::from_slice(&response.bytes().await?).unwrap_or(Value::Null);
    let code = body.get("code").and_then(Value::as_str).unwrap_or_default().to_owned();
    let wrong = |what: &str| Outcome::Wrong { what: format!("{status} {code} {what}") };
    Ok(if status.is_success() {
        match position.as_deref().and_then(parse_position) {
            Some((epoch, position)) => {
                Outcome::Accepted { order: order_of(&body), epoch, position, replayed }
            }
            None => wrong("without Event-Position"),
        }
    } else if status == StatusCode::SERVICE_UNAVAILABLE {
        if code == "outcome-unknown" {
            Outcome::Unknown { why: code }
        } else {
            Outcome::NotDone { code }
        }
    } else if status == StatusCode::REQUEST_TIMEOUT {
        // A node that was stopped did not read it in time, and did nothing with it.
        Outcome::NotDone { code: "request-timeout".to_owned() }
    } else if status == StatusCode::CONFLICT && code == "idempotency-key-in-flight" {
        Outcome::NotDone { code }
    } else if status == StatusCode::CONFLICT {
        Outcome::Refused { code }
    } else {
        wrong("")
    })
}

fn parse_position(text: &str) -> Option<(u32, i64)> {
    let (epoch, position) = text.split_once('.')?;
    Some((epoch.parse().ok()?, position.parse().ok()?))
}

fn order_of(body: &Value) -> Option<Uuid> {
    let id = body.get("id")?.as_str()?.strip_prefix("ord_")?;
    Uuid::try_parse(id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_an_epoch_and_a_number() {
        assert_eq!(parse_position("1.42"), Some((1, 42)));
        assert_eq!(parse_position("42"), None);
    }

    #[test]
    fn an_order_is_read_from_the_answer() {
        let id = ids::uuid();
        assert_eq!(order_of(&json!({ "id": text("ord", id) })), Some(id));
        assert_eq!(order_of(&json!({ "id": null })), None);
    }
}
