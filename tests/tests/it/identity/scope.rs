//! Lists hold what a caller may see and nothing else, with every filter; totals count no more than that.

use domain::identity::Role;
use serde_json::json;
use souk_tests::Client;

use super::world::World;

/// What a caller finds of two things in a list: the one of Erbil, the owner and Zagros, and the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sees {
    Both,
    Ours,
    Theirs,
    Neither,
}

use Sees::{Both, Neither, Ours, Theirs};

async fn seen(client: &Client, path: &str, member: &str, things: [&str; 2]) -> Sees {
    let separator = if path.contains('?') { '&' } else { '?' };
    let path = format!("{path}{separator}limit=100&total=true");
    let list = client.get(&path).await.ok();
    let items = list["items"].as_array().expect("items");
    assert_eq!(list["total"].as_u64(), u64::try_from(items.len()).ok(), "{path}: {list}");
    let has = |thing: &str| items.iter().any(|item| item[member] == thing);
    match (has(things[0]), has(things[1])) {
        (true, true) => Both,
        (true, false) => Ours,
        (false, true) => Theirs,
        (false, false) => Neither,
    }
}

async fn check(world: &World, path: &str, member: &str, things: [&str; 2], expected: &[(&str, Sees)]) {
    for (name, sees) in expected {
        let found = seen(&world.caller(name).client, path, member, things).await;
        assert_eq!(found, *sees, "{path} as {name}");
    }
}

#[tokio::test]
async fn lists_hold_what_a_caller_may_see_and_no_more() {
    let world = World::open().await;
    let orders = [world.order.as_str(), world.order_in_basra.as_str()];
    let readers = [
        ("admin", Both),
        ("zone", Ours),
        ("other", Theirs),
        ("store", Ours),
        ("vendor", Ours),
        ("rival", Theirs),
        ("owner", Ours),
        ("strange", Neither),
        ("auditor", Both),
    ];
    check(&world, "/api/v1/orders", "id", orders, &readers).await;
    // A filter narrows what one sees, and widens nothing.
    let basra = [
        ("admin", Theirs),
        ("zone", Neither),
        ("other", Theirs),
        ("vendor", Neither),
        ("owner", Neither),
    ];
    check(&world, "/api/v1/orders?filter[zone]=basra", "id", orders, &basra).await;
    let of_owner = format!("/api/v1/orders?filter[customer]={}", world.caller("owner").id);
    let spies = [
        ("admin", Ours),
        ("other", Neither),
        ("rival", Neither),
        ("strange", Neither),
    ];
    check(&world, &of_owner, "id", orders, &spies).await;

    let warehouses = [world.warehouse.as_str(), world.warehouse_in_basra.as_str()];
    let keepers = [
        ("admin", Both),
        ("zone", Ours),
        ("other", Theirs),
        ("store", Ours),
        ("auditor", Both),
    ];
    check(&world, "/api/v1/warehouses", "id", warehouses, &keepers).await;
    check(&world, "/api/v1/inventory/history", "warehouse_id", warehouses, &keepers).await;
    let foreign = format!("/api/v1/inventory/history?filter[warehouse]={}", world.warehouse_in_basra);
    check(&world, &foreign, "warehouse_id", warehouses, &[("admin", Theirs), ("zone", Neither)]).await;

    let customers = [world.caller("owner").id.as_str(), world.shop_in_basra.as_str()];
    let guides = [("admin", Both), ("zone", Ours), ("other", Theirs)];
    check(&world, "/api/v1/users", "id", customers, &guides).await;
    check(&world, "/api/v1/customers", "id", customers, &guides).await;
    let of_basra = [("zone", Neither), ("other", Theirs)];
    check(&world, "/api/v1/users?filter[zone]=basra", "id", customers, &of_basra).await;
}

#[tokio::test]
async fn what_belongs_to_a_company_or_a_person_is_in_no_other_list() {
    let world = World::open().await;
    let nothing = "nothing";
    let payees = [
        ("admin", Ours),
        ("vendor", Ours),
        ("rival", Neither),
        ("auditor", Ours),
    ];
    check(&world, "/api/v1/payouts", "id", [&world.payout, nothing], &payees).await;
    check(&world, "/api/v1/settlements", "id", [&world.settlement, nothing], &payees).await;
    let spying = format!("/api/v1/payouts?filter[company]={}", world.company);
    check(&world, &spying, "id", [&world.payout, nothing], &[("vendor", Ours), ("rival", Neither)]).await;
    let neighbours = [("owner", true), ("strange", false), ("admin", false)];
    for (name, sees) in neighbours {
        let list = world.caller(name).client.get("/api/v1/addresses").await.ok();
        assert_eq!(list.to_string().contains(&world.address), sees, "{name}");
    }
    for name in ["vendor", "rival"] {
        let own = name == "vendor";
        let seen = world.caller(name).client.get(&format!("/api/v1/orders/{}", world.order)).await;
        assert_eq!(seen.status.is_success(), own);
    }
}

