//! The OpenAPI document, written from the code.

use std::collections::BTreeMap;

use utoipa::{
    Modify, OpenApi,
    openapi::{
        Server,
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

use crate::{
    analytics, cart, catalog, customers, docs, identity, inventory, operations, orders, payouts, pricing,
    realtime, vendors,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Souk",
        description = "An event-sourced commerce backend. Errors are `application/problem+json` (RFC 9457) with a \
            stable `code`. Commands answer with `Event-Position`; a read that sends it as `Min-Event-Position` sees \
            them. `docs/clients.md` explains the rules that all routes share.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    paths(
        identity::registration::register,
        identity::registration::verify_email,
        identity::registration::resend_verification,
        identity::new_password::forgot_password,
        identity::new_password::reset_password,
        identity::new_password::change_password,
        identity::sign_in::send_code,
        identity::sign_in::verify_code,
        identity::sign_in::pass_second_factor,
        identity::second_factor::set_up,
        identity::second_factor::enable,
        identity::second_factor::disable,
        identity::sessions::introspect,
        identity::sessions::list_sessions,
        identity::sessions::end_session,
        identity::sessions::csrf,
        identity::routes::login,
        identity::routes::refresh,
        identity::routes::logout,
        identity::routes::me,
        identity::routes::jwks,
        identity::users::list_users,
        identity::users::show_user,
        identity::users::revise_user,
        identity::users::erase_user,
        identity::data_export::export_data,
        identity::admins::list_admins,
        identity::admins::admin_stats,
        identity::admins::show_admin,
        identity::admins::create_admin,
        identity::admins::revise_admin,
        identity::admins::assign_zones,
        identity::admins::set_admin_active,
        identity::admins::revoke_password,
        identity::admins::remove_admin,
        identity::shop_owners::list_shop_owners,
        identity::shop_owners::set_shop_owner_active,
        identity::api_keys::list_api_keys,
        identity::api_keys::create_api_key,
        identity::api_keys::revoke_api_key,
        identity::api_keys::look_up_user,
        identity::permissions::list_permissions,
        customers::addresses::list_addresses,
        customers::addresses::show_address,
        customers::addresses::add_address,
        customers::addresses::revise_address,
        customers::addresses::remove_address,
        customers::addresses::choose_default_address,
        customers::people::show_profile,
        customers::people::revise_customer_profile,
        customers::people::list_customers,
        customers::people::show_customer,
        customers::people::erase_customer,
        customers::groups::show_customer_groups,
        customers::groups::group_customer,
        customers::favorites::list_favorites,
        customers::favorites::add_favorite,
        customers::favorites::remove_favorite,
        customers::loyalty::show_loyalty,
        customers::loyalty::list_loyalty_history,
        customers::loyalty::list_rewards,
        customers::loyalty::redeem_reward,
        customers::loyalty_admin::show_loyalty_rules,
        customers::loyalty_admin::set_loyalty_rules,
        customers::loyalty_admin::create_reward,
        customers::loyalty_admin::revise_reward,
        customers::loyalty_admin::adjust_points,
        customers::stock_alerts::request_alert,
        customers::stock_alerts::withdraw_alert,
        customers::stock_alerts::my_subscriptions,
        customers::stock_alerts::check_alert,
        customers::stock_alerts::list_requests,
        customers::stock_alerts::demand,
        customers::stock_alerts::serve_alerts,
        customers::stock_alerts::clear_served,
        customers::needed_items::ask_for_item,
        customers::needed_items::list_needed_items,
        customers::needed_items::answer_needed_item,
        customers::one_click::show_one_click,
        customers::one_click::set_one_click,
        customers::one_click::order_in_one_click,
        catalog::product_lists::list_products,
        catalog::product_lists::list_products_of_category,
        catalog::search::search_products,
        catalog::search::featured_products,
        catalog::search::trending_products,
        catalog::seo::product_by_slug,
        catalog::seo::propose_slug,
        catalog::seo::page_metadata,
        catalog::sitemap::sitemap,
        catalog::bulk::revise_products,
        catalog::import::import_products,
        catalog::sustainability::show_sustainability,
        catalog::sustainability::state_sustainability,
        catalog::attributes::list_attributes,
        catalog::attributes::define_attribute,
        catalog::attributes::revise_attribute,
        catalog::attributes::retire_attribute,
        catalog::reviews::list_product_reviews,
        catalog::reviews::write_review,
        catalog::moderation::list_reviews,
        catalog::reviews::revise_review,
        catalog::reviews::remove_review,
        catalog::moderation::moderate_review,
        catalog::moderation::flag_review,
        catalog::uploads::upload_image,
        catalog::uploads::upload_images,
        catalog::uploads::sign_upload,
        catalog::uploads::put_directly,
        catalog::uploads::show_image,
        catalog::uploads::delete_image,
        catalog::units::list_units,
        catalog::units::define_unit,
        catalog::units::revise_unit,
        catalog::units::retire_unit,
        catalog::selling_units::list_selling_units,
        catalog::selling_units::selling_units_of_product,
        catalog::selling_units::add_selling_unit,
        catalog::selling_units::revise_selling_unit,
        catalog::selling_units::retire_selling_unit,
        catalog::routes::register_product,
        catalog::routes::show_product,
        catalog::routes::revise_product,
        catalog::routes::discontinue_product,
        catalog::routes::product_history,
        catalog::categories::list_categories,
        catalog::categories::create_category,
        catalog::categories::category_tree,
        catalog::categories::category_by_slug,
        catalog::categories::show_category,
        catalog::categories::revise_category,
        catalog::categories::remove_category,
        inventory::warehouses::list_warehouses,
        inventory::warehouses::open_warehouse,
        inventory::warehouses::show_warehouse,
        inventory::warehouses::revise_warehouse,
        inventory::warehouses::close_warehouse,
        inventory::store_admin::open_store,
        inventory::store_admin::revise_store,
        inventory::store_admin::set_store_status,
        inventory::stores::nearby_stores,
        inventory::stores::show_store,
        inventory::stores::store_availability,
        inventory::suppliers::list_suppliers,
        inventory::suppliers::add_supplier,
        inventory::suppliers::revise_supplier,
        inventory::suppliers::retire_supplier,
        inventory::reorders::set_auto_reorder,
        inventory::reorders::list_reorders,
        inventory::reorders::move_reorder,
        inventory::movements::show_stock,
        inventory::routes::adjust_stock,
        inventory::routes::adjust_product_stock,
        inventory::routes::bulk_adjust,
        inventory::routes::set_threshold,
        inventory::shortage::low_stock,
        inventory::shortage::out_of_stock,
        inventory::movements::stock_movements,
        inventory::transfers::transfer_stock,
        inventory::transfers::waste_stock,
        inventory::expiring::expiring_lots,
        inventory::report::stock_report,
        inventory::report::stock_statistics,
        inventory::restock::restock_suggestions,
        inventory::reservations::hold_stock,
        inventory::reservations::release_hold,
        cart::items::show_cart,
        cart::items::clear_cart,
        cart::items::add_item,
        cart::items::set_quantity,
        cart::items::remove_item,
        cart::checks::validate,
        cart::checks::validate_checkout,
        cart::checks::quick_stock_check,
        cart::coupons::merge,
        cart::coupons::add_coupon,
        cart::coupons::remove_coupon,
        orders::queries::list_orders,
        orders::routes::place_order,
        orders::queries::order_stats,
        orders::queries::list_orders_of_user,
        orders::analytics::order_analytics,
        orders::invoice::show_invoice,
        orders::queries::show_order,
        orders::routes::delete_order,
        orders::routes::change_status,
        orders::edit::edit_order,
        orders::routes::cancel_order,
        orders::history::order_history,
        orders::fraud::list_fraud_flags,
        orders::fraud::review_fraud_flag,
        orders::fraud::show_fraud_rules,
        orders::fraud::revise_fraud_rules,
        orders::returns::request_return,
        orders::returns::move_return,
        pricing::promotions::list_promotions,
        pricing::promotions::create_promotion,
        pricing::promotions::active_promotions,
        pricing::promotions::show_promotion,
        pricing::promotions::revise_promotion,
        pricing::promotions::end_promotion,
        pricing::quotes::preview,
        pricing::quotes::apply,
        pricing::coupons::list_coupons,
        pricing::coupons::create_coupon,
        pricing::coupons::show_coupon,
        pricing::coupons::revise_coupon,
        pricing::coupons::end_coupon,
        pricing::simulate::simulate,
        pricing::price_lists::list_price_lists,
        pricing::price_lists::create_price_list,
        pricing::price_lists::show_price_list,
        pricing::price_lists::revise_price_list,
        pricing::price_lists::retire_price_list,
        pricing::tax_rates::list_tax_rates,
        pricing::tax_rates::create_tax_rate,
        pricing::tax_rates::revise_tax_rate,
        vendors::queries::list_companies,
        vendors::change::register_company,
        vendors::queries::companies_of_zone,
        vendors::queries::show_company,
        vendors::change::revise_company,
        vendors::change::set_company_status,
        vendors::change::set_commission,
        vendors::change::set_delivery_fees,
        vendors::queries::company_stats,
        vendors::queries::company_payouts,
        payouts::queries::list_payouts,
        payouts::change::create_payout,
        payouts::queries::show_payout,
        payouts::change::settle_payout,
        payouts::settlements::list_settlements,
        payouts::settlements::create_settlement,
        payouts::settlements::show_settlement,
        payouts::settlements::change_settlement,
        analytics::routes::dashboard,
        analytics::routes::sales,
        analytics::routes::products,
        analytics::inventory_report::inventory_report,
        analytics::exports::export_csv,
        analytics::exports::export_xlsx,
        operations::routes::health,
        operations::routes::health_at_root,
        operations::routes::live,
        operations::routes::ready,
        operations::routes::metrics,
        operations::projections::list_projections,
        operations::projections::rebuild_projection,
        operations::queues::list_queues,
        operations::queues::list_dead_letters,
        operations::queues::retry_dead_letter,
        operations::audit::audit_events,
        operations::audit_log::list_audit_log,
        operations::evidence::list_checkpoints,
        operations::evidence::prove_inclusion,
        operations::evidence::prove_consistency,
        realtime::routes::stream,
        docs::routes::openapi_json,
        docs::routes::docs_page,
        docs::routes::docs_script,
        docs::routes::docs_style,
    ),
    tags(
        (name = "identity", description = "Signing in and out"),
        (name = "catalog", description = "Products and categories"),
        (name = "inventory", description = "Warehouses, stores and stock"),
        (name = "cart", description = "The cart of an account or of a guest"),
        (name = "orders", description = "Orders and returns"),
        (name = "pricing", description = "Promotions and coupons"),
        (name = "vendors", description = "Companies and their terms"),
        (name = "payouts", description = "Payouts to companies, and settlements"),
        (name = "analytics", description = "Figures over all orders"),
        (name = "operations", description = "Health, read models and the log"),
        (name = "realtime", description = "What happens, as it happens"),
        (name = "docs", description = "This description"),
    ),
    modifiers(&Security),
)]
struct Document;

