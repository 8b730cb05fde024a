//! Those who look after accounts: whom they invite, what becomes of these, and that somebody always may.

use domain::identity::Role;
use serde_json::{Value, json};
use souk_tests::{Client, PASSWORD, Reply, TestApp};

async fn id(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned()
}

fn invitation(email: &str, role: &str, zones: &[&str]) -> Value {
    json!({"email": email, "password": PASSWORD, "role": role, "zones": zones, "display_name": "Narin Ahmed"})
}

#[tokio::test]
async fn who_is_invited_signs_in_as_that_and_is_counted_and_listed() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    app.customer().await;
    let invited = invitation("duhok@example.com", "location_admin", &["duhok", "erbil"]);
    let made = admin.post("/api/v1/admins", &invited).await;
    let path = made.header("location").to_owned();
    let made = made.created();
    let narin = app.sign_in("duhok@example.com").await;
    assert_eq!(narin.get("/api/v1/auth/me").await.ok()["zones"], json!(["duhok", "erbil"]));
    app.settle().await;
    let shown = admin.get(&path).await.ok();
    assert_eq!((&shown["id"], &shown["display_name"]), (&made["id"], &json!("Narin Ahmed")));
    let list = admin.get("/api/v1/admins?total=true").await.ok();
    assert_eq!(list["total"], 2, "no customer is an admin: {list}");
    assert_eq!(admin.get("/api/v1/admins?filter[role]=customer&total=true").await.ok()["total"], 0);
    let stats = admin.get("/api/v1/admins/stats").await.ok();
    let zone = |zone: Value, role: &str| json!({"role": role, "zone": zone, "active": 1, "inactive": 0});
    assert_eq!(
        stats["items"],
        json!([
            zone(json!("duhok"), "location_admin"),
            zone(json!("erbil"), "location_admin"),
            zone(Value::Null, "super_admin"),
        ])
    );
    let again = admin.post("/api/v1/admins", &invited).await;
    again.problem(409, "identity.email_taken");
    for (wrong, pointer) in [
        (invitation("x@example.com", "customer", &[]), "/role"),
        (invitation("x@example.com", "location_admin", &[]), "/zones"),
        (invitation("x@example.com", "vendor", &[]), "/company_id"),
        (invitation("nobody", "auditor", &[]), "/email"),
    ] {
        let reply = admin.post("/api/v1/admins", &wrong).await;
        assert_eq!(reply.status, 422, "{wrong}");
        assert_eq!(reply.json()["errors"][0]["pointer"], pointer, "{wrong}");
    }
}

#[tokio::test]
async fn what_an_account_may_changes_at_once_and_ends_its_sessions() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let erbil = app.account(Role::LocationAdmin, &["erbil"], None).await;
    let path = format!("/api/v1/admins/{}", id(&erbil).await);
    // The same again changes nothing, and nobody is signed out.
    let same = json!({"role": "location_admin", "zones": ["erbil"]});
    assert_eq!(admin.put(&path, &same).await.ok()["version"], 1);
    erbil.get("/api/v1/auth/me").await.ok();
    let moved = admin.patch(&format!("{path}/zones"), &json!({"zones": ["basra"]})).await;
    assert_eq!(moved.ok()["version"], 2);
    erbil.get("/api/v1/auth/me").await.problem(401, "identity.invalid_token");
    app.settle().await;
    assert_eq!(admin.get(&path).await.ok()["zones"], json!(["basra"]));
    let none = admin.patch(&format!("{path}/zones"), &json!({"zones": []})).await;
    none.problem(422, "identity.zones_required");
    let stale = admin.request("PUT".parse().unwrap(), &path).header("If-Match", "\"1\"").json(&same);
    let stale = Reply::of(stale).await.problem(412, "version-mismatch");
    assert_eq!(stale["events"][0]["type"], "AccountReassigned");
    assert_eq!(admin.put(&path, &json!({"role": "auditor"})).await.ok()["version"], 3);
    app.settle().await;
    let shown = admin.get(&path).await.ok();
    assert_eq!((&shown["role"], &shown["zones"]), (&json!("auditor"), &json!([])));
    admin.delete(&path).await.ok();
    app.settle().await;
    assert_eq!(admin.get(&path).await.ok()["erased"], true);
    admin.put(&path, &same).await.problem(409, "identity.account_erased");
    let customer = app.customer().await;
    app.settle().await;
    let path = format!("/api/v1/admins/{}", id(&customer).await);
    admin.get(&path).await.problem(404, "identity.account_not_found");
    admin.delete(&path).await.problem(404, "identity.account_not_found");
    admin.put(&path, &json!({"role": "super_admin"})).await.problem(404, "identity.account_not_found");
}

