//! Reading and revising the rules.

use domain::orders::{
    FraudRules, FraudRulesCommand,
    fraud::{FRAUD_RULES, FraudPolicy},
};
use event_store::{AsOf, Executed, StreamRef};
use serde::{Deserialize, Serialize};

use super::lessons;
use crate::{
    Call, CommandError, UseCase,
    execute::{check_version, execute, judge},
    orders::Orders,
};

/// The rules as the log has them, and what the model has learned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FraudRulesView {
    /// The rules.
    pub rules: FraudRules,
    /// Their version: the `ETag`; 0 where none were ever set.
    pub version: i64,
    /// From how many orders the model has learned.
    pub model_version: u64,
    /// How many of those were fraud.
    pub frauds: u64,
}

/// What became of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FraudRulesAccepted {
    /// Their version now: the `ETag`.
    pub version: i64,
}

impl Orders {
    /// The rules, and how far the model has come.
    ///
    /// # Errors
    /// When the caller may not see them, or the database cannot be read.
    pub async fn fraud_rules(&self, call: &Call) -> Result<FraudRulesView, CommandError> {
        call.require(UseCase::ReadFraudRules)?;
        let known = self.log.reader().load::<FraudPolicy>(FRAUD_RULES, AsOf::Now).await?;
        let mut connection = self.log.pool().acquire().await?;
        let model = lessons::read(&mut connection).await?;
        Ok(FraudRulesView {
            rules: known.state.rules().clone(),
            version: known.version,
            model_version: model.version(),
            frauds: model.frauds(),
        })
    }

    /// Replaces all rules: orders that are placed from then on are looked at under them.
    ///
    /// # Errors
    /// `PreconditionFailed`, and the faults of rules.
    pub async fn revise_fraud_rules(
        &self,
        call: &Call,
        rules: FraudRules,
        expected_version: Option<i64>,
    ) -> Result<Executed<FraudRulesAccepted>, CommandError> {
        call.require(UseCase::ReviseFraudRules)?;
        let unit = call.unit().reads(StreamRef::of::<FraudPolicy>(FRAUD_RULES));
        execute(&self.log, call, unit, move |decision| {
            check_version::<FraudPolicy>(decision, FRAUD_RULES, expected_version)?;
            judge::<FraudPolicy>(decision, FRAUD_RULES, FraudRulesCommand::Revise { rules: rules.clone() })?;
            Ok(FraudRulesAccepted { version: decision.version::<FraudPolicy>(FRAUD_RULES)? })
        })
        .await
    }
}
