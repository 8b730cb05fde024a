//! A month of a real retailer, booked as orders, and every figure of it read back.

use std::path::PathBuf;

use commands::import;
use domain::identity::Role;
use event_store::{Log, LogOptions};
use serde_json::{Value, json};
use souk_tests::{Client, TestApp, TestDatabase};
use sqlx::{Connection, Executor};

use super::auditors;

const DECEMBER: &str = "/api/v1/analytics/sales?from=2010-12-01&to=2010-12-31";

fn pounds(amount: &str) -> Value {
    json!({"amount": amount, "currency": "GBP", "exponent": 2})
}

/// Pence.
fn minor(money: &Value) -> i64 {
    money["amount"].as_str().unwrap().replace('.', "").parse().unwrap()
}

fn total(groups: &Value, of: impl Fn(&Value) -> i64) -> i64 {
    groups["groups"].as_array().unwrap().iter().map(of).sum()
}

async fn grouped(analyst: &Client, by: &str) -> Value {
    let sales = analyst.get(&format!("{DECEMBER}&group_by={by}")).await.ok();
    assert_eq!(sales["group_by"], by);
    sales
}

#[tokio::test]
async fn a_real_month_is_read_back_to_the_penny() {
    let database = TestDatabase::create().await;
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/online-retail-2010-12.csv.gz");
    let log = Log::open(LogOptions::new(database.url().parse().unwrap())).await.unwrap();
    import::online_retail(&log, &file, &mut |_| {}).await.unwrap();
    log.close().await;
    let app = TestApp::over(database).await;
    // All but the newest events, which wait for a minute.
    crate::operations::evidence::sealed_up_to(&app.database.pool(), 101_000).await;
    app.settle().await;
    let url = app.database.url().to_owned();
    tokio::task::spawn_blocking(move || auditors::the_guide_is_true(&url)).await.unwrap();
    let analyst = app.account(Role::Analyst, &[], None).await;
    the_totals_are_those_of_the_file(&analyst).await;
    every_grouping_adds_up_to_the_totals(&analyst).await;
    countries_and_products_are_those_of_the_file(&analyst).await;
    days_are_inclusive_and_by_when_it_happened(&analyst).await;
    the_analysts_guide_is_true(&app).await;
    a_promotion_is_tried_on_the_month(&app).await;
}

/// A promotion that gives everything away costs what everything brought.
async fn a_promotion_is_tried_on_the_month(app: &TestApp) {
    let free = json!({"name": {"en": "All of it"}, "reward": {"type": "percentage", "percent": "100"}});
    let request = json!({"promotion": free, "from": "2010-12-01", "to": "2010-12-31"});
    let told = app.admin().await.post("/api/v1/promotions/simulate", &request).await.ok();
    let sums = &told["currencies"][0];
    assert_eq!((&sums["orders"], &sums["net"]), (&json!(1_559), &pounds("823746.14")));
    assert_eq!((&sums["cost"], &sums["net_after"]), (&pounds("823746.14"), &pounds("0.00")));
}

async fn the_totals_are_those_of_the_file(analyst: &Client) {
    let sales = analyst.get(DECEMBER).await.ok();
    assert_eq!((&sales["from"], &sales["to"]), (&json!("2010-12-01"), &json!("2010-12-31")));
    let totals = &sales["totals"];
    for (name, value) in [
        ("orders", 1_559),
        ("order_lines", 41_613),
        ("credits", 326),
        ("credit_lines", 728),
        ("adjustments", 140),
        ("net_units", 342_228),
        ("countries", 24),
    ] {
        assert_eq!(totals[name], value, "{name}");
    }
    let rows = ["order_lines", "credit_lines", "adjustments"].map(|name| totals[name].as_i64().unwrap());
    assert_eq!(rows.iter().sum::<i64>(), 42_481);
    assert_eq!(totals["gross"], pounds("823746.14"));
    assert_eq!(totals["credited"], pounds("-74789.12"));
    assert_eq!(totals["net"], pounds("748957.02"));
    assert_eq!((&sales["other_currencies"], &sales["groups"]), (&json!([]), &json!([])));
    assert_eq!(sales["group_by"], Value::Null);
}

