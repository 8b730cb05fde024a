//! Who asked for what is written down, also in vain, and nobody can change it.

use std::time::{Duration, Instant};

use domain::identity::Role;
use serde_json::{Value, json};
use souk_tests::{Client, TestApp};

const BROWSER: &str = "Sonde/4.2 (integration test)";

/// The entries of a filter, once there are so many.
async fn entries(reader: &Client, filter: &str, least: usize) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let list = reader.get(&format!("/api/v1/audit/log?{filter}")).await.ok();
        let items = list["items"].as_array().unwrap().clone();
        if items.len() >= least || Instant::now() > deadline {
            assert!(items.len() >= least, "{filter}: {list}");
            return items;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> u16 {
    let request = app.anonymous().request(reqwest::Method::POST, "/api/v1/auth/login");
    let body = json!({"email": email, "password": password});
    request.header("user-agent", BROWSER).json(&body).send().await.unwrap().status().as_u16()
}

async fn me(client: &Client) -> (String, String) {
    let me = client.get("/api/v1/auth/me").await.ok();
    (me["id"].as_str().unwrap().to_owned(), me["email"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_command_is_written_down_with_actor_address_program_result_and_request() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (warehouse, product) = (admin.warehouse("ERB").await, admin.product("TEA", "1000").await);
    let body = |delta: i64| json!({"product_id": product, "warehouse_id": warehouse, "delta": delta, "reason": "count"});
    let id = event_store::ids::uuid().to_string();
    let adjust = |request_id: String, body: Value| {
        let request = admin
            .request(reqwest::Method::PATCH, "/api/v1/inventory/stock/update")
            .header("user-agent", BROWSER);
        let key = event_store::ids::uuid().to_string();
        souk_tests::Reply::of(
            request.header("x-request-id", request_id).header("idempotency-key", key).json(&body),
        )
    };
    let accepted = adjust(id.clone(), body(5)).await;
    let position: i64 = accepted.position().split_once('.').unwrap().1.parse().unwrap();
    let (actor, _) = me(&admin).await;
    let found = entries(&admin, &format!("filter[request_id]={id}"), 1).await;
    let entry = &found[0];
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (&entry["actor"], &entry["method"], &entry["result"], &entry["event_position"]),
        (&json!(actor), &json!("PATCH"), &json!("accepted"), &json!(position)),
        "{entry}"
    );
    assert_eq!((&entry["address"], &entry["user_agent"]), (&json!("127.0.0.1"), &json!(BROWSER)));
    // The events of the command name the same request.
    let events = admin.get(&format!("/api/v1/audit/events?filter[position]={position}")).await.ok();
    assert!(events.to_string().contains(&id), "{events}");
    // A refusal is written down with its reason.
    let refused = event_store::ids::uuid().to_string();
    let answer = adjust(refused.clone(), body(-500)).await;
    let code = answer.json()["code"].as_str().unwrap().to_owned();
    let found = entries(&admin, &format!("filter[request_id]={refused}"), 1).await;
    assert_eq!((&found[0]["result"], &found[0]["code"]), (&json!("refused"), &json!(code)), "{found:?}");
    assert_eq!(found[0]["event_position"], Value::Null);
}

#[tokio::test]
async fn sign_ins_that_fail_are_found_by_the_account_that_was_tried() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let customer = app.customer().await;
    let (account, email) = me(&customer).await;
    assert_eq!(sign_in(&app, &email, "not the password").await, 401);
    assert_eq!(sign_in(&app, "nobody@example.com", "not the password").await, 401);
    let found = entries(&admin, &format!("filter[account_id]={account}&filter[status]=401"), 1).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (&found[0]["actor"], &found[0]["tried_account_id"], &found[0]["code"]),
        (&json!("anonymous"), &json!(account), &json!("identity.invalid_credentials"))
    );
    assert_eq!(found[0]["user_agent"], json!(BROWSER));
    // One that succeeds is the account's own.
    let filter = format!("filter[actor]={account}&filter[route]=/api/v1/auth/login");
    let found = entries(&admin, &filter, 1).await;
    assert_eq!(found[0]["result"], json!("accepted"), "{found:?}");
    // Neither password nor address stands anywhere in what was written.
    let rows: Vec<String> =
        sqlx::query_scalar("select l::text from audit_log l union all select o::text from audit_origins o")
            .fetch_all(app.server.souk.log.pool())
            .await
            .unwrap();
    let all = rows.concat();
    for secret in [
        "not the password",
        &email,
        "nobody@example.com",
        "127.0.0.1",
        "Sonde",
    ] {
        assert!(!all.contains(secret), "{secret} stands in the tables");
    }
}

#[tokio::test]
async fn denials_and_looks_at_what_is_sensitive_are_written_down() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let customer = app.customer().await;
    let (account, _) = me(&customer).await;
    customer.get("/api/v1/users").await.problem(403, "forbidden");
    let found = entries(&admin, &format!("filter[actor]={account}&filter[code]=forbidden"), 1).await;
    assert_eq!((&found[0]["route"], &found[0]["method"]), (&json!("/api/v1/users"), &json!("GET")));
    app.anonymous().get("/api/v1/orders").await.problem(401, "identity.token_missing");
    entries(&admin, "filter[code]=identity.token_missing&filter[route]=/api/v1/orders", 1).await;
    admin.get(&format!("/api/v1/users/{account}/data-export")).await.ok();
    let found = entries(&admin, &format!("filter[target]={account}&filter[method]=GET"), 1).await;
    assert_eq!(found[0]["route"], json!("/api/v1/users/{id}/data-export"), "{found:?}");
    // Reading this list is read in it; ordinary reads are not.
    entries(&admin, "filter[route]=/api/v1/audit/log", 1).await;
    let auditor = app.account(Role::Auditor, &[], None).await;
    customer.get("/api/v1/products").await.ok();
    let list = auditor.get("/api/v1/audit/log?limit=200").await.ok();
    assert!(!list.to_string().contains("\"/api/v1/products\""), "{list}");
}

