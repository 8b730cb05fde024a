//! A node: opens the log, starts the read side, serves requests, and stops without losing any.

use std::{
    net::{Shutdown, SocketAddr, TcpListener, ToSocketAddrs},
    sync::Arc,
    time::Duration,
};

use actix_web::{App, HttpServer, dev::ServerHandle, web};
use anyhow::{Context, Result};
use commands::{
    audit::AuditLog,
    cart::Carts,
    catalog::{Catalog, Reviews, Uploads},
    customers::Customers,
    identity::{FirstAdmin, Identity},
    inventory::Inventory,
    orders::Orders,
    payouts::Payouts,
    pricing::Pricing,
    vault::Vault,
    vendors::Vendors,
};
use event_store::{
    Log,
    subscription::{SubscriptionOptions, Subscriptions},
};
use integrations::{files::Files, images::Images};
use projections::catalog::product_list;
use socket2::Socket;
use sqlx::postgres::PgConnectOptions;
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep, timeout},
};

use crate::{
    analytics::{self, Exports},
    cart,
    catalog::{self, ProductPages, READ_MODEL},
    config::Config,
    customers, docs, evidence, housekeeping,
    http::{
        consistency::Reads,
        defence::{Gate, connections::Connections},
        envelope::{Envelope, Traffic},
        idempotency::Repeats,
        routes::Routes,
    },
    identity, inventory,
    operations::{self, Operations},
    orders::{self, invoice::Invoices},
    outside::Outside,
    payouts, pricing,
    realtime::{self, Feed},
    souk::Souk,
    steps::timed,
    vendors,
};

/// Time for batches that are under way when a node stops.
const LAST_BATCH: Duration = Duration::from_secs(3);

/// Time at most for jobs that run when a node stops; what is left of its grace, if that is less.
const LAST_JOBS: Duration = Duration::from_secs(10);

/// Time for the last entries of the audit log.
const LAST_ENTRIES: Duration = Duration::from_secs(5);

/// A node that stops has heard the last of its proxies when none of them used an open connection for this long.
const QUIET: Duration = Duration::from_millis(250);

/// How a node differs from what its configuration says.
#[derive(Debug, Clone, Default)]
pub struct ServerOptions {
    /// Hold the read models where they are, for measuring the write side alone.
    pub are_projections_paused: bool,
}

/// Names every route that is served.
pub fn routes(routes: &mut Routes) {
    // Before `/users/{id}`.
    customers::routes(routes);
    identity::routes::routes(routes);
    catalog::routes::routes(routes);
    inventory::routes::routes(routes);
    cart::routes(routes);
    orders::routes::routes(routes);
    pricing::routes(routes);
    vendors::routes::routes(routes);
    payouts::routes::routes(routes);
    analytics::routes::routes(routes);
    operations::routes::routes(routes);
    realtime::routes(routes);
    docs::routes::routes(routes);
}

/// A node at work.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Whether the first super admin was made just now, and with which password.
    pub first_admin: FirstAdmin,
    /// Its inside, for tests and for seeding.
    pub souk: web::Data<Souk>,
    listener: Socket,
    handle: ServerHandle,
    serving: JoinHandle<std::io::Result<()>>,
    helpers: Vec<JoinHandle<()>>,
    grace: Duration,
}

impl Server {
    /// Brings the schema up to date and starts to serve.
    ///
    /// # Errors
    /// When the address is taken, the database cannot be reached, or a key cannot be read.
    pub async fn start(config: &Config, connect: PgConnectOptions, options: ServerOptions) -> Result<Self> {
        let listener = listen(&config.http.listen)?;
        let address = listener.local_addr()?;
        let listening = Socket::from(listener.try_clone()?);
        timed("schema", Log::migrate(&connect)).await?;
        let souk = web::Data::new(open(config, connect.clone(), &options).await?);
        let first_admin = souk
            .identity
            .ensure_first_admin(config.secrets.admin_email.clone(), config.secrets.admin_password.clone())
            .await
            .context("the first super admin cannot be made (settings admin_email, admin_password)")?;
        let keeping_house = housekeeping::run(
            souk.log.clone(),
            souk.inventory.clone(),
            souk.audit.clone(),
            souk.uploads.clone(),
        );
        let mut helpers = vec![tokio::spawn(keeping_house)];
        helpers.extend(evidence::seal(config, &souk.log, connect)?);
        if let Some(passing) = souk.reads.subscriptions.passing(READ_MODEL) {
            helpers.push(tokio::spawn(souk.products.clone().follow(passing)));
        }
        helpers.push(tokio::spawn(souk.feed.clone().run(souk.reads.clone())));
        let defence = &config.http.defence;
        let idle = config.http.keep_alive + defence.head_wait;
        let connections = Connections::new(idle, defence.send_wait);
        helpers.push(tokio::spawn(Arc::clone(&connections).cut_stalled()));
        let server = serve(config, &souk, listener, connections)?;
        let handle = server.handle();
        Ok(Self {
            address,
            first_admin,
            souk,
            listener: listening,
            handle,
            serving: tokio::spawn(server),
            helpers,
            grace: config.http.stop_grace,
        })
    }

