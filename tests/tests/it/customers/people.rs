//! Customers as those see them who look after them.

use domain::identity::Role;
use serde_json::json;
use souk_tests::TestApp;

#[tokio::test]
async fn customers_are_listed_with_what_they_have_ordered() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let product = admin.product("RICE", "1000").await;
    let warehouse = admin.warehouse("EBL").await;
    admin.stock(&product, &warehouse, 100).await.ok();
    let shirin = app.account(Role::Customer, &["erbil"], None).await;
    let narin = app.account(Role::Customer, &["duhok"], None).await;
    shirin.put("/api/v1/customers/profile", &json!({"display_name": "Shirin Aziz"})).await.ok();
    for quantity in [2, 3] {
        shirin.order(&[(&product, quantity)]).await.created();
    }
    let cancelled = shirin.order(&[(&product, 9)]).await.created()["id"].as_str().unwrap().to_owned();
    shirin.put(&format!("/api/v1/orders/{cancelled}/cancel"), &json!({"reason": "too late"})).await.ok();
    app.settle().await;
    let me = |client: &souk_tests::Client| {
        let client = client.clone();
        async move { client.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned() }
    };
    let (of_shirin, of_narin) = (me(&shirin).await, me(&narin).await);
    let list = admin.get("/api/v1/customers?total=true").await.ok();
    assert_eq!(list["total"], 2);
    let row = list["items"].as_array().unwrap().iter().find(|row| row["id"] == json!(of_shirin)).unwrap();
    assert_eq!(row["display_name"], "Shirin Aziz");
    assert_eq!(row["totals"][0]["orders"], 2);
    assert_eq!(row["totals"][0]["spent"]["amount"], "5000");
    let one = admin.get(&format!("/api/v1/customers/{of_narin}")).await.ok();
    assert_eq!(one["totals"], json!([]));
    // Who looks after Erbil sees nobody of Duhok, and no e-mail address.
    let erbil = app.account(Role::LocationAdmin, &["erbil"], None).await;
    let seen = erbil.get("/api/v1/customers").await.ok();
    assert_eq!(seen["items"].as_array().unwrap().len(), 1);
    assert_eq!(seen["items"][0].get("email"), None);
    erbil.get(&format!("/api/v1/customers/{of_narin}")).await.problem(404, "identity.account_not_found");
    erbil
        .delete(&format!("/api/v1/customers/{of_narin}"))
        .await
        .problem(404, "identity.account_not_found");
    // An administrator is no customer.
    let boss = me(&admin).await;
    admin.delete(&format!("/api/v1/customers/{boss}")).await.problem(404, "identity.account_not_found");
    shirin.get("/api/v1/customers").await.problem(403, "forbidden");
    shirin.delete(&format!("/api/v1/customers/{of_shirin}")).await.problem(403, "forbidden");
    erbil.delete(&format!("/api/v1/customers/{of_shirin}")).await.ok();
    app.settle().await;
    let erased = admin.get(&format!("/api/v1/customers/{of_shirin}")).await.ok();
    assert_eq!((&erased["erased"], &erased["display_name"]), (&json!(true), &json!(null)));
    assert_eq!(erased["totals"][0]["orders"], 2, "what was ordered stays");
}
