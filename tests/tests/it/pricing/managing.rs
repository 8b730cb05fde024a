//! Promotions and coupons are made, revised, ended and listed.

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, Reply};

use super::{dinars, percent, promote, shop, with};

async fn put_if(client: &Client, path: &str, etag: &str, body: &Value) -> Reply {
    Reply::of(client.request(Method::PUT, path).header("If-Match", etag).json(body)).await
}

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_promotion_is_created_shown_revised_and_ended() {
    let (app, admin, tea) = shop().await;
    let new = json!({
        "name": {"en": "Tea week", "ar": "أسبوع الشاي"},
        "reward": {"type": "buy_x_get_y", "buy": 5, "get": 1},
        "scope": {"products": [tea], "zones": ["baghdad"]},
        "minimum": {"amount": "50000", "currency": "IQD"},
        "cap": {"amount": "20000", "currency": "IQD", "exponent": 0},
        "stacking": "exclusive",
        "until": "2099-01-01T00:00:00Z",
        "limits": {"total": 100, "per_customer": 2},
        "priority": 7,
    });
    let created = admin.post("/api/v1/promotions", &new).await;
    let id = created.created()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/promotions/{id}");
    assert_eq!((created.header("location"), created.header("etag")), (path.as_str(), "\"1\""));
    let seen = admin.get_with(&path, "Min-Event-Position", created.position()).await;
    let shown = seen.ok();
    assert_eq!(shown["reward"], json!({"type": "buy_x_get_y", "buy": 5, "get": 1, "percent": "100"}));
    assert_eq!(
        (&shown["phase"], &shown["stacking"], &shown["priority"]),
        (&json!("running"), &json!("exclusive"), &json!(7))
    );
    assert_eq!((&shown["minimum"], &shown["cap"]), (&dinars("50000"), &dinars("20000")));
    assert_eq!(shown["scope"]["products"], json!([tea]));
    assert_eq!(shown["limits"], json!({"total": 100, "per_customer": 2}));
    assert_eq!((&shown["redemptions"], &shown["names"]["en"]), (&json!(0), &json!("Tea week")));
    // What an answer shows can be sent back.
    let arabic = app.anonymous().get_with(&path, "Accept-Language", "ar").await;
    assert_eq!(
        (arabic.ok()["name"].as_str(), arabic.header("content-language")),
        (Some("أسبوع الشاي"), "ar")
    );
    assert!(arabic.json().get("redemptions").is_none() && arabic.json().get("usage").is_none());

    let revised = with(&new, json!({"priority": 9, "limits": {"total": 50}}));
    let changed = put_if(&admin, &path, seen.header("etag"), &revised).await;
    assert_eq!((changed.ok()["version"].clone(), changed.header("etag")), (json!(2), "\"2\""));
    let stale = put_if(&admin, &path, "\"1\"", &new).await.problem(412, "version-mismatch");
    assert_eq!(stale["events"][0]["type"], "PromotionRevised");
    let added = with(&new, json!({"limits": {"total": 50, "per_customer": 2}}));
    let problem = admin.put(&path, &added).await.problem(409, "pricing.limit_cannot_be_added");
    assert_eq!(problem["errors"][0]["pointer"], "/limits/per_customer");

    admin.delete(&path).await.ok();
    admin.put(&path, &new).await.problem(409, "pricing.promotion_ended");
    app.settle().await;
    assert_eq!(admin.get(&path).await.ok()["phase"], "ended");
    app.anonymous().get(&path).await.problem(404, "pricing.promotion_not_found");
    let gone = "/api/v1/promotions/prm_00000000000000000000000000000001";
    admin.put(gone, &new).await.problem(404, "pricing.promotion_not_found");
    admin.delete(gone).await.problem(404, "pricing.promotion_not_found");
}

