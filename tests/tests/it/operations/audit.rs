//! The log as auditors read it.

use domain::identity::Role;
use serde_json::{Value, json};
use souk_tests::{Client, TestApp};

const EVENTS: &str = "/api/v1/audit/events";

async fn positions(client: &Client, query: &str) -> Vec<i64> {
    let page = client.get(&format!("{EVENTS}?limit=200&{query}")).await.ok();
    page["items"].as_array().unwrap().iter().map(|item| item["position"].as_i64().unwrap()).collect()
}

/// A node on which something has happened, and somebody who may look.
async fn shop() -> (TestApp, Client, String) {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "12500").await;
    admin.stock(&rice, &warehouse, 10).await.ok();
    app.customer().await.order(&[(&rice, 2)]).await.created();
    let auditor = app.account(Role::Auditor, &[], None).await;
    (app, auditor, rice)
}

#[tokio::test]
async fn the_stored_text_comes_untouched() {
    let (app, auditor, _) = shop().await;
    // As another program might write: spaces, a name twice, numbers that a parser would change.
    let payload = r#"{ "OrderNoted" : {"amount": 1.50, "amount" :1e2, "text":"\u0061"} }"#;
    let metadata = r#"{"actor":"system",   "event_id" : "0190c7a2-0000-7000-8000-000000000001"}"#;
    sqlx::query(
        "insert into events (position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, \
         metadata, recorded_at) \
         select max(position) + 1, 'note', 'x', 1, 'OrderNoted', '9', $1::json, $2::json, max(recorded_at) from events",
    )
    .bind(payload)
    .bind(metadata)
    .execute(&app.database.pool())
    .await
    .unwrap();
    let reply = auditor.get(&format!("{EVENTS}?filter[event_type]=OrderNoted")).await;
    reply.ok();
    let text = String::from_utf8(reply.bytes).unwrap();
    assert!(text.contains(&format!(r#""payload":{payload},"metadata":{metadata}"#)), "{text}");
}

#[tokio::test]
async fn every_event_is_there_once_whatever_the_pages() {
    let (app, auditor, _) = shop().await;
    let all: Vec<(i64, String, String)> =
        sqlx::query_as("select position, event_type, payload::text from events order by position")
            .fetch_all(&app.database.pool())
            .await
            .unwrap();
    for order in ["position", "-position"] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let reply = auditor.get(&format!("{EVENTS}?limit=3&sort={order}{cursor}")).await;
            let page = reply.ok();
            assert_eq!(reply.header("event-position"), app.head().to_string());
            let items = page["items"].as_array().unwrap();
            assert!((1..=3).contains(&items.len()));
            seen.extend(items.iter().map(|item| {
                (item["position"].as_i64().unwrap(), item["event_type"].as_str().unwrap().to_owned())
            }));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        if order == "-position" {
            seen.reverse();
        }
        let stored: Vec<_> = all.iter().map(|(position, name, _)| (*position, name.clone())).collect();
        assert_eq!(seen, stored, "{order}");
    }
}

#[tokio::test]
async fn events_are_found_by_stream_type_actor_position_and_time() {
    let (app, auditor, rice) = shop().await;
    let pool = app.database.pool();
    let stored = async |condition: &str| -> Vec<i64> {
        sqlx::query_scalar(&format!("select position from events where {condition} order by position"))
            .fetch_all(&pool)
            .await
            .unwrap()
    };
    let uuid = rice.trim_start_matches("prd_").to_owned();
    let of_rice =
        stored(&format!("replace(aggregate_id, '-', '') = '{uuid}' and aggregate_type = 'product'")).await;
    assert!(!of_rice.is_empty());
    assert_eq!(
        positions(&auditor, &format!("filter[aggregate_type]=product&filter[aggregate_id]={rice}")).await,
        of_rice
    );
    let placed = stored("event_type in ('OrderPlaced', 'ProductRegistered')").await;
    assert_eq!(positions(&auditor, "filter[event_type]=OrderPlaced,ProductRegistered").await, placed);
    let page = auditor.get(&format!("{EVENTS}?filter[event_type]=OrderPlaced")).await.ok();
    let customer = page["items"][0]["metadata"]["actor"].as_str().unwrap().to_owned();
    assert!(customer.starts_with("usr_"));
    let theirs = positions(&auditor, &format!("filter[actor]={customer}")).await;
    assert_eq!(theirs, stored(&format!("metadata ->> 'actor' = '{customer}'")).await);
    let head = app.head();
    let window = format!("filter[position][gt]=2&filter[position][lte]={}.4", head.epoch);
    assert_eq!(positions(&auditor, &window).await, [3, 4]);
    let time: String = sqlx::query_scalar(
        "select to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from events where position = 3",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    let since = stored("recorded_at >= (select recorded_at from events where position = 3)").await;
    assert_eq!(positions(&auditor, &format!("filter[recorded_at][gte]={time}")).await, since);
    let until = stored("recorded_at <= (select recorded_at from events where position = 3)").await;
    assert_eq!(positions(&auditor, &format!("filter[recorded_at][lte]={time}")).await, until);
    assert!(positions(&auditor, "filter[aggregate_id]=nothing").await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let (app, auditor, _) = shop().await;
    for query in [
        "filter[actor]=bob",
        "cursor=x",
        "filter[position]=-1",
        "sort=actor",
        "limit=0",
        "q=x",
    ] {
        auditor.get(&format!("{EVENTS}?{query}")).await.problem(400, "invalid-parameter");
    }
    let epoch = app.head().epoch + 1;
    for query in [
        format!("cursor={epoch}.1"),
        format!("filter[position][gt]={epoch}.1"),
    ] {
        auditor.get(&format!("{EVENTS}?{query}")).await.problem(412, "position-of-other-epoch");
    }
}

#[tokio::test]
async fn only_auditors_and_the_super_admin_read_the_log() {
    let (app, auditor, _) = shop().await;
    app.anonymous().get(EVENTS).await.problem(401, "identity.token_missing");
    for role in [Role::Analyst, Role::Customer] {
        app.account(role, &[], None).await.get(EVENTS).await.problem(403, "forbidden");
    }
    let zones = app.account(Role::LocationAdmin, &["karkh"], None).await;
    zones.get(EVENTS).await.problem(403, "forbidden");
    let page: Value = auditor.get(EVENTS).await.ok();
    assert_eq!(page["items"][0]["position"], json!(1));
    app.admin().await.get(EVENTS).await.ok();
}
