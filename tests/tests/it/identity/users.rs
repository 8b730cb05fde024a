//! Who sees which account, and how much of it; profiles; what is held; erasure.

use domain::identity::Role;
use serde_json::{Value, json};
use souk_tests::{Client, TestApp};

async fn id(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned()
}

fn profile() -> Value {
    json!({"display_name": "Shirin Aziz", "phone": "+964 750 123 4567", "locale": "ku-IQ"})
}

#[tokio::test]
async fn a_reader_sees_what_the_role_allows() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let shirin = app.account(Role::Customer, &["erbil"], None).await;
    let narin = app.account(Role::Customer, &["erbil", "duhok"], None).await;
    let erbil = app.account(Role::LocationAdmin, &["erbil"], None).await;
    let path = format!("/api/v1/users/{}", id(&shirin).await);
    shirin.put(&path, &profile()).await.ok();
    app.settle().await;
    for whole in [&shirin, &admin] {
        let user = whole.get(&path).await.ok();
        assert_eq!(user["display_name"], "Shirin Aziz");
        assert_eq!((&user["phone"], &user["locale"]), (&json!("+9647501234567"), &json!("ku-IQ")));
        assert!(user["email"].as_str().unwrap().ends_with("@example.com"));
    }
    let service = erbil.get(&path).await.ok();
    assert_eq!(
        (&service["display_name"], &service["phone"]),
        (&json!("Shirin Aziz"), &json!("+9647501234567"))
    );
    assert_eq!((service.get("email"), service.get("locale")), (None, None));
    // What one may not see does not exist.
    for (reader, of) in [(&narin, &shirin), (&erbil, &narin), (&erbil, &admin)] {
        let path = format!("/api/v1/users/{}", id(of).await);
        reader.get(&path).await.problem(404, "identity.account_not_found");
        reader.put(&path, &profile()).await.problem(404, "identity.account_not_found");
        reader.get(&format!("{path}/data-export")).await.problem(404, "identity.account_not_found");
    }
    // What one sees and may not change is forbidden.
    erbil.put(&path, &profile()).await.problem(403, "forbidden");
    admin.put(&path, &profile()).await.problem(403, "forbidden");
    erbil.get(&format!("{path}/data-export")).await.problem(403, "forbidden");
    narin.delete(&path).await.problem(403, "permission_denied");
    app.anonymous().get(&path).await.problem(401, "identity.token_missing");
}

#[tokio::test]
async fn accounts_are_listed_within_ones_zones() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let erbil = app.account(Role::LocationAdmin, &["erbil"], None).await;
    for (role, zones) in [
        (Role::Customer, vec!["erbil"]),
        (Role::Driver, vec!["erbil"]),
        (Role::Customer, vec!["duhok"]),
        (Role::Customer, vec!["erbil", "duhok"]),
        (Role::Customer, vec![]),
        (Role::LocationAdmin, vec!["erbil"]),
    ] {
        app.account(role, &zones, None).await;
    }
    app.settle().await;
    let roles = |list: &Value| -> Vec<String> {
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["role"].as_str().unwrap().to_owned())
            .collect()
    };
    let seen = erbil.get("/api/v1/users?total=true").await.ok();
    assert_eq!((roles(&seen), &seen["total"]), (vec!["customer".to_owned(), "driver".to_owned()], &json!(2)));
    let all = admin.get("/api/v1/users?total=true").await.ok();
    assert_eq!(all["total"], 8);
    assert!(all["items"].as_array().unwrap().iter().all(|row| row["email"].is_string()));
    let customers =
        admin.get("/api/v1/users?filter[role]=customer&filter[zone]=erbil&fields=id,zones").await.ok();
    assert_eq!(customers["items"].as_array().unwrap().len(), 2);
    assert_eq!(customers["items"][0].as_object().unwrap().len(), 2);
    let page = admin.get("/api/v1/users?limit=3").await.ok();
    let next =
        admin.get(&format!("/api/v1/users?limit=9&cursor={}", page["next_cursor"].as_str().unwrap())).await;
    assert_eq!(next.ok()["items"].as_array().unwrap().len(), 5);
    admin.get("/api/v1/users?filter[role]=emperor").await.problem(400, "invalid-parameter");
    app.customer().await.get("/api/v1/users").await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_profile_is_whole_checked_and_versioned() {
    let app = TestApp::spawn().await;
    let shirin = app.customer().await;
    let path = format!("/api/v1/users/{}", id(&shirin).await);
    shirin.put(&path, &profile()).await.ok();
    let seen = shirin.put(&path, &json!({"phone": "+964 750 123 4567"})).await;
    assert_eq!(seen.ok()["version"], 3);
    app.settle().await;
    let shown = shirin.get(&path).await;
    assert_eq!(shown.ok()["display_name"], Value::Null, "what is left out is taken away");
    assert_eq!(shown.header("etag"), "\"3\"");
    let known = shirin.get_with(&path, "If-None-Match", "\"3\"").await;
    assert_eq!(known.status, 304);
    let stale = shirin.request("PUT".parse().unwrap(), &path).header("If-Match", "\"2\"").json(&profile());
    let stale = souk_tests::Reply::of(stale).await.problem(412, "version-mismatch");
    assert_eq!(stale["events"][0]["type"], "ProfileRevised");
    assert!(!stale.to_string().contains("964"));
    for wrong in [
        json!({"display_name": ""}),
        json!({"display_name": "x".repeat(121)}),
        json!({"phone": "0750"}),
        json!({"locale": "Kurdish please"}),
    ] {
        assert_eq!(shirin.put(&path, &wrong).await.status, 422, "{wrong}");
    }
    // Nobody makes themselves more than they are.
    assert_eq!(shirin.put(&path, &json!({"role": "super_admin"})).await.status, 422);
    let own = shirin.get("/api/v1/customers/profile").await.ok();
    assert_eq!(own["phone"], "+9647501234567");
}

