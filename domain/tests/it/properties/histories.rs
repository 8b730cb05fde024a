//! Any accepted history folds without panic, to the same state at once and step by step, and survives storage.

use std::fmt::Debug;

use domain::{
    catalog::{Prices, Product, ProductCommand, ProductDetails, ReviseProduct, Sustainability},
    customers::{AddressBook, AddressBookCommand, AddressBookState},
    decider::{Decider, Event, decode},
    fixtures::{
        address,
        catalog::{details, prices, register},
        english, must, order,
        orders::{return_lines, returned_lines},
        price, reason, return_id, sealed,
        stores::{front, revision},
        text, units, warehouse,
    },
    identity::{Account, AccountCommand, Role},
    inventory::{Stock, StoreStatus, Warehouse, WarehouseCommand},
    money::Currency,
    orders::{Order, OrderCommand, RequestReturn, Return, ReturnCommand},
};
use proptest::prelude::*;

use super::{order_totals::place_order, stock_commands};

fn check<D: Decider>(commands: Vec<D::Command>) -> Result<(), TestCaseError>
where
    D::Event: Debug + PartialEq,
{
    let (mut state, mut history) = (D::State::default(), Vec::new());
    for command in commands {
        for event in D::decide(&state, command).unwrap_or_default() {
            D::evolve(&mut state, &event);
            history.push(event);
        }
    }
    prop_assert_eq!(&state, &D::fold(&history));
    for event in &history {
        let stored = must(serde_json::to_string(event));
        let read: D::Event = must(decode(event.name(), event.version(), &stored));
        prop_assert_eq!(&read, event);
    }
    Ok(())
}

fn order_command() -> impl Strategy<Value = OrderCommand> {
    let part = || prop::option::of(0..=3_u16);
    prop_oneof![
        1 => place_order().prop_map(OrderCommand::Place),
        2 => (1..=2_u64).prop_map(|invoice_number| OrderCommand::Confirm { invoice_number }),
        4 => part().prop_map(|part| OrderCommand::Process { part }),
        4 => part().prop_map(|part| OrderCommand::Ship { part }),
        4 => part().prop_map(|part| OrderCommand::Deliver { part }),
        1 => Just(OrderCommand::Cancel { reason: reason("late") }),
        4 => (1..=4_u64, 0..=4_u16, 1..=9_u32).prop_map(|(with, line, number)| return_lines(with, &[(line, number)])),
        2 => (1..=4_u64).prop_map(|which| OrderCommand::WithdrawReturn { return_id: return_id(which) }),
    ]
}

fn product_command() -> impl Strategy<Value = ProductCommand> {
    let title = prop::option::of("[a-c]")
        .prop_map(|title| title.map(|title| ProductDetails { title: english(&title), ..details() }));
    let base = prop::option::of(-1..=3_i64)
        .prop_map(|base| base.map(|base| Prices { base: price(&base.to_string()), ..prices() }));
    let featured = prop::option::of(any::<bool>());
    let revise = (title, base, prop::option::of(1..=3_u32), featured).prop_map(
        |(details, prices, minimum, featured)| {
            ProductCommand::Revise(ReviseProduct {
                details,
                prices,
                min_order_quantity: minimum.map(units),
                featured,
                ..ReviseProduct::default()
            })
        },
    );
    prop_oneof![
        2 => Just(register()),
        5 => revise,
        1 => (0..=120_u8).prop_map(|percent| ProductCommand::StateSustainability(Sustainability {
            recycled_percent: Some(percent),
            ..Sustainability::default()
        })),
        1 => Just(ProductCommand::Discontinue { reason: None }),
    ]
}

fn account_command() -> impl Strategy<Value = AccountCommand> {
    prop_oneof![
        Just(AccountCommand::Register {
            role: Role::Driver,
            zones: vec![text("erbil")],
            company: None
        }),
        Just(AccountCommand::Deactivate),
        Just(AccountCommand::Reactivate),
        Just(AccountCommand::ReviseProfile { display_name: Some(sealed(1, 1)), phone: None, locale: None }),
        Just(AccountCommand::Erase),
    ]
}