#[tokio::test]
async fn the_list_is_paged_both_ways_and_its_filters_are_checked() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    for code in ["A", "B", "C", "D", "E"] {
        admin.warehouse(code).await;
    }
    let filter = "filter[route]=/api/v1/warehouses&filter[method]=POST";
    let newest = entries(&admin, filter, 5).await;
    let mut walked = Vec::new();
    let mut next = String::new();
    loop {
        let page = admin.get(&format!("/api/v1/audit/log?{filter}&sort=at&limit=2{next}")).await.ok();
        walked.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        next = format!("&cursor={cursor}");
    }
    walked.reverse();
    assert_eq!(walked, newest);
    let since = newest[2]["at"].as_str().unwrap();
    let found = entries(&admin, &format!("{filter}&filter[at][gte]={since}"), 3).await;
    assert_eq!(found, newest[..3]);
    let found =
        entries(&admin, &format!("{filter}&filter[at][lte]={since}&filter[status][lte]=299"), 3).await;
    assert_eq!(found, newest[2..]);
    for wrong in [
        "filter[status]=7",
        "filter[at][gte]=yesterday",
        "filter[actor]=me",
        "cursor=x",
        "filter[x]=1",
    ] {
        admin.get(&format!("/api/v1/audit/log?{wrong}")).await.problem(400, "invalid-parameter");
    }
}

#[tokio::test]
async fn nobody_can_alter_it() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    admin.warehouse("ERB").await;
    entries(&admin, "filter[route]=/api/v1/warehouses", 1).await;
    let pool = app.server.souk.log.pool();
    for statement in [
        "update audit_log set actor = 'system'",
        "delete from audit_log",
        "truncate audit_log",
        "update audit_origins set sealed = '{}'",
        "delete from audit_origins where person_id is not null",
        "truncate audit_origins",
    ] {
        let refused = sqlx::query(statement).execute(pool).await.unwrap_err();
        let code = refused.as_database_error().unwrap().code().unwrap().into_owned();
        assert_eq!(code, "23001", "{statement}: {refused}");
    }
}

#[tokio::test]
async fn where_somebody_called_from_goes_with_them_and_what_they_did_stays() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let customer = app.customer().await;
    let (account, email) = me(&customer).await;
    assert_eq!(sign_in(&app, &email, "not the password").await, 401);
    entries(&admin, &format!("filter[account_id]={account}&filter[status]=401"), 1).await;
    let mine = entries(&admin, &format!("filter[actor]={account}"), 1).await;
    assert!(mine.iter().any(|entry| entry["address"] == "127.0.0.1"), "{mine:?}");
    let export = customer.get(&format!("/api/v1/users/{account}/data-export")).await.ok();
    assert_eq!(export["requests_from"][0]["address"], "127.0.0.1", "{export}");
    admin.delete(&format!("/api/v1/users/{account}")).await.ok();
    let after = entries(&admin, &format!("filter[actor]={account}"), mine.len()).await;
    assert!(
        after.iter().all(|entry| entry["address"].is_null() && entry["user_agent"].is_null()),
        "{after:?}"
    );
    let left: i64 = sqlx::query_scalar(
        "select count(*) from audit_origins o where person_id = $1::uuid or (person_id is null and email_lookup is not null)",
    )
    .bind(account.trim_start_matches("usr_"))
    .fetch_one(app.server.souk.log.pool())
    .await
    .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_node_that_stops_writes_its_last_entries() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    for round in 0..30 {
        admin.warehouse(&format!("W{round}")).await;
    }
    let pool = app.server.souk.log.pool().clone();
    app.server.souk.audit.close().await;
    let written: i64 =
        sqlx::query_scalar("select count(*) from audit_log where route = '/api/v1/warehouses'")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(written, 30);
}

#[tokio::test]
async fn where_strangers_called_from_is_forgotten_after_some_months() {
    let app = TestApp::spawn().await;
    let pool = app.server.souk.log.pool();
    for (days, person) in [(91, None), (89, None), (91, Some(event_store::ids::uuid()))] {
        sqlx::query(
            "insert into audit_origins (id, person_id, sealed, seen_at) \
             values (gen_random_uuid(), $1, '\"\"', now() - make_interval(days => $2))",
        )
        .bind(person)
        .bind(days)
        .execute(pool)
        .await
        .unwrap();
    }
    // The node does so by itself, too.
    app.server.souk.audit.forget_strangers().await.unwrap();
    let left: Vec<(bool, i32)> = sqlx::query_as(
        "select person_id is null, extract(day from now() - seen_at)::int from audit_origins \
          where seen_at < now() - interval '1 day' order by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert_eq!(left, [(false, 91), (true, 89)]);
}
