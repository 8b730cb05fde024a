//! Long and wicked texts cost about as much as short ones: nothing looks at a text in more than linear time.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use souk_tests::Reply;

use crate::security::support::{
    faults::{Faults, wrong},
    marketplace::Marketplace,
    raw::encoded,
    routes::Place,
    shapes::Kind,
};

/// What makes searching back and forth costly, in as many characters as one is allowed to send.
fn wicked() -> Vec<String> {
    vec![
        "a".repeat(2_000),
        "a".repeat(1_999) + "!",
        "%a".repeat(1_000),
        "_%".repeat(1_000),
        "(a+)+".repeat(400),
        "\\".repeat(2_000),
        "{\"a\":".repeat(400),
        "-".repeat(2_000),
        ",".repeat(2_000),
        "é\u{301}".repeat(660),
        "a ".repeat(1_000),
        "@.".repeat(1_000),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v15_2_2_no_query_makes_the_server_work_out_of_proportion() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    let (mut short, mut long, mut number) = (Duration::ZERO, Duration::ZERO, 0);
    for route in town.routes.iter().filter(|route| route.is_safe()) {
        let good = town.good(route).await;
        for name in route.parameters(Place::Query) {
            for text in wicked() {
                for (text, total) in [("ab", &mut short), (text.as_str(), &mut long)] {
                    let path = format!("{}?{}={}", good.path, encoded(name), encoded(text));
                    let begun = Instant::now();
                    let reply = Reply::of(good.client.request(Method::GET, &path)).await;
                    *total += begun.elapsed();
                    faults.extend(wrong(&reply).map(|fault| format!("{} {name}: {fault}", route.name())));
                }
                number += 1;
            }
        }
    }
    assert!(number > 1_000, "only {number} queries");
    // A thousand times as long; what is read in linear time hardly notices.
    let in_proportion = long < short * 10 + Duration::from_secs(2);
    faults.unless(in_proportion, || format!("{number} queries took {short:?}, wicked ones {long:?}"));
    faults.none();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v15_2_2_no_body_makes_the_server_work_out_of_proportion() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    let (mut short, mut long, mut number) = (Duration::ZERO, Duration::ZERO, 0);
    for route in &town.routes {
        let Some(schema) = &route.body else { continue };
        let good = town.good(route).await;
        for member in town.shapes.members(schema).into_iter().filter(|member| member.kind == Kind::Text) {
            let base = good.body.clone().unwrap_or_else(|| json!({}));
            let texts = ["@.a".repeat(100_000), " a".repeat(150_000), "1.".repeat(150_000)];
            for text in texts.iter().skip(usize::try_from(number).unwrap() % 3).take(1) {
                // NUL: refused whatever the rules for this text are, once it has been looked at.
                for (text, total) in [("\u{0}", &mut short), (text.as_str(), &mut long)] {
                    let body = town.shapes.with(schema, &base, &member.path, json!(text));
                    let begun = Instant::now();
                    let reply = good.send_with(&body).await;
                    *total += begun.elapsed();
                    faults.extend(
                        wrong(&reply).map(|fault| format!("{} {}: {fault}", route.name(), member.pointer())),
                    );
                }
                number += 1;
            }
        }
    }
    assert!(number > 100, "only {number} texts");
    // A third of a megabyte each, which takes some milliseconds to carry and to read.
    let in_proportion = long < short * 10 + Duration::from_millis(40) * number;
    faults.unless(in_proportion, || format!("{number} short texts took {short:?}, long ones {long:?}"));
    faults.none();
}