#[tokio::test]
async fn a_confined_key_finds_in_lists_what_an_account_finds_that_is_so_confined() {
    let world = World::open().await;
    let orders = [world.order.as_str(), world.order_in_basra.as_str()];
    let warehouses = [world.warehouse.as_str(), world.warehouse_in_basra.as_str()];
    let customers = [world.caller("owner").id.as_str(), world.shop_in_basra.as_str()];
    let program = async |role: Role, confined| world.program(role, &confined).await.client;
    let erbil = program(Role::LocationAdmin, json!({"zones": ["erbil"]})).await;
    let basra = program(Role::LocationAdmin, json!({"zones": ["basra"]})).await;
    let both = program(Role::LocationAdmin, json!({"zones": ["basra", "erbil"]})).await;
    for (client, sees) in [(&erbil, Ours), (&basra, Theirs), (&both, Both)] {
        assert_eq!(seen(client, "/api/v1/orders", "id", orders).await, sees);
        assert_eq!(seen(client, "/api/v1/warehouses", "id", warehouses).await, sees);
        assert_eq!(seen(client, "/api/v1/inventory/history", "warehouse_id", warehouses).await, sees);
        for people in ["/api/v1/users", "/api/v1/customers", "/api/v1/admins/shop-owners"] {
            assert_eq!(seen(client, people, "id", customers).await, sees, "{people}");
        }
    }
    assert_eq!(seen(&erbil, "/api/v1/orders?filter[zone]=basra", "id", orders).await, Neither);

    let vendor = program(Role::Vendor, json!({"company_id": world.company})).await;
    assert_eq!(seen(&vendor, "/api/v1/orders", "id", orders).await, Ours);
    assert_eq!(seen(&vendor, "/api/v1/payouts", "id", [&world.payout, "nothing"]).await, Ours);
    assert_eq!(seen(&vendor, "/api/v1/warehouses", "id", warehouses).await, Both);

    // Confined to a company and to zones, a key sees what is in both.
    let scopes = ["read_orders", "fulfil_orders", "read_stock", "manage_stock"];
    let of = async |zone: &str| {
        let body = json!({
            "name": "A scanner", "scopes": scopes, "company_id": world.company, "zones": [zone],
        });
        let key = world.admin().post("/api/v1/api-keys", &body).await.created();
        let text = |name: &str| key[name].as_str().unwrap().to_owned();
        world.app.anonymous().with_key(&text("id"), &text("secret"))
    };
    let (here, elsewhere) = (of("erbil").await, of("basra").await);
    assert_eq!(seen(&here, "/api/v1/orders", "id", orders).await, Ours);
    assert_eq!(seen(&elsewhere, "/api/v1/orders", "id", orders).await, Neither);
    assert_eq!(seen(&here, "/api/v1/warehouses", "id", warehouses).await, Ours);
    assert_eq!(seen(&elsewhere, "/api/v1/warehouses", "id", warehouses).await, Theirs);
    let order = format!("/api/v1/orders/{}", world.order);
    here.get(&order).await.ok();
    elsewhere.get(&order).await.problem(404, "orders.order_not_found");
    let status = json!({"status": "processing"});
    let foreign = elsewhere.put(&format!("{order}/status"), &status).await;
    foreign.problem(404, "orders.order_not_found");
    let other = here.put(&format!("/api/v1/orders/{}/status", world.order_in_basra), &status).await;
    other.problem(404, "orders.order_not_found");
    here.put(&format!("{order}/status"), &status).await.ok();
    here.stock(&world.honey, &world.warehouse_in_basra, 1)
        .await
        .problem(404, "inventory.warehouse_not_found");
    here.stock(&world.honey, &world.warehouse, 1).await.ok();
    here.stock(&world.jam, &world.warehouse, 1).await.problem(404, "catalog.product_not_found");
}