#[tokio::test]
async fn the_public_sees_what_runs_and_managers_see_all() {
    let (app, admin, _) = shop().await;
    let running = promote(&admin, &percent("5")).await;
    let first = promote(&admin, &with(&percent("6"), json!({"priority": 3}))).await;
    let later = promote(&admin, &with(&percent("7"), json!({"from": "2098-01-01T00:00:00Z"}))).await;
    let hidden = promote(&admin, &with(&percent("8"), json!({"activation": "coupon"}))).await;
    let ended = promote(&admin, &percent("9")).await;
    admin.delete(&format!("/api/v1/promotions/{ended}")).await.ok();
    app.settle().await;
    let all = admin.get("/api/v1/promotions?total=true").await.ok();
    assert_eq!(ids(&all), [&ended, &hidden, &later, &first, &running]);
    assert_eq!(all["total"], 5);
    for client in [app.anonymous(), app.customer().await] {
        let seen = client.get("/api/v1/promotions?total=true").await.ok();
        assert_eq!((ids(&seen), &seen["total"]), (vec![first.as_str(), running.as_str()], &json!(2)));
        for id in [&later, &hidden, &ended] {
            let reply = client.get(&format!("/api/v1/promotions/{id}")).await;
            reply.problem(404, "pricing.promotion_not_found");
        }
        for filter in ["filter[phase]=scheduled", "filter[activation]=coupon"] {
            assert_eq!(client.get(&format!("/api/v1/promotions?{filter}")).await.ok()["items"], json!([]));
        }
    }
    let active = app.anonymous().get("/api/v1/promotions/active?fields=id,name").await.ok();
    assert_eq!(ids(&active), [&first, &running], "in the order in which they are applied");
    assert_eq!(active["items"][0].as_object().map(serde_json::Map::len), Some(2));
    let scheduled = admin.get("/api/v1/promotions?filter[phase]=scheduled").await.ok();
    assert_eq!(ids(&scheduled), [&later]);
    let page = admin.get("/api/v1/promotions?sort=priority&limit=2").await.ok();
    let next = page["next_cursor"].as_str().unwrap();
    let rest = admin.get(&format!("/api/v1/promotions?sort=priority&cursor={next}")).await.ok();
    assert_eq!(ids(&rest).last(), Some(&first.as_str()));
    for wrong in [
        "filter[phase]=soon",
        "filter[type]=bogo",
        "sort=name",
        "colour=red",
    ] {
        admin.get(&format!("/api/v1/promotions?{wrong}")).await.problem(400, "invalid-parameter");
    }
}

#[tokio::test]
async fn overlapping_exclusive_promotions_are_refused_with_the_others() {
    let (_app, admin, tea) = shop().await;
    let exclusive = |more| with(&percent("5"), with(&json!({"stacking": "exclusive"}), more));
    let first = promote(&admin, &exclusive(json!({"until": "2098-01-01T00:00:00Z"}))).await;
    let on_tea = exclusive(json!({"scope": {"products": [tea]}}));
    let problem = admin.post("/api/v1/promotions", &on_tea).await.problem(409, "pricing.exclusive_overlap");
    let other = &problem["errors"][0]["numbers"]["promotions"][0];
    assert_eq!((&other["promotion_id"], &other["until"]), (&json!(first), &json!("2098-01-01T00:00:00Z")));
    let after = with(&on_tea, json!({"from": "2098-01-01T00:00:00Z"}));
    let second = promote(&admin, &after).await;
    let path = format!("/api/v1/promotions/{second}");
    admin
        .put(&path, &with(&on_tea, json!({"from": "2097-12-31T00:00:00Z"})))
        .await
        .problem(409, "pricing.exclusive_overlap");
}

#[tokio::test]
async fn a_coupon_is_created_listed_revised_and_ended() {
    let (app, admin, _) = shop().await;
    let sale = promote(&admin, &with(&percent("8"), json!({"activation": "coupon"}))).await;
    let new = json!({"code": "Spring-26", "promotion_id": sale, "limits": {"per_customer": 1}});
    let created = admin.post("/api/v1/coupons", &new).await;
    assert_eq!(created.created()["code"], "SPRING-26");
    assert_eq!(created.header("location"), "/api/v1/coupons/SPRING-26");
    admin.post("/api/v1/coupons", &new).await.problem(409, "pricing.coupon_code_taken");
    let path = "/api/v1/coupons/spring-26";
    let seen = admin.get_with(path, "Min-Event-Position", created.position()).await.ok();
    assert_eq!(
        (&seen["promotion_id"], &seen["offer"], &seen["phase"]),
        (&json!(sale), &json!(null), &json!("running"))
    );
    let own = json!({"reward": {"type": "bundle", "items": [], "price": {"amount": "1", "currency": "IQD"}}});
    admin.put(path, &own).await.problem(422, "pricing.no_bundle_items");
    let own = json!({"code": "SPRING-26", "reward": {"type": "percentage", "percent": "3"}, "limits": {"per_customer": 2}});
    assert_eq!(put_if(&admin, path, "\"1\"", &own).await.ok()["version"], 2);
    put_if(&admin, path, "\"1\"", &own).await.problem(412, "version-mismatch");
    let renamed = with(&own, json!({"code": "OTHER-26"}));
    assert_eq!(
        admin.put(path, &renamed).await.problem(422, "invalid-request")["errors"][0]["pointer"],
        "/code"
    );
    let list = admin.get("/api/v1/coupons?fields=code,phase").await;
    app.settle().await;
    assert_eq!(list.ok()["items"][0], json!({"code": "SPRING-26", "phase": "running"}));
    let ended = Reply::of(admin.request(Method::DELETE, path).json(&json!({"reason": "leaked"}))).await;
    assert_eq!(ended.ok()["version"], 3);
    app.settle().await;
    let shown = admin.get(path).await.ok();
    assert_eq!((&shown["phase"], &shown["end_reason"]), (&json!("ended"), &json!("leaked")));
    admin.put(path, &own).await.problem(409, "pricing.coupon_ended");
    admin.delete("/api/v1/coupons/none").await.problem(404, "pricing.coupon_not_found");
}