    /// Refuses new connections, so that a proxy goes to another node with what it has not sent yet; lets requests under
    /// way end, and those that still come on open connections (for as long as the configured grace); closes the log.
    ///
    /// # Errors
    /// When the threads that serve have failed.
    pub async fn stop(mut self) -> Result<()> {
        self.souk.traffic.drain();
        self.souk.feed.stop();
        // Where a listening socket cannot be shut, connections wait in vain until it is closed.
        drop(self.listener.shutdown(Shutdown::Both));
        self.handle.pause().await;
        let deadline = Instant::now() + self.grace;
        self.wait_for_stragglers(deadline).await;
        self.souk.operations.stop();
        self.stop_following().await;
        self.souk.outside.stop(deadline.saturating_duration_since(Instant::now()).min(LAST_JOBS)).await;
        for helper in self.helpers.drain(..) {
            helper.abort();
        }
        drop(timeout(LAST_ENTRIES, self.souk.audit.close()).await);
        self.souk.log.close().await;
        // Last, because connections to the database live on the threads that opened them.
        self.handle.stop(false).await;
        Ok((&mut self.serving).await??)
    }

    /// Until nothing is under way and nothing has come for a while.
    async fn wait_for_stragglers(&self, deadline: Instant) {
        let traffic = &self.souk.traffic;
        let (mut seen, mut quiet_since) = (traffic.stragglers(), Instant::now());
        while quiet_since.elapsed() < QUIET && Instant::now() < deadline {
            sleep(Duration::from_millis(5)).await;
            if traffic.in_flight() > 0 || traffic.stragglers() != seen {
                (seen, quiet_since) = (traffic.stragglers(), Instant::now());
            }
        }
    }

    /// Ends projections and reactors after the batch at hand. A broker that does not answer is not waited for: what it
    /// did not confirm is published again by whoever comes next.
    async fn stop_following(&self) {
        let stopping = self.souk.reads.subscriptions.stop();
        tokio::pin!(stopping);
        tokio::select! {
            () = &mut stopping => return,
            () = sleep(LAST_BATCH) => {}
        }
        tokio::join!(stopping, self.souk.outside.hang_up());
    }
}

impl Drop for Server {
    /// A node that is dropped rather than stopped serves nobody any more, but does not wait for anything.
    fn drop(&mut self) {
        drop(self.handle.stop(false));
    }
}

fn listen(address: &str) -> Result<TcpListener> {
    let failed = || format!("cannot listen on {address} (setting listen)");
    let addresses: Vec<SocketAddr> = address.to_socket_addrs().with_context(failed)?.collect();
    let listener = TcpListener::bind(addresses.as_slice()).with_context(failed)?;
    Ok(listener)
}

