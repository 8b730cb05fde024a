//! The product under test: its settings, and a catalogue for the workload.

use anyhow::{Context, Result, bail};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{PRODUCTS, Shop, WAREHOUSES};

const EMAIL: &str = "admin@souk.local";
const PASSWORD: &str = "faults-find-nothing-today-7";

/// The same on every node, as keys of requests are told apart by it.
pub(super) const SETTINGS: [(&str, &str); 5] = [
    ("SOUK_ADMIN_EMAIL", EMAIL),
    ("SOUK_ADMIN_PASSWORD", PASSWORD),
    ("SOUK_MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
    // All load comes from one address.
    ("SOUK_RATE_LIMITS", "off"),
    ("SOUK_SECRET", "a secret of the fault suite, for no other use"),
];

/// Signs in, opens warehouses and registers products.
pub(super) async fn open_shop(node: &str) -> Result<Shop> {
    let http = Client::builder().no_proxy().build()?;
    let base = format!("{node}/api/v1");
    let login = json!({ "email": EMAIL, "password": PASSWORD });
    let signed_in = ask(http.post(format!("{base}/auth/login")).json(&login)).await?;
    let token = signed_in.get("access_token").and_then(Value::as_str).context("no access token")?.to_owned();
    let mut warehouses = Vec::new();
    for number in 0..WAREHOUSES {
        let request = http.post(format!("{base}/warehouses")).bearer_auth(&token);
        let code = format!("W{number}");
        warehouses.push(id_of(
            &ask(request.json(&json!({ "code": code, "name": { "en": code } }))).await?,
            "wrh_",
        )?);
    }
    let mut products = Vec::new();
    for number in 0..PRODUCTS {
        let request = http.post(format!("{base}/products")).bearer_auth(&token);
        let sku = format!("SKU-{number}");
        let body = json!({
            "sku": sku,
            "title": { "en": sku },
            "prices": { "base": { "amount": "1.25", "currency": "GBP" } },
        });
        products.push(id_of(&ask(request.json(&body)).await?, "prd_")?);
    }
    Ok(Shop { products, warehouses, token: Some(token) })
}

async fn ask(request: RequestBuilder) -> Result<Value> {
    let response = request.send().await?;
    let status = response.status();
    let body = response.text().await?;
    if !status.is_success() {
        bail!("filling the catalogue: {status} {body}");
    }
    Ok(serde_json::from_str(&body)?)
}

fn id_of(body: &Value, prefix: &str) -> Result<Uuid> {
    let id = body.get("id").and_then(Value::as_str).and_then(|id| id.strip_prefix(prefix));
    id.and_then(|id| Uuid::try_parse(id).ok()).with_context(|| format!("no id {prefix}… in {body}"))
}
