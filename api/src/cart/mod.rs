//! The cart of an account or of a guest.

pub(crate) mod checks;
pub(crate) mod coupons;
pub(crate) mod items;
pub mod request;
pub mod response;
mod shopper;

use crate::http::routes::Routes;

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.get("/api/v1/cart", items::show_cart);
    routes.delete("/api/v1/cart", items::clear_cart);
    routes.post("/api/v1/cart/items", items::add_item);
    routes.put("/api/v1/cart/items/{id}", items::set_quantity);
    routes.delete("/api/v1/cart/items/{id}", items::remove_item);
    routes.post("/api/v1/cart/validate", checks::validate);
    routes.post("/api/v1/cart/validate-checkout", checks::validate_checkout);
    routes.post("/api/v1/cart/quick-stock-check", checks::quick_stock_check);
    routes.post("/api/v1/cart/merge", coupons::merge);
    routes.post("/api/v1/cart/coupons", coupons::add_coupon);
    routes.delete("/api/v1/cart/coupons/{code}", coupons::remove_coupon);
}
