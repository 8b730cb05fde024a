//! The smallest coins: what cash orders are rounded to.

use std::{collections::BTreeMap, str::FromStr, sync::Arc};

use domain::money::{Currency, Money};

/// The smallest amount of cash by currency; a currency that is not named is not rounded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CashSteps(Arc<BTreeMap<&'static str, Money>>);

/// A text that names no steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be currencies with their smallest coins, such as IQD=250,EUR=0.05")]
pub struct CashStepsError;

impl CashSteps {
    /// The step of a currency, where it has one.
    #[must_use]
    pub fn of(&self, currency: Currency) -> Option<Money> {
        self.0.get(currency.code()).copied()
    }
}

impl FromStr for CashSteps {
    type Err = CashStepsError;

    /// Reads `IQD=250,EUR=0.05`; a currency stands once, with an amount above nothing.
    fn from_str(text: &str) -> Result<Self, CashStepsError> {
        let mut steps = BTreeMap::new();
        for entry in text.split(',').filter(|entry| !entry.trim().is_empty()) {
            let (code, amount) = entry.trim().split_once('=').ok_or(CashStepsError)?;
            let currency = Currency::from_code(code.trim()).map_err(|_| CashStepsError)?;
            let step = Money::parse(amount.trim(), currency).map_err(|_| CashStepsError)?;
            if step.minor() < 1 || steps.insert(currency.code(), step).is_some() {
                return Err(CashStepsError);
            }
        }
        Ok(Self(Arc::new(steps)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_currency_has_one_step_above_nothing() {
        let steps: CashSteps = "IQD=250, EUR=0.05".parse().unwrap();
        assert_eq!(steps.of(Currency::IQD).map(Money::minor), Some(250));
        assert_eq!(steps.of(Currency::GBP), None);
        assert_eq!("".parse(), Ok(CashSteps::default()));
        for wrong in [
            "IQD",
            "IQD=0",
            "IQD=-1",
            "IQD=0.5",
            "XXQ=1",
            "IQD=1,IQD=2",
            "IQD=1;CHF=1",
        ] {
            assert_eq!(wrong.parse::<CashSteps>(), Err(CashStepsError), "{wrong}");
        }
    }
}
