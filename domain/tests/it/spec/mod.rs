//! One sentence per rule.

mod account;
mod counter;
mod coupon;
mod offers;
mod offers_applied;
mod order_place;
mod order_return;
mod order_terms;
mod order_workflow;
mod price;
mod product;
mod promotion;
mod promotion_book;
mod redemptions;
mod return_request;
mod stock_book;
mod stock_crossing;
mod stock_hold;
mod stock_plan;
mod stock_reserve;
mod warehouse;
