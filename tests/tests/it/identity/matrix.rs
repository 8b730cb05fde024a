//! Every route as every caller, against the table that a person has written: matrix.txt.

use std::collections::{BTreeMap, BTreeSet};

use domain::identity::Role;
use reqwest::Method;
use serde_json::json;
use souk_tests::Reply;

use super::{
    requests::request,
    world::{CALLERS, Caller, World},
};

const MATRIX: &str = include_str!("matrix.txt");

/// The lines of the table, in their order: `METHOD /path`, and a status for each caller.
pub(crate) fn rows() -> Vec<(String, Vec<u16>)> {
    let lines = MATRIX.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let mut lines = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert_eq!(lines.next().expect("a line with the callers"), CALLERS);
    lines
        .map(|cells| {
            let statuses = cells[2..].iter().map(|cell| cell.parse().expect("a status"));
            (format!("{} {}", cells[0], cells[1]), statuses.collect())
        })
        .collect()
}

async fn documented(world: &World) -> BTreeSet<String> {
    let document = world.app.anonymous().get("/openapi.json").await.ok();
    let paths = document["paths"].as_object().expect("paths").iter();
    paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods").keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

#[tokio::test]
async fn every_route_answers_every_caller_as_the_matrix_says() {
    let rows = rows();
    let named: BTreeMap<&str, usize> =
        rows.iter().map(|(route, statuses)| (route.as_str(), statuses.len())).collect();
    assert_eq!(named.len(), rows.len(), "a route is named twice");
    let world = World::open().await;
    let documented = documented(&world).await;
    let named: BTreeSet<String> = named.keys().map(|route| (*route).to_owned()).collect();
    let missing: Vec<_> = documented.difference(&named).collect();
    let surplus: Vec<_> = named.difference(&documented).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "not in the matrix: {missing:?}; no routes: {surplus:?}"
    );
    let mut wrong = Vec::new();
    for (route, statuses) in &rows {
        assert_eq!(statuses.len(), CALLERS.len(), "{route}");
        assert!(statuses.iter().any(|status| (200..300).contains(status)), "{route}: nobody may");
        let callers = CALLERS.map(|name| (name, world.caller(name)));
        wrong.extend(walk(&world, route, &callers, statuses).await);
    }
    assert!(wrong.is_empty(), "{} differ from the matrix:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn a_confined_key_gets_what_an_account_gets_that_is_so_confined() {
    let world = World::open().await;
    let column = |name: &str| CALLERS.iter().position(|caller| *caller == name).expect("a column");
    let zone = world.program(Role::LocationAdmin, &json!({"zones": ["erbil"]})).await;
    let other = world.program(Role::LocationAdmin, &json!({"zones": ["basra"]})).await;
    let vendor = world.program(Role::Vendor, &json!({"company_id": world.company})).await;
    let callers = [("zone", &zone), ("other", &other), ("vendor", &vendor)];
    let mut wrong = Vec::new();
    for (route, statuses) in rows() {
        // A key is nobody's account: it has no session and no password.
        let expected = callers.map(|(name, _)| match route.contains("/api/v1/auth/") {
            true => statuses[column("key")],
            false => statuses[column(name)],
        });
        wrong.extend(walk(&world, &route, &callers, &expected).await);
    }
    assert!(wrong.is_empty(), "{} differ from the matrix:\n{}", wrong.len(), wrong.join("\n"));
}

/// Sends the route's requests of all callers; answers what came out otherwise than expected.
async fn walk(world: &World, route: &str, callers: &[(&str, &Caller)], statuses: &[u16]) -> Vec<String> {
    let method: Method = route.split(' ').next().unwrap_or_default().parse().expect("a method");
    let mut requests = Vec::new();
    for ((name, caller), expected) in callers.iter().zip(statuses) {
        requests.push((
            name,
            caller,
            expected,
            request(world, caller, route, (200..300).contains(expected)).await,
        ));
    }
    if method != Method::GET {
        world.app.settle().await;
    }
    let mut wrong = Vec::new();
    for (name, caller, expected, request) in requests {
        let client = request.client.as_ref().unwrap_or(&caller.client);
        let key = event_store::ids::uuid().to_string();
        let mut sent = client.request(method.clone(), &request.path).header("Idempotency-Key", key);
        if let Some(body) = &request.body {
            sent = sent.json(body);
        }
        if let Some((kind, bytes)) = &request.raw {
            sent = sent.header("content-type", *kind).body(bytes.clone());
        }
        let reply = Reply::of(sent).await;
        if reply.status.as_u16() != *expected {
            let body = String::from_utf8_lossy(&reply.bytes).chars().take(220).collect::<String>();
            wrong.push(format!("{route}  {name}: {expected} expected, got {} {body}", reply.status.as_u16()));
        }
    }
    wrong
}
