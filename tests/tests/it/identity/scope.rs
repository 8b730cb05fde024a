//! Lists hold what a caller may see and nothing else, with every filter; totals count no more than that.

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

async fn check(world: &World, path: &str, member: &str, things: [&str; 2], expected: &[(&str, Sees)]) {
    for (name, sees) in expected {
        let separator = if path.contains('?') { '&' } else { '?' };
        let path = format!("{path}{separator}limit=100&total=true");
        let list = world.caller(name).client.get(&path).await.ok();
        let items = list["items"].as_array().expect("items");
        assert_eq!(list["total"].as_u64(), u64::try_from(items.len()).ok(), "{path} as {name}");
        let has = |thing: &str| items.iter().any(|item| item[member] == thing);
        let found = match (has(things[0]), has(things[1])) {
            (true, true) => Both,
            (true, false) => Ours,
            (false, true) => Theirs,
            (false, false) => Neither,
        };
        assert_eq!(found, *sees, "{path} as {name}: {list}");
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