async fn open(config: &Config, connect: PgConnectOptions, options: &ServerOptions) -> Result<Souk> {
    // Before anything makes a handle for its figures.
    let figures = operations::recorder()?;
    let log = timed("log", Log::open(config.database.log_options(connect))).await?;
    let key = config.secrets.key_source()?;
    let vault = timed("vault", Vault::open(log.pool().clone(), config.secrets.vault_options()?)).await?;
    let identity = Identity::open(log.clone(), key, config.tokens.identity_options(), vault.clone());
    let identity = timed("identity", identity).await?;
    // Before anybody is served, and before any mail is sent.
    timed("erasures", identity.repeat_erasures()).await?;
    let outside = Outside::start(config, &log, &vault)?;
    let reactors = outside.reactors(&log, &vault);
    let following = SubscriptionOptions::default();
    let starting = Subscriptions::start_with(&log, projections::all(), reactors, following);
    let subscriptions = timed("read models", starting).await?;
    if !product_list::has_trigrams(log.pool()).await? {
        tracing::warn!(
            "the database lacks the extension pg_trgm, and this account may not create it: product searches forgive \
             fewer slips of the pen, and lists are searched slowly. Let an administrator of the database run \
             `create extension pg_trgm schema public`, then rebuild the projection product_list"
        );
    }
    if options.are_projections_paused {
        subscriptions.pause();
    }
    let at =
        subscriptions.position(READ_MODEL).map_or_else(|| log.reader().head(), |reached| *reached.borrow());
    let locales = u8::try_from(config.store.locales.tags().len()).unwrap_or(u8::MAX);
    let secret = config.secrets.fingerprint_secret()?;
    let files = Files::open(&config.files.place).context("uploaded images cannot be kept")?;
    let images = Images::new(config.files.images_at_once);
    Ok(Souk {
        uploads: Uploads::new(log.clone(), files, images, secret.expose().as_bytes()),
        audit: AuditLog::start(log.pool().clone(), vault.clone()),
        carts: Carts::new(log.clone()).rounding(config.store.cash_steps.clone()),
        catalog: Catalog::new(log.clone()),
        inventory: Inventory::new(log.clone()),
        orders: Orders::new(log.clone(), vault.clone()).rounding(config.store.cash_steps.clone()),
        pricing: Pricing::new(log.clone()),
        vendors: Vendors::new(log.clone()),
        payouts: Payouts::new(log.clone()),
        identity,
        customers: Customers::new(log.clone(), vault.clone()),
        reviews: Reviews::new(log.clone(), vault.clone()),
        reads: Reads {
            log: log.reader().clone(),
            subscriptions,
            patience: config.http.read_wait,
        },
        repeats: Repeats::new(secret.expose().as_bytes()),
        products: ProductPages::new(config.store.cache_products, locales, at),
        store: config.store.clone(),
        http: config.http.clone(),
        gate: Arc::new(Gate::new(&config.http.defence, config.http.is_tls_only())),
        traffic: Arc::new(Traffic::default()),
        outside,
        imports: catalog::Imports::default(),
        exports: Exports::default(),
        invoices: Invoices::default(),
        feed: Feed::new(config.http.stream_limit, config.http.stream_heartbeat),
        operations: Operations::start(figures.clone()),
        figures,
        log,
    })
}

fn serve(
    config: &Config,
    souk: &web::Data<Souk>,
    listener: TcpListener,
    connections: Arc<Connections>,
) -> Result<actix_web::dev::Server> {
    let envelope = Envelope {
        traffic: Arc::clone(&souk.traffic),
        gate: Arc::clone(&souk.gate),
        time_limit: config.http.request_limit,
        requests: config.logging.are_requests_noted.then(operations::access_log).transpose()?,
        audit: Some(souk.audit.clone()),
    };
    let verifier = web::Data::new(souk.identity.verifier().clone());
    let api_keys = web::Data::new(souk.identity.api_keys().clone());
    let locales = web::Data::new(config.store.locales.clone());
    let souk = souk.clone();
    let server = HttpServer::new(move || {
        App::new()
            .app_data(souk.clone())
            .app_data(verifier.clone())
            .app_data(api_keys.clone())
            .app_data(locales.clone())
            .wrap(envelope.clone())
            .configure(|config| {
                let mut table = Routes::default();
                routes(&mut table);
                table.register(config);
            })
    });
    let defence = &config.http.defence;
    Ok(server
        .on_connect(move |stream, kept| connections.watch(stream, kept))
        .workers(config.http.workers)
        .max_connections(defence.connection_limit.div_ceil(config.http.workers))
        .keep_alive(config.http.keep_alive)
        .client_request_timeout(defence.head_wait)
        .tcp_nodelay(true)
        .disable_signals()
        .listen(listener)?
        .run())
}
