//! Customers over HTTP: their profiles, addresses, groups, favourites, points and wishes, and who looks after them.

pub(crate) mod addresses;
pub(crate) mod favorites;
pub(crate) mod groups;
pub(crate) mod loyalty;
pub(crate) mod loyalty_admin;
mod loyalty_request;
pub(crate) mod loyalty_response;
pub(crate) mod needed_items;
pub(crate) mod one_click;
pub(crate) mod people;
mod request;
pub(crate) mod response;
pub(crate) mod stock_alerts;

use crate::http::routes::Routes;

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.get("/api/v1/customers", people::list_customers);
    routes.get("/api/v1/customers/profile", people::show_profile);
    routes.put("/api/v1/customers/profile", people::revise_customer_profile);
    routes.get("/api/v1/customers/{id}", people::show_customer);
    routes.delete("/api/v1/customers/{id}", people::erase_customer);
    routes.get("/api/v1/customers/{id}/groups", groups::show_customer_groups);
    routes.put("/api/v1/customers/{id}/groups", groups::group_customer);
    routes.get("/api/v1/users/favorites", favorites::list_favorites);
    routes.post("/api/v1/users/favorites/{product_id}", favorites::add_favorite);
    routes.delete("/api/v1/users/favorites/{product_id}", favorites::remove_favorite);
    routes.get("/api/v1/loyalty", loyalty::show_loyalty);
    routes.get("/api/v1/loyalty/history", loyalty::list_loyalty_history);
    routes.get("/api/v1/loyalty/rewards", loyalty::list_rewards);
    routes.post("/api/v1/loyalty/redeem", loyalty::redeem_reward);
    routes.get("/api/v1/loyalty/rules", loyalty_admin::show_loyalty_rules);
    routes.put("/api/v1/loyalty/rules", loyalty_admin::set_loyalty_rules);
    routes.post("/api/v1/loyalty/rewards", loyalty_admin::create_reward);
    routes.put("/api/v1/loyalty/rewards/{id}", loyalty_admin::revise_reward);
    routes.post("/api/v1/loyalty/adjustments", loyalty_admin::adjust_points);
    // What has a name of its own comes before `{product_id}`.
    routes.get("/api/v1/notify-me/my-subscriptions", stock_alerts::my_subscriptions);
    routes.get("/api/v1/notify-me/stats", stock_alerts::demand);
    routes.get("/api/v1/notify-me/check/{product_id}", stock_alerts::check_alert);
    routes.get("/api/v1/notify-me/product/{product_id}/requests", stock_alerts::list_requests);
    routes.post("/api/v1/notify-me/product/{product_id}/notify", stock_alerts::serve_alerts);
    routes.delete("/api/v1/notify-me/clear-notified", stock_alerts::clear_served);
    routes.post("/api/v1/notify-me/{product_id}", stock_alerts::request_alert);
    routes.delete("/api/v1/notify-me/{product_id}", stock_alerts::withdraw_alert);
    routes.post("/api/v1/needed-items", needed_items::ask_for_item);
    routes.get("/api/v1/needed-items", needed_items::list_needed_items);
    routes.patch("/api/v1/needed-items/{id}/status", needed_items::answer_needed_item);
    routes.get("/api/v1/one-click", one_click::show_one_click);
    routes.put("/api/v1/one-click", one_click::set_one_click);
    routes.post("/api/v1/one-click/checkout", one_click::order_in_one_click);
    routes.get("/api/v1/addresses", addresses::list_addresses);
    routes.post("/api/v1/addresses", addresses::add_address);
    routes.get("/api/v1/addresses/{id}", addresses::show_address);
    routes.put("/api/v1/addresses/{id}", addresses::revise_address);
    routes.delete("/api/v1/addresses/{id}", addresses::remove_address);
    routes.patch("/api/v1/addresses/{id}/default", addresses::choose_default_address);
}
