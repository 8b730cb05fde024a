//! Programs are let in with a key and its secret, do what its scopes say, and are nobody's account.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use commands::{Caller, KeyScopes, Permission, Principal, identity::NewApiKey};
use domain::{
    identity::Role,
    ids::{AccountId, ApiKeyId, CompanyId, SessionId},
    text::{ApiKeyName, Zone},
};
use event_store::ids;
use serde_json::{Value, json};
use souk_tests::{Client, TestApp};

async fn create(admin: &Client, scopes: &[&str]) -> (String, String) {
    let key = admin.post("/api/v1/api-keys", &json!({"name": "Scanner", "scopes": scopes})).await.created();
    let text = |name: &str| key[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_and_the_log_names_it() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (id, secret) = create(&admin, &["manage_catalog", "read_product_history"]).await;
    let program = app.anonymous().with_key(&id, &secret);
    let product = program.product("TEA", "1000").await;
    program.get("/api/v1/orders").await.problem(403, "forbidden");
    program.get("/api/v1/users").await.problem(403, "forbidden");
    program.get("/api/v1/auth/me").await.problem(403, "identity.key_has_no_account");
    for path in ["/api/v1/auth/logout", "/api/v1/%61uth/logout"] {
        program.post(path, &json!({})).await.problem(403, "identity.key_has_no_account");
    }
    let history = program.get(&format!("/api/v1/products/{product}/history")).await.ok();
    assert_eq!(history["events"][0]["actor"], json!({"kind": "api_key", "id": id}), "{history}");
    let events = admin.get(&format!("/api/v1/audit/events?filter[actor]={id}")).await.ok();
    assert_eq!(events["items"][0]["event_type"], "ProductRegistered", "{events}");
    // The list tells what there is and when it was used, and no secret; neither does the database or the log.
    let list = admin.get("/api/v1/api-keys").await.ok();
    assert_eq!((&list["items"][0]["id"], &list["items"][0]["name"]), (&json!(id), &json!("Scanner")));
    assert!(list["items"][0]["last_used_at"].is_string() && !list.to_string().contains(&secret));
    let rows: Vec<String> = sqlx::query_scalar("select k::text from api_keys k")
        .fetch_all(app.server.souk.log.pool())
        .await
        .unwrap();
    let log = admin.get("/api/v1/audit/events?limit=100").await.ok().to_string();
    assert!(!rows.concat().contains(&secret) && !log.contains(&secret) && log.contains("ApiKeyCreated"));
}

#[tokio::test]
async fn a_wrong_secret_an_old_key_and_no_key_look_the_same() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (id, secret) = create(&admin, &["read_orders"]).await;
    let (other, _) = create(&admin, &["read_orders"]).await;
    let (old, old_secret) = create(&admin, &["read_orders"]).await;
    sqlx::query("update api_keys set expires_at = now() - interval '1 second' where key_id = $1::uuid")
        .bind(old.trim_start_matches("key_"))
        .execute(app.server.souk.log.pool())
        .await
        .unwrap();
    let mut answers = Vec::new();
    for (id, secret) in [
        (id.as_str(), "x"),
        (id.as_str(), ""),
        (other.as_str(), secret.as_str()),
        (old.as_str(), old_secret.as_str()),
        ("key_00000000000000000000000000000001", secret.as_str()),
        ("usr_00000000000000000000000000000001", secret.as_str()),
    ] {
        let reply = app.anonymous().with_key(id, secret).get("/api/v1/orders").await;
        let mut problem = reply.problem(401, "identity.invalid_api_key");
        problem["request_id"] = Value::Null;
        answers.push(problem);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    app.anonymous().with_key(&id, &secret).get("/api/v1/orders").await.ok();
}

#[tokio::test]
async fn a_revoked_key_is_worth_nothing_on_any_node_within_seconds() {
    let app = TestApp::spawn().await;
    let beside = app.beside(|source| source).await;
    let admin = app.admin().await;
    let (id, secret) = create(&admin, &["read_orders"]).await;
    let here = app.anonymous().with_key(&id, &secret);
    let there = beside.anonymous().with_key(&id, &secret);
    here.get("/api/v1/orders").await.ok();
    there.get("/api/v1/orders").await.ok();
    let path = format!("/api/v1/api-keys/{id}");
    assert_eq!(admin.delete(&path).await.status, 204);
    here.get("/api/v1/orders").await.problem(401, "identity.invalid_api_key");
    let began = Instant::now();
    while there.get("/api/v1/orders").await.status != 401 {
        assert!(began.elapsed() < Duration::from_secs(5), "the other node still lets it in");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(admin.delete(&path).await.status, 204, "revoking twice is revoking once");
    let none = "/api/v1/api-keys/key_00000000000000000000000000000001";
    admin.delete(none).await.problem(404, "identity.api_key_not_found");
    assert!(admin.get("/api/v1/api-keys").await.ok()["items"][0]["revoked_at"].is_string());
}

#[tokio::test]
async fn a_key_has_a_purpose_an_end_and_no_more_than_its_maker() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    for (wrong, pointer) in [
        (json!({"name": "x", "scopes": []}), "/scopes"),
        (json!({"name": "", "scopes": ["read_orders"]}), "/name"),
        (json!({"name": "x", "scopes": ["read_orders"], "expires_in_days": 0}), "/expires_in_days"),
        (json!({"name": "x", "scopes": ["read_orders"], "expires_in_days": 367}), "/expires_in_days"),
    ] {
        let reply = admin.post("/api/v1/api-keys", &wrong).await;
        assert_eq!(reply.status, 422, "{wrong}");
        assert_eq!(reply.json()["errors"][0]["pointer"], pointer, "{wrong}");
    }
    let unknown = admin.post("/api/v1/api-keys", &json!({"name": "x", "scopes": ["everything"]})).await;
    assert!(unknown.status.is_client_error());
    let (id, secret) = create(&admin, &["manage_api_keys"]).await;
    let program = app.anonymous().with_key(&id, &secret);
    create(&program, &["manage_api_keys"]).await;
    let more = program.post("/api/v1/api-keys", &json!({"name": "x", "scopes": ["manage_accounts"]})).await;
    more.problem(403, "permission_denied");
}

#[tokio::test]
async fn a_confined_key_has_only_scopes_that_its_confinement_confines() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let company = admin.company(None).await;
    let erbil = json!(["erbil"]);
    for (scope, zones, company_id) in [
        ("manage_accounts", &erbil, Value::Null),
        ("manage_api_keys", &erbil, Value::Null),
        ("look_up_users", &erbil, Value::Null),
        ("read_audit", &erbil, Value::Null),
        ("read_payouts", &erbil, Value::Null),
        ("read_accounts", &json!([]), json!(company)),
        ("read_analytics", &json!([]), json!(company)),
        ("read_payouts", &erbil, json!(company)),
    ] {
        let body = json!({
            "name": "x", "scopes": ["read_orders", scope], "zones": zones, "company_id": company_id,
        });
        let refused = admin.post("/api/v1/api-keys", &body).await.problem(422, "identity.scope_not_confined");
        assert_eq!(refused["errors"][0]["pointer"], "/scopes", "{body}");
    }
    for (wrong, pointer) in [
        (json!({"name": "x", "scopes": ["read_orders"], "zones": [""]}), "/zones/0"),
        (json!({"name": "x", "scopes": ["read_orders"], "company_id": "usr_1"}), "/company_id"),
    ] {
        let reply = admin.post("/api/v1/api-keys", &wrong).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["errors"][0]["pointer"]), (422, &json!(pointer)));
    }
    let body = json!({"name": "x", "scopes": ["read_orders"], "zones": erbil, "company_id": company});
    admin.post("/api/v1/api-keys", &body).await.created();
    let listed = admin.get("/api/v1/api-keys").await.ok();
    assert_eq!((&listed["items"][0]["zones"], &listed["items"][0]["company_id"]), (&erbil, &json!(company)));
    let log = admin.get("/api/v1/audit/events?limit=100&filter[event_type]=ApiKeyCreated").await.ok();
    assert!(log["items"][0].to_string().contains(r#""zones":["erbil"]"#), "{log}");
}

#[tokio::test]
async fn nobody_makes_a_key_that_reaches_further_than_they_do() {
    let app = TestApp::spawn().await;
    let zone = |code: &str| Zone::parse(code).unwrap();
    let (own, other) = (CompanyId::from_uuid(ids::uuid()), CompanyId::from_uuid(ids::uuid()));
    // No such key can be made, so that this is asked of the use case itself.
    let maker = |role, zones: &[&str], company| {
        let id = ids::uuid();
        commands::Call::new(Caller::Account(Principal {
            account: AccountId::from_uuid(id),
            session: SessionId::from_uuid(id),
            role,
            zones: zones.iter().map(|code| zone(code)).collect(),
            company,
            key: Some(KeyScopes {
                id: ApiKeyId::from_uuid(id),
                scopes: vec![Permission::ManageApiKeys, Permission::ReadOrders],
            }),
        }))
    };
    let new = |zones: &[&str], company| NewApiKey {
        name: ApiKeyName::parse("x").unwrap(),
        scopes: vec![Permission::ReadOrders],
        zones: zones.iter().map(|code| zone(code)).collect(),
        company,
        life: TimeDelta::days(1),
    };
    let identity = &app.server.souk.identity;
    let in_zones = maker(Role::LocationAdmin, &["erbil", "duhok"], None);
    let in_company = maker(Role::Vendor, &[], Some(own));
    for (maker, wider, pointer) in [
        (&in_zones, new(&[], None), "/zones"),
        (&in_zones, new(&["erbil", "basra"], None), "/zones"),
        (&in_zones, new(&[], Some(own)), "/zones"),
        (&in_company, new(&[], None), "/company_id"),
        (&in_company, new(&["erbil"], None), "/company_id"),
        (&in_company, new(&[], Some(other)), "/company_id"),
    ] {
        let refused = identity.create_api_key(maker, wider).await.unwrap_err();
        let commands::CommandError::Refused(refused) = refused else {
            panic!("{refused}")
        };
        assert_eq!((refused.code, refused.faults[0].pointer.as_str()), ("permission_denied", pointer));
    }
    identity.create_api_key(&in_zones, new(&["duhok"], None)).await.unwrap();
    identity.create_api_key(&in_company, new(&["duhok"], Some(own))).await.unwrap();
}
