//! What size costs: long orders, many promotions, many products, a great category tree. Every figure is a ratio of two
//! measurements on the same server, minutes apart at most.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use commands::{
    Call,
    catalog::Catalog,
    pricing::{Pricing, PromotionDraft},
};
use domain::{
    catalog::CategoryDetails,
    ids::{CategoryId, ProductId},
    money::BasisPoints,
    pricing::{Activation, Limits, Offer, PercentageOff, Reward, Scope, Stacking},
    slug::Slug,
    text::LocalizedText,
};
use event_store::{Log, LogOptions};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    Bench, WARM_UP,
    client::{Client, ask, request},
    lag,
    orders::{self, Spread},
    report::median,
    server::Server,
    stage,
};

/// Products beside those of the stage.
const MANY_PRODUCTS: usize = 99_000;
/// Promotions, each for one product.
const PROMOTIONS: usize = 1_000;
/// Categories in the tree, ten below each.
const CATEGORIES: usize = 10_000;
/// Connections that place orders: as many as keep both cores busy without a queue.
const CONNECTIONS: usize = 16;
/// Connections that ask for pages.
const READERS: usize = 4;

impl Bench {
    /// A 200-line order beside a two-line one: how long one of each takes when nothing else is placed, and how many come
    /// through together.
    pub(crate) async fn long_orders(&mut self) -> Result<()> {
        let server = Server::start(&self.data_dir(), true).await?;
        lag::wait_until_caught_up(server.database()?.url()).await?;
        self.rate(&server, WARM_UP, Spread::Uniform).await?;
        let (mut ratios, mut short, mut long) = (vec![], vec![], vec![]);
        for _ in 0..self.options.rounds {
            let two = self.alone(&server, Spread::Uniform).await?;
            let many = self.alone(&server, Spread::Lines(200)).await?;
            ratios.push(many / two);
            short.push(two);
            long.push(many);
        }
        let of = format!("{:.1} over {:.1} ms, one at a time", median(&mut long), median(&mut short));
        self.report.at_most("order_200_lines_vs_2", median(&mut ratios), 20.0, of);
        let two = self.rate(&server, self.time(), Spread::Uniform).await?;
        let many = self.rate(&server, self.time(), Spread::Lines(200)).await?;
        let of = format!("{two:.0} over {many:.0} orders/s, {CONNECTIONS} connections");
        self.report.told("orders_200_lines_rate", two / many, of);
        server.stop()
    }

    /// Median time of an order when one is placed after the other.
    async fn alone(&self, server: &Server, spread: Spread) -> Result<f64> {
        let outcome = orders::run(&server.address, &self.stage, 1, self.time(), spread, None).await?;
        Ok(outcome.p50_ms)
    }

    /// Rounds cannot alternate: what has once begun to run does not end and begin again in a real shop either.
    pub(crate) async fn promotions(&mut self) -> Result<()> {
        let server = Server::start(&self.data_dir(), true).await?;
        lag::wait_until_caught_up(server.database()?.url()).await?;
        self.rate(&server, WARM_UP, Spread::Uniform).await?;
        let mut before = Vec::new();
        for _ in 0..self.options.rounds {
            before.push(self.rate(&server, self.time(), Spread::Uniform).await?);
        }
        promote(server.database()?.url(), &self.stage.products).await?;
        self.rate(&server, WARM_UP, Spread::Uniform).await?;
        let mut after = Vec::new();
        for _ in 0..self.options.rounds {
            after.push(self.rate(&server, self.time(), Spread::Uniform).await?);
        }
        let (none, many) = (median(&mut before), median(&mut after));
        let of = format!("{none:.0} over {many:.0} orders/s; {PROMOTIONS} promotions, each for one product");
        self.report.at_most("promotions_1000_vs_none", none / many, 1.5, of);
        server.stop()
    }

    /// Pages at 1,000 and at 100,000 products, searches beside pages, and the tree.
    pub(crate) async fn many_products(&mut self) -> Result<()> {
        let server = Server::start(&self.data_dir(), true).await?;
        let url = server.database()?.url().to_owned();
        lag::wait_until_caught_up(&url).await?;
        let few = self.latencies(&server, &pages(&server.address).await?).await?;
        grow(&url).await?;
        lag::wait_until_caught_up(&url).await?;
        crate::baseline::tidy(&url).await?;
        let (mut slower, mut searched, mut lists, mut searches) = (vec![], vec![], vec![], vec![]);
        let paths = pages(&server.address).await?;
        for _ in 0..self.options.rounds {
            let list = self.latencies(&server, &paths).await?;
            let search = self.latencies(&server, &questions()).await?;
            slower.push(list / few.max(f64::MIN_POSITIVE));
            searched.push(search / list);
            lists.push(list);
            searches.push(search);
        }
        let list = median(&mut lists);
        let of = format!("p99 {list:.1} ms at 100,000 products over {few:.1} ms at 1,000");
        self.report.at_most("products_100k_vs_1k", median(&mut slower), 2.0, of);
        let of = format!("p99 {:.1} ms over {list:.1} ms of a page; 100,000 products", median(&mut searches));
        self.report.at_most("search_vs_list", median(&mut searched), 5.0, of);
        let paths = vec!["/api/v1/categories/tree".to_owned()];
        let tree = self.latencies(&server, &paths).await?;
        let of = format!("p99 of the whole tree of {CATEGORIES} categories, {READERS} readers");
        self.report.told("tree_10k_ms", tree, of);
        server.stop()
    }