#[tokio::test]
async fn a_shop_owner_is_kept_out_and_let_in_again_by_who_looks_after_the_zone() {
    let app = TestApp::spawn().await;
    let (erbil, basra) = (
        app.account(Role::LocationAdmin, &["erbil"], None).await,
        app.account(Role::LocationAdmin, &["basra"], None).await,
    );
    let shirin = app.account(Role::Customer, &["erbil"], None).await;
    let email = shirin.get("/api/v1/auth/me").await.ok()["email"].as_str().unwrap().to_owned();
    app.settle().await;
    let shirin_id = id(&shirin).await;
    let path = format!("/api/v1/admins/shop-owners/{shirin_id}/active");
    let out = json!({"active": false});
    basra.patch(&path, &out).await.problem(404, "identity.account_not_found");
    erbil.patch(&path, &out).await.ok();
    shirin.get("/api/v1/auth/me").await.problem(401, "identity.invalid_token");
    let login = json!({"email": email, "password": PASSWORD});
    let refused = app.anonymous().post("/api/v1/auth/login", &login).await;
    refused.problem(401, "identity.invalid_credentials");
    app.settle().await;
    let list = erbil.get("/api/v1/admins/shop-owners?filter[active]=false").await.ok();
    assert_eq!(list["items"][0]["id"], json!(shirin_id));
    assert_eq!(basra.get("/api/v1/admins/shop-owners").await.ok()["items"], json!([]));
    erbil.patch(&path, &json!({"active": true})).await.ok();
    app.sign_in(&email).await.get("/api/v1/auth/me").await.ok();
    // Only shop owners: not the one who asks, and not a store manager of the zone.
    let manager = app.account(Role::StoreManager, &["erbil"], None).await;
    for other in [&erbil, &manager] {
        let path = format!("/api/v1/admins/shop-owners/{}/active", id(other).await);
        erbil.patch(&path, &out).await.problem(404, "identity.account_not_found");
    }
}

#[tokio::test]
async fn of_super_admins_who_dismiss_each_other_one_stays() {
    let app = TestApp::spawn().await;
    let first = app.admin().await;
    let path = |id: &str| format!("/api/v1/admins/{id}");
    let me = id(&first).await;
    let demoted = json!({"role": "auditor"});
    let out = json!({"active": false});
    app.settle().await;
    for refused in [
        first.delete(&path(&me)).await,
        first.put(&path(&me), &demoted).await,
        first.patch(&format!("{}/active", path(&me)), &out).await,
    ] {
        refused.problem(409, "identity.last_super_admin");
    }
    let mut staying = first;
    for round in 0..6 {
        let other = app.account(Role::SuperAdmin, &[], None).await;
        app.settle().await;
        let (one, two) = (path(&id(&staying).await), path(&id(&other).await));
        let (left, right) = match round % 3 {
            0 => tokio::join!(staying.delete(&two), other.delete(&one)),
            1 => {
                let (one, two) = (format!("{one}/active"), format!("{two}/active"));
                tokio::join!(staying.patch(&two, &out), other.patch(&one, &out))
            }
            _ => tokio::join!(staying.put(&two, &demoted), other.put(&one, &demoted)),
        };
        let winners = [&left, &right].iter().filter(|reply| reply.status.is_success()).count();
        assert_eq!(winners, 1, "{left:?} {right:?}");
        if !left.status.is_success() {
            staying = other;
        }
        staying.get("/api/v1/admins").await.ok();
    }
}
