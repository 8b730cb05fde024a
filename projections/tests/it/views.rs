//! The schema `read`: what analysts see, and that it is explained to them.

use std::{collections::BTreeSet, fs};

use event_store::subscription::{SubscriptionOptions, Subscriptions};
use sqlx::Executor;

use crate::support::{Bench, history::History};

#[tokio::test]
async fn every_view_and_column_is_explained_and_described_in_the_guide() {
    let bench = Bench::new().await;
    bench.install().await;
    let pool = bench.pool();
    let columns: Vec<(String, Option<String>, String, Option<String>)> = sqlx::query_as(
        "select c.relname::text, obj_description(c.oid), a.attname::text, col_description(c.oid, a.attnum) \
         from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 \
         where c.relnamespace = 'read'::regnamespace order by c.relname, a.attnum",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let views: BTreeSet<&str> = columns.iter().map(|(view, ..)| view.as_str()).collect();
    let wanted = [
        "categories",
        "companies",
        "company_accounts",
        "company_items",
        "coupons",
        "fraud_flags",
        "list_prices",
        "loyalty_accounts",
        "loyalty_movements",
        "loyalty_rewards",
        "order_discounts",
        "order_lines",
        "orders",
        "payouts",
        "price_lists",
        "products",
        "promotions",
        "reorders",
        "returns",
        "reviews",
        "sales_daily",
        "selling_units",
        "settlements",
        "stock",
        "stock_lots",
        "stock_movements",
        "suppliers",
        "units",
        "warehouses",
    ];
    assert_eq!(views.into_iter().collect::<Vec<_>>(), wanted);
    let guide = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/read-schema.md")).unwrap();
    let mut sections = guide.split("\n## ").skip(1).collect::<Vec<_>>();
    sections.retain(|section| section.starts_with("`read."));
    for (view, about_view, column, about_column) in &columns {
        assert!(about_view.as_ref().is_some_and(|text| text.len() > 20), "read.{view} has no comment");
        let about = about_column.as_deref().unwrap_or_default();
        assert!(!about.is_empty(), "read.{view}.{column} has no comment");
        let section = sections.iter().find(|section| section.starts_with(&format!("`read.{view}`")));
        let section = section.unwrap_or_else(|| panic!("docs/read-schema.md does not describe read.{view}"));
        let line = format!("| `{column}` | {about} |");
        assert!(section.contains(&line), "docs/read-schema.md lacks: {line}");
    }
    let described = sections.iter().map(|section| section.matches("\n| `").count()).sum::<usize>();
    assert_eq!(described, columns.len(), "docs/read-schema.md describes columns that do not exist");
}

#[tokio::test]
async fn an_analyst_reads_the_views_and_nothing_else() {
    let bench = Bench::with(&History::random(21, 600)).await;
    let runtime =
        Subscriptions::start(bench.log(), projections::all(), SubscriptionOptions::default()).await.unwrap();
    let head = bench.log().reader().refresh_head().await.unwrap();
    for projection in projections::all() {
        runtime.wait_for(projection.name(), head, std::time::Duration::from_secs(60)).await.unwrap();
    }
    runtime.stop().await;
    let mut analyst = bench.pool().acquire().await.unwrap();
    analyst.execute("set role souk_analyst").await.unwrap();
    for view in [
        "categories",
        "companies",
        "company_accounts",
        "company_items",
        "order_lines",
        "orders",
        "payouts",
        "products",
        "returns",
        "sales_daily",
        "settlements",
        "stock",
        "stock_movements",
    ] {
        let rows: i64 = sqlx::query_scalar(&format!("select count(*) from read.{view}"))
            .fetch_one(&mut *analyst)
            .await
            .unwrap();
        assert!(rows > 0 || ["payouts", "returns", "settlements"].contains(&view), "read.{view} is empty");
    }
    for denied in ["order_list_v2.orders", "public.events", "public.credentials"] {
        let read = sqlx::query(&format!("select 1 from {denied} limit 1")).execute(&mut *analyst).await;
        assert!(read.is_err(), "{denied} is open to analysts");
    }
    // Amounts are decimals, to the minor unit.
    let (orders, sales): (Option<String>, Option<String>) = sqlx::query_as(
        "select (select sum(total)::text from read.orders where currency = 'GBP' and status <> 'cancelled'), \
                (select sum(net + 0 - credited)::text from read.sales_daily where currency = 'GBP')",
    )
    .fetch_one(&mut *analyst)
    .await
    .unwrap();
    let scale = |amount: &Option<String>| {
        amount.as_deref().and_then(|text| text.split_once('.')).map(|(_, s)| s.len())
    };
    assert_eq!((scale(&orders), scale(&sales)), (Some(2), Some(2)));
}