    async fn rate(&self, server: &Server, time: Duration, spread: Spread) -> Result<f64> {
        let outcome = orders::run(&server.address, &self.stage, CONNECTIONS, time, spread, None).await?;
        println!("  {spread:?}: {:.0} orders/s, p99 {:.1} ms", outcome.per_second, outcome.p99_ms);
        Ok(outcome.per_second)
    }

    /// The 99th percentile of asking for these paths by turns, in milliseconds, after a warm-up.
    async fn latencies(&self, server: &Server, paths: &[String]) -> Result<f64> {
        p99(&server.address, paths, WARM_UP).await?;
        p99(&server.address, paths, self.time()).await
    }
}

/// Milliseconds.
async fn p99(address: &str, paths: &[String], time: Duration) -> Result<f64> {
    let requests: Arc<Vec<Vec<u8>>> =
        Arc::new(paths.iter().map(|path| request("GET", path, &[], "")).collect());
    let ask = |number: usize| {
        let (address, requests) = (address.to_owned(), Arc::clone(&requests));
        tokio::spawn(async move {
            let mut client = Client::connect(&address).await?;
            let (mut latencies, started) = (Vec::new(), Instant::now());
            let mut next = number * 7;
            while started.elapsed() < time {
                next += 1;
                let sent = Instant::now();
                let answer = client.send(&requests[next % requests.len()]).await?;
                if answer.status != 200 {
                    bail!("{}: {}", answer.status, String::from_utf8_lossy(answer.body));
                }
                latencies.push(sent.elapsed().as_secs_f64() * 1e3);
            }
            Ok(latencies)
        })
    };
    let mut all = Vec::new();
    for task in (0..READERS).map(ask).collect::<Vec<_>>() {
        all.extend(task.await??);
    }
    all.sort_by(f64::total_cmp);
    Ok(all.get(all.len() * 99 / 100).copied().unwrap_or_default())
}

/// The first pages of lists in several orders, and the pages after them.
async fn pages(address: &str) -> Result<Vec<String>> {
    let mut paths = Vec::new();
    for list in [
        "limit=20",
        "limit=20&sort=-price",
        "limit=20&sort=title",
        "limit=20&sort=sku",
    ] {
        let mut path = format!("/api/v1/products?{list}");
        for _ in 0..10 {
            let page = ask(address, "GET", &path, &[], "").await?;
            paths.push(path);
            let Some(cursor) = page["next_cursor"].as_str() else {
                break;
            };
            path = format!("/api/v1/products?{list}&cursor={cursor}");
        }
    }
    Ok(paths)
}

/// Words that many have, words that few have, and slips of the pen, in two languages.
fn questions() -> Vec<String> {
    let words = [
        "rice",
        "basmati",
        "basmti",
        "olive+oil",
        "soap+lavender",
        "cardamon",
        "tea+green",
        "dates",
        "%D8%A3%D8%B1%D8%B2",
        "%D8%B2%D9%8A%D8%AA",
        "%D8%B4%D8%A7%D9%8A",
        "honey+mountain",
    ];
    words.iter().map(|word| format!("/api/v1/products/search?q={word}&limit=20")).collect()
}

async fn promote(url: &str, products: &[ProductId]) -> Result<()> {
    let log = Log::open(LogOptions::new(url.parse()?)).await?;
    let pricing = Pricing::new(log.clone());
    for (number, product) in (0..PROMOTIONS).zip(products.iter().cycle()) {
        let rate = BasisPoints::try_from(u16::try_from(number % 3_000)? + 1)?;
        let draft = PromotionDraft {
            name: LocalizedText::single("en", &format!("Sale {number}"))?,
            from: None,
            until: None,
            offer: Offer {
                reward: Reward::Percentage(PercentageOff { rate }),
                scope: Scope { products: [*product].into(), ..Scope::default() },
                minimum: None,
                cap: None,
                stacking: Stacking::Stackable,
            },
            limits: Limits { total: None, per_customer: None },
            priority: 0,
            activation: Activation::Automatic,
        };
        pricing.create_promotion(&Call::system(), draft).await?;
    }
    log.close().await;
    Ok(())
}

/// A shop of 100,000 products and 10,000 categories.
async fn grow(url: &str) -> Result<()> {
    let log = Log::open(LogOptions::new(url.parse()?)).await?;
    let categories = plant(&Catalog::new(log.clone())).await?;
    let categories = &categories;
    let log_of = &log;
    stream::iter(0..MANY_PRODUCTS)
        .map(|number| async move {
            stage::register(log_of, &stage::Goods::varied(number, categories[number % categories.len()]))
                .await
        })
        .buffer_unordered(256)
        .try_for_each(|_| async { Ok(()) })
        .await?;
    log.close().await;
    Ok(())
}

/// Level by level: ten at the top, and ten below each of those that come first.
async fn plant(catalog: &Catalog) -> Result<Vec<CategoryId>> {
    let mut planted: Vec<CategoryId> = Vec::with_capacity(CATEGORIES);
    for number in 0..CATEGORIES {
        let parent = number.checked_sub(10).and_then(|place| planted.get(place / 10)).copied();
        let details = CategoryDetails {
            name: LocalizedText::try_new(BTreeMap::from([
                ("en".to_owned(), format!("Category {number}")),
                ("ar".to_owned(), format!("قسم {number}")),
            ]))?,
            slug: Slug::parse(&format!("category-{number}"))?,
            description: None,
            image: None,
            sort_order: 0,
            shown_on_home: false,
            active: true,
        };
        planted.push(catalog.create_category(&Call::system(), details, parent).await?.result.category);
    }
    Ok(planted)
}
