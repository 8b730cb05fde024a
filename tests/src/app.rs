//! A node under test: in this process, on a free port, over a database of its own; and a client that speaks its API.

use api::{
    config::{Config, Source},
    server::{Server, ServerOptions},
};
use domain::{
    identity::{PersonalDetails, Role},
    ids::CompanyId,
    text::Zone,
};
use event_store::LogPosition;
use reqwest::{Method, RequestBuilder, StatusCode, header::HeaderMap};
use serde_json::{Value, json};
use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};
use tempfile::TempDir;
use uuid::Uuid;

use crate::TestDatabase;

/// The password of every account of a test.
pub const PASSWORD: &str = "four plain words";
const ADMIN: &str = "admin@example.com";
/// 32 zero bytes: nodes on one database share their master key.
pub const MASTER_KEY: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
/// So long a test waits for the read models, which may have a whole month to read; a test that needs longer is wrong.
const SETTLED_WITHIN: Duration = Duration::from_secs(90);

/// A node under test.
pub struct TestApp {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its inside.
    pub server: Server,
    /// Its database.
    pub database: Arc<TestDatabase>,
    http: reqwest::Client,
    data_dir: TempDir,
}

impl TestApp {
    /// Starts a node.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn spawn() -> Self {
        Self::spawn_with(|source| source).await
    }

    /// Starts a node on a database that has a past.
    ///
    /// # Panics
    /// When it does not start.
    #[expect(clippy::panic, reason = "a test without its node cannot go on")]
    pub async fn over(database: TestDatabase) -> Self {
        match Self::try_spawn(Arc::new(database), |source| source).await {
            Ok(app) => app,
            Err(error) => panic!("no node for this test: {error:#}"),
        }
    }

    /// Starts a node with settings of its own.
    ///
    /// # Panics
    /// When it does not start.
    #[expect(clippy::panic, reason = "a test without its node cannot go on")]
    pub async fn spawn_with(settings: impl FnOnce(Source) -> Source) -> Self {
        match Self::try_spawn(Arc::new(TestDatabase::furnished().await), settings).await {
            Ok(app) => app,
            Err(error) => panic!("no node for this test: {error:#}"),
        }
    }

    /// Starts another node on the same database.
    ///
    /// # Panics
    /// When it does not start.
    #[expect(clippy::panic, reason = "a test without its node cannot go on")]
    pub async fn beside(&self, settings: impl FnOnce(Source) -> Source) -> Self {
        match Self::try_spawn(Arc::clone(&self.database), settings).await {
            Ok(app) => app,
            Err(error) => panic!("no second node for this test: {error:#}"),
        }
    }

    async fn try_spawn(
        database: Arc<TestDatabase>,
        settings: impl FnOnce(Source) -> Source,
    ) -> anyhow::Result<Self> {
        let data_dir = tempfile::tempdir()?;
        let source = Source::default()
            .flag("listen", "127.0.0.1:0")
            .flag("data_dir", data_dir.path().display().to_string())
            .flag("database_url", database.url())
            .flag("workers", "1")
            .flag("log_requests", "false")
            .flag("rate_limits", "off")
            .flag("master_key", MASTER_KEY)
            .flag("admin_email", ADMIN)
            .flag("admin_password", PASSWORD);
        let config = Config::from_source(&settings(source))?;
        let server = Server::start(&config, database.url().parse()?, ServerOptions::default()).await?;
        Ok(Self {
            address: server.address,
            server,
            database,
            http: reqwest::Client::builder().no_gzip().build()?,
            data_dir,
        })
    }

    /// Its data folder.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        self.data_dir.path()
    }

    /// Nobody.
    #[must_use]
    pub fn anonymous(&self) -> Client {
        Client {
            http: self.http.clone(),
            base: format!("http://{}", self.address),
            token: None,
            key: None,
        }
    }

    /// The super admin.
    pub async fn admin(&self) -> Client {
        self.sign_in(ADMIN).await
    }

    /// A new customer.
    pub async fn customer(&self) -> Client {
        self.account(Role::Customer, &[], None).await
    }

    /// A new account.
    ///
    /// # Panics
    /// When it cannot be made.
    #[expect(clippy::expect_used, reason = "a test ends where an expectation fails")]
    pub async fn account(&self, role: Role, zones: &[&str], company: Option<CompanyId>) -> Client {
        use commands::identity::{Email, NewAccount, Secret};
        let email = format!("{}@example.com", event_store::ids::uuid().simple());
        let zones: Result<Vec<Zone>, _> = zones.iter().map(|zone| Zone::parse(zone)).collect();
        let account = NewAccount {
            email: Email::parse(&email).expect("an address"),
            password: Secret::new(PASSWORD.to_owned()),
            role,
            zones: zones.expect("zones"),
            company,
            details: PersonalDetails::default(),
        };
        let identity = &self.server.souk.identity;
        identity.register_account(&commands::Call::system(), account).await.expect("an account");
        self.sign_in(&email).await
    }

    /// Signs in.
    pub async fn sign_in(&self, email: &str) -> Client {
        let tokens = self
            .anonymous()
            .post("/api/v1/auth/login", &json!({"email": email, "password": PASSWORD}))
            .await
            .ok();
        let token = tokens["access_token"].as_str().map(str::to_owned);
        Client { token, ..self.anonymous() }
    }

    /// Waits until every read model stands where the log stands.
    ///
    /// # Panics
    /// When that takes too long.
    #[expect(clippy::expect_used, reason = "a test ends where an expectation fails")]
    pub async fn settle(&self) {
        let reads = &self.server.souk.reads;
        let head = reads.log.refresh_head().await.expect("the log's end");
        for status in reads.subscriptions.status().await.expect("the read models") {
            let reached = reads.subscriptions.wait_for(&status.key, head, SETTLED_WITHIN).await;
            reached.expect("the read models come to the log's end");
        }
    }

    /// How far the log reaches.
    #[must_use]
    pub fn head(&self) -> LogPosition {
        self.server.souk.log.reader().head()
    }
}

