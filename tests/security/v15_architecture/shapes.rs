//! Values of another type than the one that is meant, everywhere; and what is said twice.

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::Reply;

use crate::security::support::{
    faults::{Faults, wrong},
    marketplace::Marketplace,
    payloads::{RAW, RAW_NUMBERS, other_types},
    routes::{Place, Route},
};

async fn confuse(wanted: impl Fn(&Route) -> bool, at_least: usize) {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    let raw = RAW_NUMBERS.iter().map(|number| json!(format!("{RAW}{number}")));
    let values: Vec<Value> = other_types().into_iter().chain(raw).collect();
    let mut number = 0;
    for route in town.routes.iter().filter(|route| wanted(route)) {
        let Some(schema) = &route.body else { continue };
        let mut good = town.good(route).await;
        for member in town.shapes.members(schema) {
            number += 1;
            for value in &values {
                let base = good.body.clone().unwrap_or_else(|| json!({}));
                let body = town.shapes.with(schema, &base, &member.path, value.clone());
                let reply = good.send_with(&body).await;
                let fault = wrong(&reply)
                    .map(|fault| format!("{} {} = {value}: {fault}", route.name(), member.pointer()));
                faults.extend(fault);
                if reply.status.is_success() {
                    good = town.good(route).await;
                }
            }
        }
    }
    assert!(number >= at_least, "only {number} members of bodies");
    town.world.app.settle().await;
    let events: (i64, i64) = sqlx::query_as("select count(*), max(position) from events")
        .fetch_one(town.world.app.server.souk.log.pool())
        .await
        .unwrap();
    assert_eq!(events.0, events.1);
    faults.none();
}

fn is_about_offers(route: &Route) -> bool {
    ["/promotions", "/coupons", "/companies"].iter().any(|own| route.path.contains(own))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v15_3_5_another_type_is_refused_in_every_member_of_an_offer() {
    confuse(is_about_offers, 60).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v15_3_5_another_type_is_refused_in_every_member_of_every_other_body() {
    confuse(|route| !is_about_offers(route), 100).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v15_3_7_a_parameter_is_given_once_and_in_its_place() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    let mut asked = 0;
    for route in town.routes.iter().filter(|route| route.is_safe()) {
        let good = town.good(route).await;
        for name in route.parameters(Place::Query) {
            asked += 1;
            let one = if name == "limit" { "1" } else { "true" };
            for query in [
                format!("{name}={one}&{name}={one}"),
                format!("{name}[]={one}"),
                format!("{name}[0]={one}"),
            ] {
                let reply = Reply::of(good.on(&format!("{}?{query}", good.path), None)).await;
                faults.extend(wrong(&reply).map(|fault| format!("{} ?{query}: {fault}", route.name())));
                faults.unless(reply.status == 400, || format!("{} ?{query}: {}", route.name(), reply.status));
            }
        }
        // What belongs into the query is not taken from a body.
        let body =
            good.on(&good.path, Some(&json!({"limit": 1, "filter[zone]": "basra", "role": "super_admin"})));
        let reply = Reply::of(body).await;
        faults.extend(wrong(&reply).map(|fault| format!("{} with a body: {fault}", route.name())));
    }
    assert!(asked > 150, "only {asked} parameters");
    faults.none();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v15_3_7_what_belongs_into_a_body_is_taken_from_nowhere_else() {
    let town = Marketplace::open().await;
    let (world, nobody) = (&town.world, town.world.app.anonymous());
    let email = &world.caller("owner").email;
    let query = format!("/api/v1/auth/login?email={email}&password=four%20plain%20words");
    nobody.post(&query, &json!({})).await.problem(422, "invalid-request");
    let cookie = format!("email={email}; password=four plain words");
    let sent = nobody.request(Method::POST, "/api/v1/auth/login").header("Cookie", cookie).json(&json!({}));
    Reply::of(sent).await.problem(422, "invalid-request");
    // Of two ids the path's counts, and a body that names another is refused.
    let body = json!({"id": world.jam, "prices": {"base": {"amount": "1", "currency": "IQD"}}});
    let reply = world.admin().put(&format!("/api/v1/products/{}", world.honey), &body).await;
    reply.problem(422, "invalid-request");
}
