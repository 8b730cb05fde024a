//! Which context an aggregate belongs to, for routing keys.

/// The context of a kind of aggregate: `orders` of `order`. A kind that is not listed stands for itself; a test holds
/// the list to that of the events' documentation.
#[must_use]
pub fn context_of(aggregate_type: &str) -> &str {
    match aggregate_type {
        "account" | "api_key" => "identity",
        "address_book" | "customer_groups" | "favorites" | "loyalty_program" | "loyalty_account"
        | "stock_alerts" | "alert_register" | "needed_item" | "one_click" => "customers",
        "product" | "category" | "unit" | "selling_unit" | "review" | "attribute_book" | "upload" => {
            "catalog"
        }
        "warehouse" | "stock" | "supplier" | "reorder" => "inventory",
        "order" | "return" | "counter" | "fraud_policy" => "orders",
        "promotion" | "promotion_book" | "coupon" | "redemptions" | "price_list" | "price_book"
        | "tax_table" => "pricing",
        "company" => "vendors",
        "payout" | "settlement" | "settlement_book" => "payouts",
        other => other,
    }
}
