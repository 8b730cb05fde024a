//! Other spellings of a path, other methods, headers of proxies: none is a way around.

use futures_util::{StreamExt, stream};
use reqwest::Method;
use souk_tests::Reply;

use crate::security::support::{
    faults::{Faults, INSIDE, wrong},
    marketplace::{Good, Marketplace, written},
    raw::{RawReply, send},
};

/// A path, spelled so that one reader might take it for another than the next reader does.
fn spellings(path: &str) -> Vec<String> {
    let (first, rest) = path.split_at(path[1..].find('/').map_or(path.len(), |at| at + 1));
    let last = path.rfind('/').unwrap_or(0);
    let (before, end) = path.split_at(last);
    let letter = |text: &str| {
        let at = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0);
        format!("{}%{:02x}{}", &text[..at], text.as_bytes()[at], &text[at + 1..])
    };
    vec![
        path.to_owned(),
        format!("{path}/"),
        format!("{path}//"),
        format!("/{path}"),
        format!("{first}/{rest}"),
        format!("/.{path}"),
        format!("/x/..{path}"),
        format!("/docs/..{path}"),
        format!("/docs/%2e%2e{path}"),
        format!("/health/..%2f..{path}"),
        format!("/docs/..;{path}"),
        format!("{first}/./{}", rest.trim_start_matches('/')),
        path.to_uppercase(),
        format!("{path};x=1"),
        format!("{before}/;{}", end.trim_start_matches('/')),
        format!("{path}.json"),
        format!("{path}%20"),
        format!("{path}%00"),
        format!("{path}%2f"),
        format!("{path}?"),
        format!("{path}?.css"),
        format!("{path}#/docs"),
        format!("{before}%2f{}", end.trim_start_matches('/')),
        path.replacen('/', "\\", 2),
        letter(path),
        format!("{before}{}", letter(end)),
        format!("http://127.0.0.1{path}"),
        format!("//evil.example{path}"),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v8_2_1_no_spelling_of_a_path_lets_anybody_in() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    let before = town.head_after_goods().await;
    for (good, route, callers) in &before.goods {
        for caller in callers {
            let token = town.world.caller(caller).client.token().map(|token| format!("Bearer {token}"));
            let asked = spellings(&good.path).into_iter().map(|target| {
                let (method, token) = (good.method.as_str().to_owned(), token.clone());
                let body = good.body.as_ref().map(written).unwrap_or_default();
                let address = town.world.app.address;
                async move {
                    let mut headers = vec![
                        ("Content-Type", "application/json"),
                        ("Idempotency-Key", "a-path"),
                    ];
                    headers.extend(token.as_deref().map(|token| ("Authorization", token)));
                    let reply = send(address, &method, &target, &headers, body.as_bytes()).await;
                    refusal(&reply).map(|fault| format!("{method} {target} as {caller}: {fault}"))
                }
            });
            let found = stream::iter(asked).buffer_unordered(8).filter_map(|fault| async { fault });
            faults
                .extend(found.collect::<Vec<_>>().await.into_iter().map(|fault| format!("{route}: {fault}")));
        }
    }
    let head = town.head().await;
    faults.unless(head == before.head, || format!("{} events more", head - before.head));
    faults.none();
}

/// What is wrong with a refusal: it is none, or says too much.
fn refusal(reply: &RawReply) -> Option<String> {
    let says = INSIDE.iter().find(|inside| reply.text().contains(**inside));
    let is_refusal = (400..500).contains(&reply.status);
    (!is_refusal || says.is_some()).then(|| format!("{} {says:?} {}", reply.status, reply.text()))
}

/// Headers by which a framework or a proxy may take a request for another one.
const OVERRIDES: &[&str] = &[
    "X-HTTP-Method-Override",
    "X-HTTP-Method",
    "X-Method-Override",
    "X-Original-Method",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v8_3_1_no_header_turns_a_read_into_a_change() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    let before = town.head_after_goods().await;
    for route in town.routes.iter().filter(|route| !route.is_safe()) {
        let Some((good, ..)) = before.goods.iter().find(|(_, name, _)| *name == route.name()) else {
            continue;
        };
        // The very person who may do it, with a read.
        let admin = &town.world.caller(town.who_may(route)).client;
        for read in [Method::GET, Method::HEAD, Method::OPTIONS] {
            let path = format!("{}?_method={}", good.path, route.method);
            let mut sent = admin.request(read.clone(), &path).header("Idempotency-Key", "an-override");
            for name in OVERRIDES {
                sent = sent.header(*name, route.method.as_str());
            }
            if let Some(body) = &good.body {
                sent = sent.header("content-type", "application/json").body(written(body));
            }
            let reply = Reply::of(sent).await;
            let fault = if read == Method::HEAD { None } else { wrong(&reply) };
            faults.extend(fault.map(|fault| format!("{read} for {}: {fault}", route.name())));
            let is_read = matches!(reply.status.as_u16(), 200 | 400 | 404 | 405);
            faults.unless(is_read, || format!("{read} for {}: {}", route.name(), reply.status));
        }
    }
    let head = town.head().await;
    faults.unless(head == before.head, || format!("{} events more", head - before.head));
    faults.none();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v8_3_1_no_header_names_another_path_or_another_caller() {
    let town = Marketplace::open().await;
    let (app, owner) = (&town.world.app, town.world.caller("owner"));
    let admin_id = town.world.caller("admin").id.as_str();
    for name in [
        "X-Original-URL",
        "X-Rewrite-URL",
        "X-Forwarded-Path",
        "X-Forwarded-Prefix",
        "X-Original-URI",
    ] {
        let reply = app.anonymous().get_with("/health", name, "/api/v1/admins").await.ok();
        assert!(reply["items"].is_null() && !reply["status"].is_null(), "{name}: {reply}");
    }
    for (name, value) in [
        ("X-User-Id", admin_id),
        ("X-Forwarded-User", admin_id),
        ("X-Remote-User", "admin@example.com"),
        ("Remote-User", "admin@example.com"),
        ("X-Auth-User", "admin@example.com"),
        ("X-Role", "super_admin"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Real-IP", "127.0.0.1"),
        ("Forwarded", "for=127.0.0.1;by=127.0.0.1"),
        ("X-Custom-IP-Authorization", "127.0.0.1"),
        ("Cookie", "role=super_admin; admin=true"),
        ("company", "com_0190c7a2000070008000000000000001"),
        ("From", "admin@example.com"),
    ] {
        let reply = app.anonymous().get_with("/api/v1/admins", name, value).await;
        reply.problem(401, "identity.token_missing");
        let reply = owner.client.get_with("/api/v1/admins", name, value).await;
        assert_eq!(reply.status, 403, "{name}");
        let me = owner.client.get_with("/api/v1/auth/me", name, value).await.ok();
        assert_eq!((&me["id"], &me["role"]), (&owner.id.as_str().into(), &"customer".into()), "{name}");
    }
}

/// Good requests for what is not for everybody, each with callers who may not send it; and how far the log reaches.
struct Before {
    goods: Vec<(Good, String, Vec<&'static str>)>,
    head: i64,
}

impl Marketplace {
    async fn head_after_goods(&self) -> Before {
        let mut goods = Vec::new();
        for route in self.routes.iter().filter(|route| !self.is_public(route)) {
            let refused = ["strange", "driver"].into_iter().filter(|caller| !self.may(route, caller));
            let callers = ["none"].into_iter().chain(refused.take(1)).collect();
            goods.push((self.good(route).await, route.name(), callers));
        }
        self.world.app.settle().await;
        Before { goods, head: self.head().await }
    }
}