#[tokio::test]
async fn everything_that_is_held_is_told_to_its_owner() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let product = admin.product("RICE", "1000").await;
    let warehouse = admin.warehouse("EBL").await;
    admin.stock(&product, &warehouse, 100).await.ok();
    let shirin = app.customer().await;
    let me = id(&shirin).await;
    for name in ["Shirin", "Shirin Aziz"] {
        shirin.put("/api/v1/customers/profile", &json!({"display_name": name})).await.ok();
    }
    let address = json!({"recipient": "Shirin Aziz", "street": "Gulan Street 7", "city": "Erbil"});
    let address = shirin.post("/api/v1/addresses", &address).await.created();
    let order = json!({"address_id": address["id"], "lines": [{"product_id": product, "quantity": 1}]});
    let order = shirin.post("/api/v1/orders", &order).await.created();
    app.settle().await;
    let path = format!("/api/v1/users/{me}/data-export");
    let held = shirin.get(&path).await.ok();
    assert_eq!(held["account"]["display_name"], "Shirin Aziz");
    assert!(held["sign_in"]["email"].as_str().unwrap().ends_with("@example.com"));
    assert_eq!(held["sign_in"]["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(held["addresses"][0]["street"], "Gulan Street 7");
    assert_eq!(held["orders"][0]["id"], order["id"]);
    assert_eq!(held["orders"][0]["delivery_address"]["street"], "Gulan Street 7");
    assert_eq!(held["orders"][0]["lines"].as_array().unwrap().len(), 1);
    assert_eq!(held["mails"][0]["kind"], "order_confirmation_mail");
    let names: Vec<&Value> = held["history"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["type"] == "ProfileRevised")
        .map(|event| &event["body"]["display_name"])
        .collect();
    assert_eq!(names, [&json!("Shirin"), &json!("Shirin Aziz")], "earlier values are held, too");
    let added = held["history"].as_array().unwrap().iter().find(|event| event["type"] == "AddressAdded");
    assert_eq!(added.unwrap()["body"]["details"]["street"], "Gulan Street 7");
    let text = held.to_string();
    assert!(!text.contains("argon2") && !text.contains("ciphertext"), "{text}");
    assert_eq!(admin.get(&path).await.ok()["account"]["id"], json!(me));
}

#[tokio::test]
async fn an_erased_account_is_a_number_and_a_role() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let shirin = app.account(Role::Customer, &["erbil"], None).await;
    let path = format!("/api/v1/users/{}", id(&shirin).await);
    shirin.put(&path, &profile()).await.ok();
    let stale = shirin.request("DELETE".parse().unwrap(), &path).header("If-Match", "\"1\"");
    souk_tests::Reply::of(stale).await.problem(412, "version-mismatch");
    shirin.delete(&path).await.ok();
    // Its token is worth nothing any more.
    shirin.get(&path).await.problem(401, "identity.invalid_token");
    app.settle().await;
    let erased = admin.get(&path).await.ok();
    assert_eq!((&erased["erased"], &erased["active"]), (&json!(true), &json!(false)));
    assert_eq!((&erased["role"], &erased["zones"]), (&json!("customer"), &json!(["erbil"])));
    for member in ["display_name", "phone", "email", "locale"] {
        assert_eq!(erased[member], Value::Null, "{member}");
    }
    assert!(erased["erased_at"].is_string());
    assert_eq!(admin.delete(&path).await.ok()["version"], erased["version"], "erasing twice is erasing once");
    let boss = format!("/api/v1/users/{}", id(&admin).await);
    admin.delete(&boss).await.problem(409, "identity.last_super_admin");
    admin
        .delete("/api/v1/users/usr_00000000000000000000000000000001")
        .await
        .problem(404, "identity.account_not_found");
}
