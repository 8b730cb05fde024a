//! One good request for each route of the matrix: what stands in its path, and its body.

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, Reply};

use super::{
    sign_in_requests::auth,
    world::{Caller, World, address, coupon, fresh, invitation, png, price_list, promotion, store, tax_rate},
};

/// A request that is good but for who sends it.
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    /// A body that is no JSON, and its media type.
    pub(crate) raw: Option<(&'static str, Vec<u8>)>,
    /// Who sends it, where it ends the sender's session or account.
    pub(crate) client: Option<Client>,
}

/// What takes the place of a segment in braces, and the body.
pub(crate) enum Good {
    Plain,
    At(String),
    With(Value),
    AtWith(String, Value),
    By(Client, String),
    ByWith(Client, Value),
    Raw(Option<String>, &'static str, Vec<u8>),
}

/// A good request on `route` (`METHOD /path`). Where it will succeed, it is about things of its own, so that no request
/// stands in another's way.
pub(crate) async fn request(world: &World, caller: &Caller, route: &str, succeeds: bool) -> Request {
    let good = match route.split('/').nth(3).unwrap_or_default() {
        "auth" => auth(world, caller, route).await,
        "users" | "customers" | "addresses" => people(world, caller, route, succeeds).await,
        "loyalty" => loyalty(world, caller, route, succeeds).await,
        "notify-me" | "needed-items" => wishes(world, route).await,
        "one-click" => one_click(world, caller, route, succeeds).await,
        "admins" | "api-keys" | "internal" => admins(world, route, succeeds).await,
        "upload" => uploads(world, caller, route, succeeds).await,
        "categories" | "seo" => categories(world, route, succeeds).await,
        "attributes" => attributes(world, route, succeeds).await,
        "units" | "product-units" => units(world, route, succeeds).await,
        "reviews" => reviews(world, route, succeeds).await,
        "products" if route.ends_with("/reviews") => reviews(world, route, succeeds).await,
        "inventory" if route.contains("/reservations/") => Good::At(world.hold(caller, succeeds).await),
        "suppliers" => suppliers(world, route, succeeds).await,
        "reorders" => Good::AtWith(world.reorder.clone(), json!({"status": "approved"})),
        "warehouses" | "stores" => places(world, route, succeeds).await,
        "products" | "inventory" => goods(world, route, succeeds).await,
        "cart" => cart(world, caller, route, succeeds).await,
        "orders" | "returns" => orders(world, route, succeeds).await,
        "fraud" => fraud(world, route, succeeds).await,
        "promotions" | "coupons" | "price-lists" | "tax-rates" => pricing(world, route, succeeds).await,
        "companies" | "payouts" | "settlements" => vendors(world, route, succeeds).await,
        _ => others(world, route).await,
    };
    let mut raw = None;
    let (segment, body, client) = match good {
        Good::Plain => (None, None, None),
        Good::At(segment) => (Some(segment), None, None),
        Good::With(body) => (None, Some(body), None),
        Good::AtWith(segment, body) => (Some(segment), Some(body), None),
        Good::By(client, segment) => (Some(segment), None, Some(client)),
        Good::ByWith(client, body) => (None, Some(body), Some(client)),
        Good::Raw(segment, kind, bytes) => {
            raw = Some((kind, bytes));
            (segment, None, None)
        }
    };
    let path = route.split_once(' ').expect("a method and a path").1;
    let path = match (path.split_once('{'), segment) {
        (Some((before, rest)), Some(segment)) => {
            format!("{before}{segment}{}", rest.split_once('}').expect("a brace").1)
        }
        (Some(_), None) => panic!("requests.rs does not say what stands in the path of {route}"),
        // It answers only to those who say where they are.
        (None, _) if path.ends_with("/nearby") => format!("{path}?latitude=36.2&longitude=44"),
        (None, _) => path.to_owned(),
    };
    Request { path, body, raw, client }
}

async fn people(world: &World, caller: &Caller, route: &str, succeeds: bool) -> Good {
    let owner = world.caller("owner").id.clone();
    let profile = json!({"display_name": "Shirin Aziz", "locale": "ku-IQ"});
    match route {
        "DELETE /api/v1/users/{id}" | "DELETE /api/v1/customers/{id}" if succeeds => {
            let (client, id) = world.shop_owner().await;
            if caller.id == owner {
                Good::By(client, id)
            } else {
                Good::At(id)
            }
        }
        "PUT /api/v1/users/{id}" => Good::AtWith(owner, profile),
        "PUT /api/v1/customers/{id}/groups" => Good::AtWith(owner, json!({"groups": ["bakery"]})),
        _ if route.contains("/favorites/") => Good::At(world.honey.clone()),
        "PUT /api/v1/customers/profile" => Good::With(profile),
        "POST /api/v1/addresses" => Good::With(address()),
        "PUT /api/v1/addresses/{id}" => Good::AtWith(world.address.clone(), address()),
        "DELETE /api/v1/addresses/{id}" if succeeds => Good::At(world.address().await),
        _ if route.contains("/addresses/") => Good::At(world.address.clone()),
        _ => Good::At(owner),
    }
}

/// Somebody who redeems has points, where anybody can give that one some.
async fn loyalty(world: &World, caller: &Caller, route: &str, succeeds: bool) -> Good {
    let reward = json!({"name": {"en": "A tenth off"}, "points": 5, "reward": {"type": "percentage", "percent": "10"}});
    let adjustment = |id: &str| json!({"customer_id": id, "points": 10, "reason": "a welcome"});
    match route {
        "POST /api/v1/loyalty/redeem" => {
            if succeeds {
                world.admin().post("/api/v1/loyalty/adjustments", &adjustment(&caller.id)).await.ok();
            }
            Good::With(json!({"reward_id": world.loyalty_reward(&reward).await}))
        }
        "PUT /api/v1/loyalty/rules" => Good::With(json!({"rates": [], "tier_window_days": 365})),
        "POST /api/v1/loyalty/rewards" => Good::With(reward),
        "PUT /api/v1/loyalty/rewards/{id}" => Good::AtWith(world.loyalty_reward(&reward).await, reward),
        "POST /api/v1/loyalty/adjustments" => Good::With(adjustment(&world.caller("owner").id)),
        _ => Good::Plain,
    }
}

async fn wishes(world: &World, route: &str) -> Good {
    match route {
        "POST /api/v1/notify-me/{product_id}" => Good::At(world.product().await),
        "POST /api/v1/needed-items" => Good::With(json!({"description": "saffron, in tins"})),
        "PATCH /api/v1/needed-items/{id}/status" => {
            Good::AtWith(world.needed_item().await, json!({"status": "sourcing"}))
        }
        _ => Good::At(world.honey.clone()),
    }
}

async fn one_click(world: &World, caller: &Caller, route: &str, succeeds: bool) -> Good {
    let on = json!({"enabled": true, "payment_method": "pm_1NqZ8x"});
    if succeeds && !route.starts_with("GET") {
        caller.client.post("/api/v1/addresses", &address()).await.created();
    }
    if !route.ends_with("/checkout") {
        return Good::With(on);
    }
    let token = if succeeds {
        caller.client.put("/api/v1/one-click", &on).await.ok()["token"].clone()
    } else {
        json!("none")
    };
    Good::With(json!({"token": token, "product_id": world.honey, "quantity": 1}))
}

async fn admins(world: &World, route: &str, succeeds: bool) -> Good {
    let deputy = world.deputy.clone();
    let as_it_is = json!({"role": "location_admin", "zones": ["duhok"]});
    match route {
        "POST /api/v1/admins" => Good::With(invitation()),
        "PUT /api/v1/admins/{id}" => Good::AtWith(deputy, as_it_is),
        "PATCH /api/v1/admins/{id}/zones" => Good::AtWith(deputy, json!({"zones": ["duhok"]})),
        "PATCH /api/v1/admins/{id}/active" => Good::AtWith(deputy, json!({"active": true})),
        "PATCH /api/v1/admins/shop-owners/{id}/active" => {
            Good::AtWith(world.caller("owner").id.clone(), json!({"active": true}))
        }
        "DELETE /api/v1/admins/{id}" if succeeds => Good::At(world.deputy().await),
        "POST /api/v1/api-keys" => Good::With(json!({"name": "Another", "scopes": ["read_stock"]})),
        "DELETE /api/v1/api-keys/{id}" => Good::At(world.api_key.clone()),
        "GET /api/v1/internal/users/{id}" => Good::At(world.caller("owner").id.clone()),
        _ => Good::At(deputy),
    }
}

async fn categories(world: &World, route: &str, succeeds: bool) -> Good {
    let slug = fresh("slug").to_lowercase();
    let category = json!({"name": {"en": "Sweets"}, "slug": slug});
    match route {
        "POST /api/v1/categories" => Good::With(category),
        "PUT /api/v1/categories/{id}" => {
            Good::AtWith(world.category.clone(), json!({"name": {"en": "Groceries"}, "sort_order": 1}))
        }
        "DELETE /api/v1/categories/{id}" if succeeds => Good::At(world.category().await),
        "POST /api/v1/seo/slug" => Good::With(json!({"title": {"en": "Groceries"}, "kind": "category"})),
        "GET /api/v1/seo/metadata/{slug}" => Good::At("groceries".to_owned()),
        "GET /api/v1/categories/slug/{slug}" => Good::At("groceries".to_owned()),
        _ => Good::At(world.category.clone()),
    }
}

async fn uploads(world: &World, caller: &Caller, route: &str, succeeds: bool) -> Good {
    match route {
        "POST /api/v1/upload/image" if succeeds => {
            let signed = world.signed_upload(caller).await;
            let path = signed["url"].as_str().and_then(|url| url.find("/api/")).expect("a path");
            let put = caller.client.request(Method::PUT, &signed["url"].as_str().expect("a URL")[path..]);
            Reply::of(put.header("content-type", "image/png").body(png())).await;
            Good::With(json!({"ticket": signed["ticket"]}))
        }
        "POST /api/v1/upload/image" => Good::Raw(None, "image/png", png()),
        "POST /api/v1/upload/multiple" => {
            let head = "--part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n";
            let body = [head.as_bytes(), &png(), b"\r\n--part--\r\n"].concat();
            Good::Raw(None, "multipart/form-data; boundary=part", body)
        }
        "POST /api/v1/upload/signature" => {
            Good::With(json!({"media_type": "image/png", "bytes": png().len()}))
        }
        "PUT /api/v1/upload/direct/{ticket}" => {
            let signed = world.signed_upload(world.caller("owner")).await;
            Good::Raw(Some(signed["ticket"].as_str().expect("a ticket").to_owned()), "image/png", png())
        }
        "DELETE /api/v1/upload/{name}" if succeeds => Good::At(world.upload().await),
        _ => Good::At(world.upload.clone()),
    }
}

async fn units(world: &World, route: &str, succeeds: bool) -> Good {
    let unit = json!({"name": {"en": "Box"}, "symbol": {"en": "box"}, "dimension": "count"});
    let mut defined = unit.clone();
    defined["code"] = json!(fresh("U"));
    let selling = json!({"unit_id": world.unit, "contains": {"numerator": 12}});
    let mut added = selling.clone();
    added["product_id"] = json!(world.honey);
    match route {
        "POST /api/v1/units" => Good::With(defined),
        "PUT /api/v1/units/{id}" => Good::AtWith(world.unit.clone(), unit),
        "DELETE /api/v1/units/{id}" if succeeds => Good::At(world.unit().await),
        "POST /api/v1/product-units" => Good::With(added),
        "PUT /api/v1/product-units/{id}" => Good::AtWith(world.selling_unit.clone(), selling),
        "DELETE /api/v1/product-units/{id}" if succeeds => Good::At(world.selling_unit().await),
        "GET /api/v1/product-units/product/{product_id}" => Good::At(world.honey.clone()),
        _ if route.contains("/product-units/") => Good::At(world.selling_unit.clone()),
        _ => Good::At(world.unit.clone()),
    }
}

async fn attributes(world: &World, route: &str, succeeds: bool) -> Good {
    // For a category of its own, so that no product lacks it where it is made a required one.
    let shelf = world.category().await;
    let attribute = json!({"label": {"en": "Maker"}, "kind": "text", "categories": [shelf]});
    match route {
        "POST /api/v1/attributes" => {
            let mut defined = attribute;
            defined["code"] = json!(fresh("A"));
            Good::With(defined)
        }
        "PUT /api/v1/attributes/{id}" => Good::AtWith(world.attribute.clone(), attribute),
        "DELETE /api/v1/attributes/{id}" if succeeds => Good::At(world.attribute().await),
        _ => Good::At(world.attribute.clone()),
    }
}

async fn reviews(world: &World, route: &str, succeeds: bool) -> Good {
    let (written, honey) = (json!({"rating": 4, "text": "Sweet"}), world.honey.clone());
    match route {
        "POST /api/v1/products/{id}/reviews" if succeeds => Good::AtWith(world.product().await, written),
        "POST /api/v1/products/{id}/reviews" => Good::AtWith(honey, written),
        "GET /api/v1/products/{id}/reviews" => Good::At(honey),
        // What is written anew is not published any more: not the one that others ask for.
        "PUT /api/v1/reviews/{id}" if succeeds => {
            Good::AtWith(world.review(&world.product().await).await, written)
        }
        "DELETE /api/v1/reviews/{id}" if succeeds => Good::At(world.review(&world.product().await).await),
        "PUT /api/v1/reviews/{id}" => Good::AtWith(world.review.clone(), written),
        "PATCH /api/v1/reviews/{id}/moderation" => {
            Good::AtWith(world.review.clone(), json!({"decision": "publish"}))
        }
        "POST /api/v1/reviews/{id}/flag" => Good::AtWith(world.review.clone(), json!({"reason": "spam"})),
        _ => Good::At(world.review.clone()),
    }
}

async fn goods(world: &World, route: &str, succeeds: bool) -> Good {
    let change = json!({"warehouse_id": world.warehouse, "delta": 1, "reason": "a count"});
    let mut of_honey = change.clone();
    of_honey["product_id"] = json!(world.honey);
    match route {
        "POST /api/v1/products" => Good::With(json!({
            "sku": fresh("SKU"),
            "title": {"en": "Tea"},
            "prices": {"base": {"amount": "1000", "currency": "IQD"}},
        })),
        "PUT /api/v1/products/{id}" => {
            let price = json!({"prices": {"base": {"amount": "10000", "currency": "IQD"}}});
            Good::AtWith(world.honey.clone(), price)
        }
        "POST /api/v1/products/import" => {
            let rows = b"sku,title\nNOBODY-HAS-THIS,Nothing\n".to_vec();
            Good::Raw(None, "text/csv", rows)
        }
        "PATCH /api/v1/products/bulk" => {
            let product = if succeeds {
                world.product().await
            } else {
                world.honey.clone()
            };
            Good::With(json!({"rows": [{"id": product, "revision": {}}]}))
        }
        "PUT /api/v1/products/{id}/sustainability" => {
            Good::AtWith(world.honey.clone(), json!({"carbon_grams": 2500}))
        }
        "DELETE /api/v1/products/{id}" if succeeds => Good::At(world.product().await),
        "PATCH /api/v1/products/{id}/stock" => Good::AtWith(world.honey.clone(), change),
        "PATCH /api/v1/inventory/stock/update" => Good::With(of_honey),
        "PATCH /api/v1/inventory/bulk-update" => {
            Good::With(json!({"mode": "all_or_nothing", "rows": [of_honey]}))
        }
        "PUT /api/v1/inventory/thresholds" => Good::With(json!({
            "product_id": world.honey, "warehouse_id": world.warehouse, "threshold": 5,
        })),
        "POST /api/v1/inventory/transfer" => Good::With(json!({
            "product_id": world.honey, "from_warehouse_id": world.warehouse, "to_warehouse_id": world.depot,
            "quantity": 1,
        })),
        "POST /api/v1/inventory/waste" => Good::With(json!({
            "product_id": world.honey, "warehouse_id": world.warehouse, "quantity": 1, "cause": "damaged",
        })),
        "POST /api/v1/inventory/reservations" => {
            Good::With(json!({"product_id": world.honey, "quantity": 1}))
        }
        "GET /api/v1/products/slug/{slug}" => Good::At("honey".to_owned()),
        "GET /api/v1/products/category/{category_id}" => Good::At(world.category.clone()),
        _ => Good::At(world.honey.clone()),
    }
}

async fn suppliers(world: &World, route: &str, succeeds: bool) -> Good {
    let code = if succeeds { fresh("SUP") } else { "SUP".to_owned() };
    let supplier = json!({"code": code, "name": {"en": "Zagros Trading"}, "lead_time_days": 5});
    match route {
        "PUT /api/v1/suppliers/{id}" => Good::AtWith(world.supplier().await, supplier),
        "DELETE /api/v1/suppliers/{id}" => Good::At(world.supplier().await),
        _ => Good::With(supplier),
    }
}

async fn places(world: &World, route: &str, succeeds: bool) -> Good {
    let revision = json!({"name": {"en": "Erbil"}, "zones": ["erbil"]});
    let mut warehouse = revision.clone();
    warehouse["code"] = json!(fresh("W"));
    match route {
        "POST /api/v1/warehouses" => Good::With(warehouse),
        "PUT /api/v1/warehouses/{id}" => Good::AtWith(world.warehouse.clone(), revision),
        "DELETE /api/v1/warehouses/{id}" if succeeds => Good::At(world.warehouse().await),
        _ if route.ends_with("/auto-reorder") => {
            let rules = json!([{"product_id": world.honey, "reorder_at": 1, "quantity": 5}]);
            Good::AtWith(world.warehouse.clone(), json!({"rules": rules}))
        }
        _ if route.contains("/warehouses/") => Good::At(world.warehouse.clone()),
        "POST /api/v1/stores" => Good::With(store(&fresh("S"))),
        "PUT /api/v1/stores/{id}" => {
            let mut revision = store("");
            revision.as_object_mut().expect("members").remove("code");
            Good::AtWith(world.store.clone(), revision)
        }
        "PATCH /api/v1/stores/{id}/status" => Good::AtWith(world.store.clone(), json!({"status": "open"})),
        _ => Good::At(world.store.clone()),
    }
}

async fn cart(world: &World, caller: &Caller, route: &str, succeeds: bool) -> Good {
    let honey = json!({"product_id": world.honey, "quantity": 1});
    match route {
        "POST /api/v1/cart/items" => Good::With(honey),
        "PUT /api/v1/cart/items/{id}" | "DELETE /api/v1/cart/items/{id}" if succeeds => {
            let product = world.product().await;
            let item = json!({"product_id": product, "quantity": 1});
            caller.client.post("/api/v1/cart/items", &item).await.ok();
            if route.starts_with("PUT") {
                Good::AtWith(product, json!({"quantity": 2}))
            } else {
                Good::At(product)
            }
        }
        "PUT /api/v1/cart/items/{id}" => Good::AtWith(world.honey.clone(), json!({"quantity": 2})),
        "DELETE /api/v1/cart/items/{id}" => Good::At(world.honey.clone()),
        "POST /api/v1/cart/merge" if succeeds => {
            let guest = world.app.anonymous().post("/api/v1/cart/items", &honey).await.ok();
            Good::With(json!({"cart_token": guest["cart_token"]}))
        }
        "POST /api/v1/cart/coupons" => Good::With(json!({"code": world.coupon})),
        "DELETE /api/v1/cart/coupons/{code}" => {
            if succeeds {
                let code = json!({"code": world.coupon});
                caller.client.post("/api/v1/cart/coupons", &code).await.ok();
            }
            Good::At(world.coupon.clone())
        }
        _ => Good::Plain,
    }
}

async fn orders(world: &World, route: &str, succeeds: bool) -> Good {
    let order = if succeeds && !route.starts_with("GET") && route.contains("{id}") {
        world.order().await
    } else {
        world.order.clone()
    };
    match route {
        "GET /api/v1/orders/user/{user_id}" => Good::At(world.caller("owner").id.clone()),
        "POST /api/v1/orders" => Good::With(world.order_body()),
        "PUT /api/v1/orders/{id}" => {
            let lines = json!([{"product_id": world.honey, "quantity": 1}]);
            Good::AtWith(order, json!({"lines": lines, "reason": "one is enough"}))
        }
        "PUT /api/v1/orders/{id}/status" => Good::AtWith(order, json!({"status": "processing"})),
        "PUT /api/v1/orders/{id}/cancel" => Good::AtWith(order, json!({"reason": "by mistake"})),
        "POST /api/v1/orders/{id}/returns" => {
            let delivered = if succeeds {
                world.delivered().await
            } else {
                world.delivered.clone()
            };
            let back = json!({"lines": [{"line": 1, "quantity": 1}], "reason": "torn"});
            Good::AtWith(delivered, back)
        }
        "PATCH /api/v1/returns/{id}/status" => {
            let returned = if succeeds {
                world.returned().await
            } else {
                world.returned.clone()
            };
            Good::AtWith(returned, json!({"status": "approved"}))
        }
        _ => Good::At(order),
    }
}

async fn fraud(world: &World, route: &str, succeeds: bool) -> Good {
    match route {
        // Rules that hold nothing: the other orders of this world must go on.
        "PUT /api/v1/fraud/rules" => Good::With(json!({"is_active": false, "hold_at": 1_000})),
        "PATCH /api/v1/fraud/flags/{id}" => {
            let order = if succeeds {
                world.flagged().await
            } else {
                world.order.clone()
            };
            Good::AtWith(order, json!({"decision": "clear"}))
        }
        _ => Good::Plain,
    }
}

async fn pricing(world: &World, route: &str, succeeds: bool) -> Good {
    let lines = json!({
        "zone": "erbil",
        "coupons": [world.coupon],
        "lines": [{"product_id": world.honey, "quantity": 2}],
    });
    match route {
        "POST /api/v1/promotions" => Good::With(promotion()),
        "POST /api/v1/promotions/preview" | "POST /api/v1/promotions/apply" => Good::With(lines),
        "POST /api/v1/promotions/simulate" => {
            Good::With(json!({"promotion": promotion(), "from": "2026-01-01", "to": "2026-12-31"}))
        }
        "PUT /api/v1/promotions/{id}" => Good::AtWith(world.promotion.clone(), promotion()),
        "DELETE /api/v1/promotions/{id}" if succeeds => Good::At(world.promotion().await),
        "POST /api/v1/coupons" => Good::With(coupon(&fresh("C"))),
        "PUT /api/v1/coupons/{code}" => Good::AtWith(world.coupon.clone(), coupon(&world.coupon)),
        "DELETE /api/v1/coupons/{code}" if succeeds => Good::At(world.coupon().await),
        "POST /api/v1/price-lists" => Good::With(price_list(world)),
        "PUT /api/v1/price-lists/{id}" => Good::AtWith(world.price_list().await, price_list(world)),
        "POST /api/v1/tax-rates" => Good::With(tax_rate()),
        "PUT /api/v1/tax-rates/{id}" => Good::AtWith(world.tax_rate().await, tax_rate()),
        _ if route.contains("/price-lists/") => Good::At(world.price_list().await),
        _ if route.contains("/coupons/") => Good::At(world.coupon.clone()),
        _ => Good::At(world.promotion.clone()),
    }
}

async fn vendors(world: &World, route: &str, succeeds: bool) -> Good {
    let company = world.company.clone();
    let of_company = json!({"company_id": company});
    match route {
        "POST /api/v1/companies" => {
            Good::With(json!({"name": {"en": "Zagros Foods"}, "commission_basis_points": 1_000}))
        }
        "GET /api/v1/companies/zone/{zone}" => Good::At("erbil".to_owned()),
        "PUT /api/v1/companies/{id}" => Good::AtWith(company, json!({"name": {"en": "Zagros Foods"}})),
        "PATCH /api/v1/companies/{id}/status" => Good::AtWith(company, json!({"status": "active"})),
        "PATCH /api/v1/companies/{id}/commission" => {
            Good::AtWith(company, json!({"commission_basis_points": 1_100}))
        }
        "PATCH /api/v1/companies/{id}/delivery-fees" => Good::AtWith(company, json!({"delivery_fees": []})),
        "POST /api/v1/payouts" => {
            if succeeds {
                world.delivered().await;
                world.app.settle().await;
            }
            Good::With(of_company)
        }
        "PATCH /api/v1/payouts/{id}/status" => {
            Good::AtWith(world.payout.clone(), json!({"status": "approved"}))
        }
        "POST /api/v1/settlements" => {
            if succeeds {
                world.delivered().await;
            }
            Good::With(of_company)
        }
        "PATCH /api/v1/settlements/{id}/status" => {
            Good::AtWith(world.settlement.clone(), json!({"status": "disputed", "reason": "one is missing"}))
        }
        _ if route.contains("/payouts/{") => Good::At(world.payout.clone()),
        _ if route.contains("/settlements/") => Good::At(world.settlement.clone()),
        _ => Good::At(company),
    }
}

async fn others(world: &World, route: &str) -> Good {
    match route {
        "POST /api/v1/monitoring/dead-letters/{id}/retry" => Good::At(world.dead_letter().await),
        "POST /api/v1/monitoring/projections/{name}/rebuild" => Good::At("promotion_list".to_owned()),
        "GET /api/v1/audit/proofs/{position}" => Good::At(world.sealed().await),
        _ if route.contains("/export/") => Good::At("orders".to_owned()),
        _ => Good::Plain,
    }
}
