//! Pricing: price lists, tax rates, promotions, coupons, and what they would take off.

pub mod coupon_request;
pub(crate) mod coupons;
mod listing;
mod past;
mod price_list_request;
mod price_list_response;
pub(crate) mod price_lists;
pub(crate) mod promotions;
pub mod quote_request;
pub mod quote_response;
pub(crate) mod quotes;
pub mod request;
pub mod response;
pub(crate) mod simulate;
mod tax_rate_body;
pub(crate) mod tax_rates;

use crate::http::routes::Routes;

/// The read model of this context.
const READ_MODEL: &str = "promotion_list";

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.get("/api/v1/promotions", promotions::list_promotions);
    routes.post("/api/v1/promotions", promotions::create_promotion);
    routes.get("/api/v1/promotions/active", promotions::active_promotions);
    routes.post("/api/v1/promotions/preview", quotes::preview);
    routes.post("/api/v1/promotions/apply", quotes::apply);
    routes.post("/api/v1/promotions/simulate", simulate::simulate);
    routes.get("/api/v1/promotions/{id}", promotions::show_promotion);
    routes.put("/api/v1/promotions/{id}", promotions::revise_promotion);
    routes.delete("/api/v1/promotions/{id}", promotions::end_promotion);
    routes.get("/api/v1/coupons", coupons::list_coupons);
    routes.post("/api/v1/coupons", coupons::create_coupon);
    routes.get("/api/v1/coupons/{code}", coupons::show_coupon);
    routes.put("/api/v1/coupons/{code}", coupons::revise_coupon);
    routes.delete("/api/v1/coupons/{code}", coupons::end_coupon);
    routes.get("/api/v1/price-lists", price_lists::list_price_lists);
    routes.post("/api/v1/price-lists", price_lists::create_price_list);
    routes.get("/api/v1/price-lists/{id}", price_lists::show_price_list);
    routes.put("/api/v1/price-lists/{id}", price_lists::revise_price_list);
    routes.delete("/api/v1/price-lists/{id}", price_lists::retire_price_list);
    routes.get("/api/v1/tax-rates", tax_rates::list_tax_rates);
    routes.post("/api/v1/tax-rates", tax_rates::create_tax_rate);
    routes.put("/api/v1/tax-rates/{id}", tax_rates::revise_tax_rate);
}
