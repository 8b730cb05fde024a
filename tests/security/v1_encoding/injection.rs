//! Hostile texts in every parameter of every route: path, query, headers, and every text of every body.

use futures_util::{StreamExt, stream};
use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, Reply};

use crate::security::support::{
    canary::Canary,
    faults::{Faults, INSIDE, wrong},
    listener::Listener,
    marketplace::Marketplace,
    payloads::{HEADER_TEXTS, INJECTED_HEADER, TEXTS},
    raw::{encoded, send},
    routes::{Place, Route},
    shapes::Kind,
};

/// Requests under way at the same time.
const AT_ONCE: usize = 8;

/// Whoever may call a route, and its path with good ids in it. Nothing is made anew for each of many requests.
async fn where_to(town: &Marketplace, route: &Route) -> (Client, String) {
    let good = town.good(route).await;
    (good.client, good.path)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_2_4_no_query_parameter_is_run_as_sql() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    let pool = town.world.app.server.souk.log.pool().clone();
    let canary = Canary::place(&pool).await;
    let listener = Listener::wait().await;
    let url = format!("http://{}/", listener.address);
    let texts: Vec<&str> = TEXTS.iter().copied().chain([url.as_str()]).collect();
    let mut requests = Vec::new();
    for route in town.routes.iter().filter(|route| route.is_safe()) {
        let (client, path) = where_to(&town, route).await;
        for name in route.parameters(Place::Query).chain(["unheard_of"]) {
            for text in &texts {
                let query = format!("{}={}", encoded(name), encoded(text));
                let what = format!("{} ?{name}={text:?}", route.name());
                requests.push((client.clone(), format!("{path}?{query}"), what));
            }
            // The name itself may be hostile too.
            let query = format!("{}{}=1", encoded(name), encoded("'||(select public.canary_bite())||'"));
            requests.push((client.clone(), format!("{path}?{query}"), format!("{} ?{name}'…", route.name())));
        }
    }
    assert!(requests.len() > 5_000, "only {} requests", requests.len());
    let answers = stream::iter(requests).map(|(client, path, what)| async move {
        let reply = Reply::of(client.request(Method::GET, &path)).await;
        wrong(&reply).map(|fault| format!("{what}: {fault}"))
    });
    faults.extend(
        answers.buffer_unordered(AT_ONCE).filter_map(|fault| async { fault }).collect::<Vec<_>>().await,
    );
    town.world.app.settle().await;
    canary.look(&mut faults).await;
    faults.unless(listener.calls().await == 0, || "the server called a URL of a query".to_owned());
    faults.none();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_2_4_no_header_and_no_segment_of_a_path_is_run_as_sql() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    let pool = town.world.app.server.souk.log.pool().clone();
    let canary = Canary::place(&pool).await;
    for route in &town.routes {
        let good = town.good(route).await;
        // Every route looks at these in the same way.
        let shared = [
            "accept",
            "user-agent",
            "cookie",
            "x-request-id",
            "accept-encoding",
            "traceparent",
        ];
        let shared = shared.into_iter().filter(|_| route.path == "/api/v1/products");
        for name in route.parameters(Place::Header).chain(shared) {
            for text in HEADER_TEXTS {
                // Those that would change something are sent without what they need beside the header.
                let sent = good.client.request(route.method.clone(), &good.path).header(name, *text);
                let reply = Reply::of(sent).await;
                faults
                    .extend(wrong(&reply).map(|fault| format!("{} {name}: {text:?}: {fault}", route.name())));
            }
        }
        if route.path.contains('{') {
            faults.extend(paths(&town, route, &good.client).await);
        }
    }
    town.world.app.settle().await;
    canary.look(&mut faults).await;
    faults.none();
}

/// Each segment in braces, hostile. The path is written by hand: a client library would tidy it up.
async fn paths(town: &Marketplace, route: &Route, client: &Client) -> Vec<String> {
    let address = town.world.app.address;
    let bearer = client.token().map(|token| format!("Bearer {token}")).unwrap_or_default();
    let (before, rest) = route.path.split_once('{').unwrap();
    let after = rest.split_once('}').unwrap().1;
    let sent = TEXTS.iter().map(|text| {
        let (target, bearer) = (format!("{before}{}{after}", encoded(text)), bearer.clone());
        async move {
            let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", "a-path")];
            let reply = send(address, route.method.as_str(), &target, &headers, b"").await;
            let says = INSIDE.iter().find(|inside| reply.text().contains(**inside));
            let is_wrong = !(400..500).contains(&reply.status) && !is_harmless(route, &reply.text())
                || says.is_some()
                || reply.header(INJECTED_HEADER).is_some();
            is_wrong.then(|| format!("{} {target}: {} {says:?} {}", route.name(), reply.status, reply.text()))
        }
    });
    stream::iter(sent).buffer_unordered(AT_ONCE).filter_map(|fault| async { fault }).collect().await
}

/// Any text may be the name of a zone: whoever delivers everywhere delivers there too.
fn is_harmless(route: &Route, body: &str) -> bool {
    route.path == "/api/v1/companies/zone/{zone}" && body.starts_with("{\"items\":[")
}