async fn every_grouping_adds_up_to_the_totals(analyst: &Client) {
    for by in ["day", "week", "month", "country"] {
        let sales = grouped(analyst, by).await;
        assert_eq!(total(&sales, |group| minor(&group["net"])), 74_895_702, "{by}");
        assert_eq!(total(&sales, |group| group["orders"].as_i64().unwrap()), 1_559, "{by}");
        assert_eq!(total(&sales, |group| group["credit_lines"].as_i64().unwrap()), 728, "{by}");
    }
    let months = grouped(analyst, "month").await;
    assert_eq!(months["groups"].as_array().unwrap().len(), 1);
    assert_eq!(months["groups"][0]["start"], "2010-12-01");
    let weeks = grouped(analyst, "week").await;
    assert_eq!(weeks["groups"][0]["start"], "2010-11-29", "the Monday of the first week");
    let sales = analyst.get(&format!("{DECEMBER}&group_by=product&limit=1000")).await.ok();
    let products = sales["groups"].as_array().unwrap();
    assert!(products.is_sorted_by_key(|product| -minor(&product["net"])));
}

async fn countries_and_products_are_those_of_the_file(analyst: &Client) {
    let sales = grouped(analyst, "country").await;
    let groups = sales["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 24);
    let first: Vec<_> =
        groups.iter().take(5).map(|group| (group["country"].clone(), group["net"].clone())).collect();
    for (place, (country, amount)) in [
        ("United Kingdom", "676742.62"),
        ("Germany", "14562.84"),
        ("France", "9575.36"),
        ("EIRE", "9029.95"),
        ("Netherlands", "8784.48"),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(first[place], (json!(country), pounds(amount)));
    }
    let germany = analyst.get(&format!("{DECEMBER}&country=Germany&currency=GBP")).await.ok();
    assert_eq!(germany["totals"]["net"], pounds("14562.84"));
    assert_eq!(germany["totals"]["countries"], 1);
    let best = "/api/v1/analytics/products?from=2010-12-01&to=2010-12-31&by=units&limit=3";
    let best = analyst.get(best).await.ok();
    let items = best["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    assert_eq!((&items[0]["sku"], &items[0]["net_units"]), (&json!("84077"), &json!(5_195)));
    let by_revenue = "/api/v1/analytics/products?from=2010-12-01&to=2010-12-31&by=revenue&limit=1000";
    let by_revenue = analyst.get(by_revenue).await.ok();
    assert!(by_revenue["items"].as_array().unwrap().is_sorted_by_key(|product| -minor(&product["net"])));
}

async fn days_are_inclusive_and_by_when_it_happened(analyst: &Client) {
    let net = async |from: &str, to: &str| {
        let sales = analyst.get(&format!("/api/v1/analytics/sales?from={from}&to={to}")).await.ok();
        sales["totals"]["gross"]["amount"].as_str().unwrap().replace('.', "").parse::<i64>().unwrap()
    };
    let (first, rest) = (net("2010-12-01", "2010-12-01").await, net("2010-12-02", "2010-12-31").await);
    assert!(first > 0);
    assert_eq!(first + rest, 82_374_614);
    // Everything was recorded today, and nothing happened today: the totals fall back to the store's currency.
    assert_eq!(net("2010-01-01", "2010-11-30").await, 0);
    let now = analyst.get("/api/v1/analytics/sales").await.ok();
    assert_eq!((&now["totals"]["orders"], &now["totals"]["currency"]), (&json!(0), &json!("IQD")));
}

/// Runs every query of the guide as an analyst: the first row is the one that the guide tells.
async fn the_analysts_guide_is_true(app: &TestApp) {
    let guide = include_str!("../../../../docs/analysts.md");
    let mut analyst = sqlx::PgConnection::connect(app.database.url()).await.unwrap();
    analyst.execute("set role souk_analyst").await.unwrap();
    let queries: Vec<&str> =
        guide.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(queries.len(), 11);
    for query in queries {
        let as_text = format!("select q::text from ({}) q", query.trim().trim_end_matches(';'));
        let rows: Vec<String> = sqlx::query_scalar(&as_text).fetch_all(&mut analyst).await.unwrap();
        let comment = query.lines().next().unwrap();
        if comment == "-- nothing" {
            assert!(rows.is_empty(), "{query}{rows:?}");
        } else if let Some(first) = comment.strip_prefix("-- first: ") {
            assert_eq!(rows.first().map(String::as_str), Some(first), "{query}");
        } else {
            assert!(rows.len() > 10, "{query}");
        }
    }
}
