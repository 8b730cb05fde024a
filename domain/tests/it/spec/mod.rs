//! One sentence per rule.

mod account;
mod address_book;
mod api_key;
mod company;
mod counter;
mod coupon;
mod offers;
mod offers_applied;
mod order_place;
mod order_return;
mod order_terms;
mod order_workflow;
mod payout;
mod price;
mod product;
mod promotion;
mod promotion_book;
mod redemptions;
mod return_request;
mod settlement;
mod stock_book;
mod stock_crossing;
mod stock_hold;
mod stock_plan;
mod stock_reserve;
mod warehouse;