/// Whatever was done: while there is an address there is a default, and never more than the limit.
fn address_book_command() -> impl Strategy<Value = AddressBookCommand> {
    let which = || (1..=6_u64).prop_map(address);
    prop_oneof![
        3 => (which(), 0..26_u8, any::<bool>()).prop_map(|(address, number, is_default)| AddressBookCommand::Add {
            address,
            country: None,
            zone: None,
            details: sealed(1, number),
            is_default,
        }),
        1 => (which(), 0..26_u8).prop_map(|(address, number)| AddressBookCommand::Revise {
            address,
            country: None,
            zone: Some(text("erbil")),
            details: sealed(1, number),
        }),
        2 => which().prop_map(|address| AddressBookCommand::Remove { address }),
        2 => which().prop_map(|address| AddressBookCommand::ChooseDefault { address }),
    ]
}

fn warehouse_command() -> impl Strategy<Value = WarehouseCommand> {
    prop_oneof![
        Just(WarehouseCommand::Open {
            code: text("EBL-1"),
            name: english("Erbil"),
            country: None,
            zones: vec![],
        }),
        Just(WarehouseCommand::Revise(revision(Some((36_191_113, 44_009_167))))),
        Just(WarehouseCommand::SetFront { front: front(1_000) }),
        Just(WarehouseCommand::SetStoreStatus { status: StoreStatus::Paused, reason: None }),
        Just(WarehouseCommand::Close { reason: None }),
    ]
}

/// The lines are those of a real order's credit.
fn return_command() -> impl Strategy<Value = ReturnCommand> {
    let sold = domain::fixtures::orders::two_part_order();
    let state = Order::fold(&domain::fixtures::orders::delivered_order(sold));
    let lines = state.credit_for(order(1), &returned_lines(&[(1, 4), (2, 1)])).unwrap_or_default();
    let request = RequestReturn {
        order: Some(order(1)),
        customer: None,
        external_id: None,
        country: None,
        currency: Currency::GBP,
        lines,
        reason: reason("broken"),
    };
    prop_oneof![
        Just(ReturnCommand::Request(request)),
        Just(ReturnCommand::Approve),
        (1..=2_u64).prop_map(|place| ReturnCommand::Receive { warehouse: warehouse(place) }),
        (1..=2_u64).prop_map(|credit_number| ReturnCommand::Credit { credit_number }),
        Just(ReturnCommand::Reject { reason: reason("worn") }),
    ]
}

proptest! {
    #[test]
    fn of_orders(first in place_order(), then in prop::collection::vec(order_command(), 0..60)) {
        let commands = [vec![OrderCommand::Place(first)], then].concat();
        check::<Order>(commands)?;
    }

    #[test]
    fn of_stock(commands in stock_commands::commands()) {
        check::<Stock>(commands)?;
    }

    #[test]
    fn of_products(commands in prop::collection::vec(product_command(), 0..30)) {
        check::<Product>(commands)?;
    }

    #[test]
    fn of_accounts(commands in prop::collection::vec(account_command(), 0..12)) {
        check::<Account>(commands)?;
    }

    #[test]
    fn of_addresses(commands in prop::collection::vec(address_book_command(), 0..40)) {
        check::<AddressBook>(commands.clone())?;
        let mut state = AddressBookState::default();
        for command in commands {
            for event in AddressBook::decide(&state, command).unwrap_or_default() {
                AddressBook::evolve(&mut state, &event);
            }
            let default = state.default_address();
            prop_assert_eq!(default.is_some(), !state.is_empty());
            prop_assert!(default.is_none_or(|default| state.address(default).is_some()));
        }
    }

    #[test]
    fn of_warehouses(commands in prop::collection::vec(warehouse_command(), 0..8)) {
        check::<Warehouse>(commands)?;
    }

    #[test]
    fn of_returns(commands in prop::collection::vec(return_command(), 0..20)) {
        check::<Return>(commands)?;
    }
}
