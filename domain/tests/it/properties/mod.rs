//! What holds for every input, found by proptest; the oracles share no code with what they judge.

mod cart;
mod company_account;
mod counter;
mod histories;
mod loyalty;
mod money;
mod offers;
mod order_totals;
mod ratio;
mod redemptions;
mod refunds;
mod stock;
mod stock_commands;
mod words;
