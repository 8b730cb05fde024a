//! Customers: where they want their goods, the groups that they are in, what they like, their points, and what they want
//! and cannot have. An address is
//! sealed with its owner's key; only its country and its zone, by which deliveries are planned, are clear.

mod address_book;
mod command;
mod demand_error;
mod demand_event;
mod details;
mod error;
mod event;
mod favorites;
mod groups;
mod loyalty_account;
mod loyalty_command;
mod loyalty_error;
mod loyalty_event;
mod loyalty_program;
mod needed_item;
mod one_click;
mod one_click_error;
mod one_click_event;
mod stock_alerts;

pub use address_book::{AddressBook, AddressBookState, KnownAddress, MAX_ADDRESSES};
pub use command::{AddressBookCommand, CustomerGroupsCommand, FavoritesCommand};
pub use demand_error::{NeededItemError, StockAlertError};
pub use demand_event::{
    AlertRegisterEvent, NEEDED_ANSWER, NEEDED_DESCRIPTION, NeededItemEvent, NeededItemStatus,
    StockAlertsEvent,
};
pub use details::{
    AddressDetails, AddressNote, AddressText, GeoPoint, GeoPointError, Label, NeededText, PaymentToken,
};
pub use error::{AddressBookError, CustomerGroupsError, FavoritesError};
pub use event::{AddressBookEvent, CustomerGroupsEvent, DETAILS, FavoritesEvent};
pub use favorites::{Favorites, FavoritesState, MAX_FAVORITES};
pub use groups::{CustomerGroups, CustomerGroupsState, MAX_GROUPS};
pub use loyalty_account::{LoyaltyAccount, LoyaltyAccountState, PointsLot, REMINDER_PAUSE_DAYS};
pub use loyalty_command::{LoyaltyAccountCommand, LoyaltyProgramCommand};
pub use loyalty_error::LoyaltyError;
pub use loyalty_event::{
    EarningRate, LoyaltyAccountEvent, LoyaltyProgramEvent, LoyaltyRules, RewardTerms, Tier,
};
pub use loyalty_program::{
    KnownReward, LOYALTY_PROGRAM, LoyaltyProgram, LoyaltyProgramState, MAX_DAYS, MAX_POINTS, MAX_REWARDS,
};
pub use needed_item::{NeededItem, NeededItemCommand, NeededItemState, Wish};
pub use one_click::{OneClick, OneClickCommand, OneClickState};
pub use one_click_error::OneClickError;
pub use one_click_event::{OneClickEvent, PAYMENT_METHOD};
pub use stock_alerts::{
    ALERT_REGISTER, AlertRegister, AlertRegisterState, ClearServedAlerts, MAX_WAITING, StockAlerts,
    StockAlertsCommand, StockAlertsState,
};
