//! Those who wait for a product that is out of stock.
//!
//! CUS-5 Nobody waits for what is in stock, and nobody waits twice.
//! CUS-6 Whoever waits is told once when it is back, and waits no longer.

use super::{AlertRegisterEvent, StockAlertError, StockAlertsEvent};
use crate::{decider::Decider, ids::AccountId};

/// The most customers that wait for one product.
pub const MAX_WAITING: usize = 10_000;

/// The id of the one stream of [`AlertRegister`].
pub const ALERT_REGISTER: &str = "stock-alerts";

/// Those who wait for one product.
#[derive(Debug)]
pub struct StockAlerts;

/// What is known of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StockAlertsState {
    waiting: Vec<AccountId>,
}

impl StockAlertsState {
    /// Who waits, the first to come first.
    #[must_use]
    pub fn waiting(&self) -> &[AccountId] {
        &self.waiting
    }
}

/// A request about one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StockAlertsCommand {
    /// Tell when it is back. Whoever waits already waits on.
    Request {
        /// Whom.
        customer: AccountId,
        /// How many base units there are, wherever.
        available: u64,
    },
    /// Do not tell.
    Withdraw {
        /// Whom.
        customer: AccountId,
    },
    /// Tell those who wait.
    Serve {
        /// How many base units there are, wherever.
        available: u64,
        /// So many of them; the others stay.
        at_most: usize,
    },
}

impl Decider for StockAlerts {
    const KIND: &'static str = "stock_alerts";

    type State = StockAlertsState;
    type Command = StockAlertsCommand;
    type Event = StockAlertsEvent;
    type Error = StockAlertError;

    fn decide(
        state: &StockAlertsState,
        command: StockAlertsCommand,
    ) -> Result<Vec<StockAlertsEvent>, StockAlertError> {
        let waits = |customer| state.waiting.contains(&customer);
        match command {
            StockAlertsCommand::Request { available, .. } if available > 0 => {
                Err(StockAlertError::InStock { available })
            }
            StockAlertsCommand::Request { customer, .. } if waits(customer) => Ok(Vec::new()),
            StockAlertsCommand::Request { .. } if state.waiting.len() >= MAX_WAITING => {
                Err(StockAlertError::TooManyWaiting { max: MAX_WAITING })
            }
            StockAlertsCommand::Request { customer, .. } => {
                Ok(vec![StockAlertsEvent::StockAlertRequested { customer }])
            }
            StockAlertsCommand::Withdraw { customer } if waits(customer) => {
                Ok(vec![StockAlertsEvent::StockAlertWithdrawn { customer }])
            }
            StockAlertsCommand::Withdraw { .. } => Ok(Vec::new()),
            StockAlertsCommand::Serve { available: 0, .. } => Err(StockAlertError::OutOfStock),
            StockAlertsCommand::Serve { at_most, .. } => {
                let served = state.waiting.iter().take(at_most);
                Ok(served
                    .map(|customer| StockAlertsEvent::StockAlertServed { customer: *customer })
                    .collect())
            }
        }
    }

    fn evolve(state: &mut StockAlertsState, event: &StockAlertsEvent) {
        match event {
            StockAlertsEvent::StockAlertRequested { customer } => state.waiting.push(*customer),
            StockAlertsEvent::StockAlertWithdrawn { customer }
            | StockAlertsEvent::StockAlertServed { customer } => {
                state.waiting.retain(|known| known != customer);
            }
        }
    }
}

/// All requests together.
#[derive(Debug)]
pub struct AlertRegister;

/// How often what was served was cleared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AlertRegisterState {
    /// So often.
    pub cleared: u64,
}

/// List no longer what was served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClearServedAlerts;

impl Decider for AlertRegister {
    const KIND: &'static str = "alert_register";

    type State = AlertRegisterState;
    type Command = ClearServedAlerts;
    type Event = AlertRegisterEvent;
    type Error = StockAlertError;

    fn decide(
        _: &AlertRegisterState,
        _: ClearServedAlerts,
    ) -> Result<Vec<AlertRegisterEvent>, StockAlertError> {
        Ok(vec![AlertRegisterEvent::ServedAlertsCleared])
    }

    fn evolve(state: &mut AlertRegisterState, event: &AlertRegisterEvent) {
        match event {
            AlertRegisterEvent::ServedAlertsCleared => state.cleared += 1,
        }
    }
}
