//! Customers over HTTP: their profiles, addresses, groups and favourites, and who looks after them.

pub(crate) mod addresses;
pub(crate) mod favorites;
pub(crate) mod groups;
pub(crate) mod people;
mod request;
pub(crate) mod response;

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
    routes.get("/api/v1/addresses", addresses::list_addresses);
    routes.post("/api/v1/addresses", addresses::add_address);
    routes.get("/api/v1/addresses/{id}", addresses::show_address);
    routes.put("/api/v1/addresses/{id}", addresses::revise_address);
    routes.delete("/api/v1/addresses/{id}", addresses::remove_address);
    routes.patch("/api/v1/addresses/{id}/default", addresses::choose_default_address);
}