/// Somebody who speaks to a node.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    /// An API key and its secret.
    key: Option<(String, String)>,
}

impl Client {
    /// Somebody with an access token, at a node that the test started by itself.
    #[must_use]
    pub fn at(base: &str, token: &str) -> Self {
        Self {
            http: reqwest::Client::new(),
            base: base.to_owned(),
            token: Some(token.to_owned()),
            key: None,
        }
    }

    /// The access token.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The same, with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), key: None, ..self.clone() }
    }

    /// A program with an API key, and nobody's token.
    #[must_use]
    pub fn with_key(&self, id: &str, secret: &str) -> Self {
        Self {
            token: None,
            key: Some((id.to_owned(), secret.to_owned())),
            ..self.clone()
        }
    }

    /// A request that the test goes on with.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match (&self.token, &self.key) {
            (Some(token), _) => request.bearer_auth(token),
            (None, Some((id, secret))) => request.header("x-api-key", id).header("x-app-secret", secret),
            (None, None) => request,
        }
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Reply {
        Reply::of(self.request(Method::GET, path)).await
    }

    /// `GET` with a header.
    pub async fn get_with(&self, path: &str, name: &str, value: &str) -> Reply {
        Reply::of(self.request(Method::GET, path).header(name, value)).await
    }

    /// `POST` with a new idempotency key.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::POST, path, body).await
    }

    /// `PUT` with a new idempotency key.
    pub async fn put(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::PUT, path, body).await
    }

    /// `PATCH` with a new idempotency key.
    pub async fn patch(&self, path: &str, body: &Value) -> Reply {
        self.send(Method::PATCH, path, body).await
    }

    /// `DELETE` without a body.
    pub async fn delete(&self, path: &str) -> Reply {
        Reply::of(self.request(Method::DELETE, path)).await
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Reply {
        let key = event_store::ids::uuid().to_string();
        Reply::of(self.request(method, path).header("Idempotency-Key", key).json(body)).await
    }

    /// Opens a warehouse; answers its id.
    pub async fn warehouse(&self, code: &str) -> String {
        let warehouse = self.post("/api/v1/warehouses", &json!({"code": code, "name": {"en": code}})).await;
        warehouse.created()["id"].as_str().unwrap_or_default().to_owned()
    }

    /// Registers a product that costs `price` IQD; answers its id.
    pub async fn product(&self, sku: &str, price: &str) -> String {
        let product = json!({
            "sku": sku,
            "title": {"en": format!("{sku} in English"), "ar": format!("{sku} بالعربية")},
            "prices": {"base": {"amount": price, "currency": "IQD"}},
        });
        self.post("/api/v1/products", &product).await.created()["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Registers a company that pays 10 percent, under this id or a new one; answers its id.
    pub async fn company(&self, id: Option<CompanyId>) -> String {
        let id = id.map(|id| id.to_string());
        let company = json!({"id": id, "name": {"en": "Zagros Foods"}, "commission_basis_points": 1_000});
        self.post("/api/v1/companies", &company).await.created()["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Registers a product of a company that costs `price` IQD; answers its id.
    pub async fn product_of(&self, company: &str, sku: &str, price: &str) -> String {
        let product = json!({
            "sku": sku,
            "title": {"en": sku},
            "prices": {"base": {"amount": price, "currency": "IQD"}},
            "company_id": company,
        });
        self.post("/api/v1/products", &product).await.created()["id"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Adds stock (or takes it away).
    pub async fn stock(&self, product: &str, warehouse: &str, delta: i64) -> Reply {
        let adjustment = json!({
            "product_id": product, "warehouse_id": warehouse, "delta": delta, "reason": "a test",
        });
        self.patch("/api/v1/inventory/stock/update", &adjustment).await
    }

    /// Orders units of products.
    pub async fn order(&self, lines: &[(&str, u32)]) -> Reply {
        let lines: Vec<Value> = lines
            .iter()
            .map(|(product, quantity)| json!({"product_id": product, "quantity": quantity}))
            .collect();
        self.post("/api/v1/orders", &json!({"lines": lines})).await
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The bytes of the body.
    pub bytes: Vec<u8>,
}

impl Reply {
    /// Sends a request.
    ///
    /// # Panics
    /// When there is no answer.
    #[expect(clippy::expect_used, reason = "a test ends where an expectation fails")]
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        // A stream of events has no end.
        let is_endless =
            headers.get("content-type").is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
        let bytes = if is_endless {
            Vec::new()
        } else {
            response.bytes().await.expect("the whole answer").to_vec()
        };
        Self { status, headers, bytes }
    }

    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// The body of a 200.
    ///
    /// # Panics
    /// When it is something else.
    #[track_caller]
    pub fn ok(&self) -> Value {
        self.expect(StatusCode::OK)
    }

    /// The body of a 201.
    ///
    /// # Panics
    /// When it is something else.
    #[track_caller]
    pub fn created(&self) -> Value {
        self.expect(StatusCode::CREATED)
    }

    #[track_caller]
    fn expect(&self, status: StatusCode) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.bytes));
        self.json()
    }

    /// The body of a problem with this status and code.
    ///
    /// # Panics
    /// When it is something else.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let body = self.json();
        assert_eq!((self.status.as_u16(), body["code"].as_str()), (status, Some(code)), "{body}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(body["status"], status);
        let id = body["request_id"].as_str().and_then(|id| Uuid::try_parse(id).ok());
        assert_eq!(id.map(|id| id.to_string()).as_deref(), Some(self.header("x-request-id")));
        body
    }

    /// A header; empty where there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// How far the log had come with this command.
    #[must_use]
    pub fn position(&self) -> &str {
        self.header("event-position")
    }
}