const PEOPLE: &[&str] = &[
    "/auth/",
    "/users",
    "/customers",
    "/addresses",
    "/admins",
    "/api-keys",
];
const MONEY: &[&str] = &[
    "/promotions",
    "/coupons",
    "/companies",
    "/payouts",
    "/settlements",
];

fn is_about(route: &Route, what: &[&str]) -> bool {
    what.iter().any(|own| route.path.contains(own))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_2_4_no_text_of_a_body_about_people_is_run_as_sql() {
    bodies(|route| is_about(route, PEOPLE), 25).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_2_4_no_text_of_a_body_about_money_is_run_as_sql() {
    bodies(|route| is_about(route, MONEY) && !is_about(route, PEOPLE), 60).await;
}

/// And about everything else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_2_4_no_text_of_a_body_about_goods_is_run_as_sql() {
    bodies(|route| !is_about(route, MONEY) && !is_about(route, PEOPLE), 40).await;
}

/// Every text of the bodies of these routes, of which there are at least so many, hostile. Also proves that no URL among
/// them is ever called.
async fn bodies(wanted: impl Fn(&Route) -> bool, at_least: usize) {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    let pool = town.world.app.server.souk.log.pool().clone();
    let canary = Canary::place(&pool).await;
    let listener = Listener::wait().await;
    let urls = [
        format!("http://{}/a", listener.address),
        format!("https://{}/b.png", listener.address),
    ];
    let texts: Vec<&str> = TEXTS.iter().copied().chain(urls.iter().map(String::as_str)).collect();
    let mut members = 0;
    let mut taken = 0;
    for route in town.routes.iter().filter(|route| wanted(route)) {
        let Some(schema) = &route.body else { continue };
        let mut good = town.good(route).await;
        for member in town.shapes.members(schema) {
            if !matches!(member.kind, Kind::Text | Kind::Map) {
                continue;
            }
            members += 1;
            for text in &texts {
                let value = if member.kind == Kind::Map {
                    json!({ *text: "x" })
                } else {
                    json!(text)
                };
                let base = good.body.clone().unwrap_or_else(|| json!({}));
                let body = town.shapes.with(schema, &base, &member.path, value);
                let reply = good.send_with(&body).await;
                let what = || format!("{} {} = {text:?}", route.name(), member.pointer());
                faults.extend(wrong(&reply).map(|fault| format!("{}: {fault}", what())));
                if reply.status.is_success() {
                    taken += 1;
                    faults.extend(echoed(&reply, text).map(|fault| format!("{}: {fault}", what())));
                    if !is_mailed(route) {
                        good = town.good(route).await;
                    }
                }
            }
        }
    }
    assert!(members >= at_least && taken > members, "{members} texts in bodies, {taken} times taken");
    town.world.app.settle().await;
    canary.look(&mut faults).await;
    faults.unless(listener.calls().await == 0, || "the server called a URL of a body".to_owned());
    faults.unless(!std::path::Path::new("souk-canary").exists(), || "a shell has run a text".to_owned());
    faults.none();
}

/// Whether a good request needs a mail, which takes its time. One that was used up is not made again.
fn is_mailed(route: &Route) -> bool {
    ["/verify-email", "/reset-password", "/verify-otp", "/2fa/"]
        .iter()
        .any(|own| route.path.contains(own))
}

/// A text that was taken is JSON like any other.
fn echoed(reply: &Reply, text: &str) -> Option<String> {
    if reply.bytes.is_empty() {
        return None;
    }
    let is_json = serde_json::from_slice::<Value>(&reply.bytes).is_ok();
    let kind = reply.header("content-type");
    (!is_json || kind != "application/json").then(|| format!("{text:?} is answered as {kind}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v1_2_4_wildcards_of_sql_are_letters_like_others() {
    let town = Marketplace::open().await;
    let admin = town.world.admin();
    let odd = json!({
        "sku": "50%_OFF\\X", "title": {"en": "Fifty 50%_off\\x"},
        "prices": {"base": {"amount": "1000", "currency": "IQD"}},
    });
    let odd = admin.post("/api/v1/products", &odd).await.created()["id"].clone();
    town.world.app.settle().await;
    let found = async |query: &str| {
        let list = admin.get(&format!("/api/v1/products?{query}")).await.ok();
        let items = list["items"].as_array().unwrap();
        items.iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    // "%" and "_" stand for themselves: one product has them, and HONEY and JAM do not.
    for query in ["q=%25", "q=_", "q=50%25_o", "filter[sku]=50%25_OFF%5CX"] {
        assert_eq!(found(query).await, std::slice::from_ref(&odd), "{query}");
    }
    for query in [
        "q=H%25Y",
        "q=H_NEY",
        "filter[sku]=H%25",
        "filter[sku]=_AM",
        "filter[tag]=%25",
        "q=.*",
        "q=%5EH",
    ] {
        assert!(found(query).await.is_empty(), "{query}");
    }
    for path in [
        "/api/v1/orders?filter[zone]=%25",
        "/api/v1/users?filter[zone]=erb_l",
    ] {
        let list = admin.get(path).await.ok();
        assert_eq!(list["items"], json!([]), "{path}");
    }
}