struct Security;

impl Modify for Security {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some("An access token of `POST /api/v1/auth/login` (EdDSA)"))
            .build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
        let header = |name: &str, what: &str| {
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, what)))
        };
        let key = "An API key of `POST /api/v1/api-keys`; with its secret it is accepted wherever a token is";
        components.add_security_scheme("api_key", header("x-api-key", key));
        components.add_security_scheme("app_secret", header("x-app-secret", "The API key's secret"));
        let about = "A session that was begun with `\"cookies\": true`. Requests that change something carry the \
                     header `x-csrf-token` as well (`GET /api/v1/auth/csrf`).";
        let cookie = ApiKeyValue::with_description(crate::http::cookies::ACCESS, about);
        components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        // Whoever may come with a token may come with cookies.
        for operation in openapi.paths.paths.values_mut().flat_map(super::problems::operations) {
            let ways = operation.security.get_or_insert_default();
            if ways.contains(&SecurityRequirement::new("bearer", [""; 0])) {
                ways.push(SecurityRequirement::new("cookie", [""; 0]));
            }
        }
    }
}

/// The document, with the problems that any command may be refused with.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.servers = Some(vec![Server::new("/")]);
    let codes: BTreeMap<&str, &str> =
        commands::codes().into_iter().map(|code| (code.code, code.message)).collect();
    let codes = codes.iter().map(|(code, message)| format!("- `{code}`: {message}"));
    let codes = codes.collect::<Vec<_>>().join("\n");
    if let Some(description) = &mut document.info.description {
        description.push_str("\n\nCodes of refused commands, beside those of the fields and aggregates:\n\n");
        description.push_str(&codes);
    }
    super::problems::complete(&mut document);
    super::ids::complete(&mut document);
    document
}

#[cfg(test)]
mod tests;
