//! What to order: the method on plain cases, and its error on a real month, held out week by week.

use std::{collections::BTreeMap, path::PathBuf};

use chrono::{Days, NaiveDate};
use commands::import;
use event_store::{Log, LogOptions, ids};
use serde_json::{Value, json};
use souk_tests::{Client, TestApp, TestDatabase};

const PATH: &str = "/api/v1/inventory/restock-suggestions";

async fn suggestions(client: &Client, query: &str) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = client.get(&format!("{PATH}?limit=200{query}{cursor}")).await.ok();
        rows.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return rows,
        }
    }
}

#[tokio::test]
async fn what_runs_out_before_a_delivery_would_be_there_is_suggested() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let depot = admin.warehouse("DEPOT").await;
    let (rice, tea) = (admin.product("RICE", "100").await, admin.product("TEA", "100").await);
    let today = ids::now().date_naive();
    let days_ago = |days: u64| today.checked_sub_days(Days::new(days)).unwrap();
    for (product, units) in [(&rice, 60), (&tea, 1_000)] {
        let arrival = json!({
            "product_id": product, "warehouse_id": depot, "delta": units, "reason": "opening stock",
            "effective_at": format!("{}T00:00:00Z", days_ago(10)),
        });
        admin.patch("/api/v1/inventory/stock/update", &arrival).await.ok();
    }
    let customer = app.customer().await;
    customer.order(&[(&rice, 40), (&tea, 40)]).await.created();
    app.settle().await;
    // Forty on one of eleven days: 40 / 11 a day, and the deviation that comes with so uneven a demand.
    let query = format!("&to={today}&lead_time_days=2&review_days=3");
    let rows = suggestions(&admin, &query).await;
    assert_eq!(rows.len(), 1, "there is tea enough: {rows:?}");
    let row = &rows[0];
    assert_eq!(
        (&row["sku"], &row["available"], &row["daily_demand"]),
        (&json!("RICE"), &json!(20), &json!("3.64"))
    );
    assert_eq!(row["days_of_cover"], 5);
    // Variance 40²/11 - (40/11)² = 132.2; 1.28 sqrt(132.2 * 5) = 32.9; 3.64 * 2 = 7.3.
    assert_eq!(
        (&row["safety_stock"], &row["reorder_point"], &row["suggested"]),
        (&json!(33), &json!(41), &json!(32))
    );
    let all = suggestions(&admin, &format!("{query}&all=true")).await;
    assert_eq!(all.iter().filter(|row| row["suggested"] == 0).count(), 1);
    // Nothing was wanted before today.
    assert_eq!(suggestions(&admin, "&all=true").await, Vec::<Value>::new());
    for wrong in [
        "to=2026-1-1",
        "window_days=0",
        "lead_time_days=366",
        "all=maybe",
        "colour=red",
    ] {
        admin.get(&format!("{PATH}?{wrong}")).await.problem(400, "invalid-parameter");
    }
}

/// Units that were wanted of each product from `first` to `last`, both inclusive, told from the log's rows.
async fn wanted(app: &TestApp, first: NaiveDate, last: NaiveDate) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "select 'prd_' || replace(product::text, '-', ''), sum(delta_reserved)::bigint \
         from stock_history_v2.movements where event_type = 'StockReserved' \
           and (effective_at at time zone 'UTC')::date between $1 and $2 group by product",
    )
    .bind(first)
    .bind(last)
    .fetch_all(&app.database.pool())
    .await
    .unwrap();
    rows.into_iter().collect()
}

/// Hundredths.
fn hundredths(decimal: &Value) -> i64 {
    decimal.as_str().unwrap().replace('.', "").parse().unwrap()
}

/// Each week of the imported month is forecast from the days before it. `docs/inventory.md` tells these figures.
#[tokio::test]
async fn the_error_on_a_real_month_held_out_week_by_week_is_what_the_guide_says() {
    let database = TestDatabase::create().await;
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/online-retail-2010-12.csv.gz");
    let log = Log::open(LogOptions::new(database.url().parse().unwrap())).await.unwrap();
    import::online_retail(&log, &file, &mut |_| {}).await.unwrap();
    log.close().await;
    let app = TestApp::over(database).await;
    app.settle().await;
    let admin = app.admin().await;
    let day = |day: u32| NaiveDate::from_ymd_opt(2010, 12, day).unwrap();
    for (week, (first, guide)) in [(8, (73, 90)), (15, (82, 100))].into_iter().enumerate() {
        let actual = wanted(&app, day(first), day(first + 6)).await;
        let before = wanted(&app, day(1), day(first - 1)).await;
        let rows = suggestions(&admin, &format!("&all=true&to={}", day(first - 1))).await;
        let forecast: BTreeMap<String, i64> = rows
            .iter()
            .map(|row| (row["product_id"].as_str().unwrap().to_owned(), hundredths(&row["daily_demand"]) * 7))
            .collect();
        let plain =
            before.iter().map(|(product, units)| (product.clone(), units * 700 / i64::from(first - 1)));
        let (total, error) = (actual.values().sum::<i64>(), error_of(&actual, &forecast));
        let plain_error = error_of(&actual, &plain.collect());
        let bias = (forecast.values().sum::<i64>() / 100 - total) * 100 / total;
        println!(
            "week {}: {total} units, error {error} % (plain mean {plain_error} %), bias {bias} %",
            week + 2
        );
        assert!((error - guide.0).abs() <= 1 && (plain_error - guide.1).abs() <= 1, "{error} {plain_error}");
        assert!(bias.abs() <= 6, "{bias}");
    }
}

/// The sum of what each product was missed by, in percent of all units.
fn error_of(actual: &BTreeMap<String, i64>, forecast: &BTreeMap<String, i64>) -> i64 {
    let products: std::collections::BTreeSet<&String> = actual.keys().chain(forecast.keys()).collect();
    let of = |map: &BTreeMap<String, i64>, product: &String| map.get(product).copied().unwrap_or_default();
    let missed: i64 =
        products.into_iter().map(|product| (of(actual, product) * 100 - of(forecast, product)).abs()).sum();
    let total = actual.values().sum::<i64>();
    (missed + total / 2) / total
}