#[tokio::test]
async fn faults_are_told_all_at_once_with_their_places() {
    let (_app, admin, _) = shop().await;
    let wrong = json!({
        "name": {},
        "reward": {"type": "fixed", "amount": {"amount": "1.5", "currency": "IQD"}},
        "scope": {"products": ["tea"], "categories": ["cat_1"]},
        "minimum": {"amount": "5", "currency": "XXX"},
        "until": "99999-01-01T00:00:00Z",
    });
    let problem =
        admin.post("/api/v1/promotions", &with(&wrong, json!({"until": "0001-01-01T00:00:00Z"}))).await;
    let problem = problem.problem(422, "invalid-request");
    let pointers: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(
        pointers,
        [
            "/name",
            "/until",
            "/reward/amount/amount",
            "/scope/products/0",
            "/scope/categories/0",
            "/minimum/currency",
        ]
    );
    for (body, status, pointer) in [
        (with(&percent("0"), json!({})), 422, "/reward/percent"),
        (with(&percent("100.01"), json!({})), 422, "/reward/percent"),
        (with(&percent("5"), json!({"until": "2020-01-01T00:00:00Z"})), 422, "/until"),
        (with(&percent("5"), json!({"limits": {"per_customer": 101}})), 422, "/limits/per_customer"),
        (with(&percent("5"), json!({"cap": {"amount": "0", "currency": "IQD"}})), 422, "/cap"),
    ] {
        let reply = admin.post("/api/v1/promotions", &body).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()["errors"][0]["pointer"].as_str()),
            (status, Some(pointer)),
            "{body}"
        );
    }
    for malformed in [
        with(&percent("5"), json!({"reward": {"type": "gift"}})),
        with(&percent("5"), json!({"colour": "red"})),
        with(&percent("5"), json!({"until": "tomorrow"})),
        with(&percent("5"), json!({"priority": 99_999})),
    ] {
        let reply = admin.post("/api/v1/promotions", &malformed).await;
        assert!([400, 422].contains(&reply.status.as_u16()), "{malformed}");
    }
    let both =
        json!({"code": "BOTH", "promotion_id": "prm_1", "reward": {"type": "percentage", "percent": "3"}});
    admin.post("/api/v1/coupons", &both).await.problem(422, "invalid-request");
}

#[tokio::test]
async fn only_those_who_manage_prices_make_them() {
    let (app, _, _) = shop().await;
    for client in [
        app.customer().await,
        app.account(domain::identity::Role::LocationAdmin, &["erbil"], None).await,
    ] {
        client.post("/api/v1/promotions", &percent("5")).await.problem(403, "permission_denied");
        client
            .post(
                "/api/v1/coupons",
                &json!({"code": "ABC", "reward": {"type": "percentage", "percent": "3"}}),
            )
            .await
            .problem(403, "permission_denied");
    }
    app.anonymous()
        .post("/api/v1/promotions", &percent("5"))
        .await
        .problem(401, "identity.token_missing");
}

#[tokio::test]
async fn a_repeat_makes_no_second_promotion() {
    let (app, admin, _) = shop().await;
    let send = || {
        let request = admin.request(Method::POST, "/api/v1/promotions").header("Idempotency-Key", "tea-week");
        Reply::of(request.json(&percent("5")))
    };
    let (first, second) = (send().await, send().await);
    assert_eq!(first.created(), second.created());
    assert_eq!(second.header("idempotent-replayed"), "true");
    app.settle().await;
    assert_eq!(admin.get("/api/v1/promotions?total=true").await.ok()["total"], 1);
}
