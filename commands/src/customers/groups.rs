//! Putting customers into groups: by them price lists and promotions say whom they are for.

use std::collections::BTreeSet;

use domain::{
    customers::{CustomerGroups, CustomerGroupsCommand},
    identity::{Account, AccountError, Role},
    ids::AccountId,
    text::Code,
};
use event_store::{AsOf, Executed, StreamRef};
use serde::{Deserialize, Serialize};

use super::Customers;
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{check_version, execute, judge, refuse},
};

/// The groups of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerGrouped {
    /// Who.
    pub customer: AccountId,
    /// All groups that the customer is in, in the order of the alphabet.
    pub groups: Vec<Code>,
    /// How often they were changed: the `ETag`.
    pub version: i64,
}

impl Customers {
    /// Puts a customer into these groups, and takes the customer out of all others.
    ///
    /// # Errors
    /// `permission_denied`, `identity.account_not_found` also where the account is no customer's,
    /// `customers.too_many_groups`, or they were changed since `expected`.
    pub async fn group(
        &self,
        call: &Call,
        customer: AccountId,
        groups: BTreeSet<Code>,
        expected: Option<i64>,
    ) -> Result<Executed<CustomerGrouped>, CommandError> {
        call.require(UseCase::GroupCustomer)?;
        let id = customer.stream();
        let unit = call
            .unit()
            .reads(StreamRef::of::<Account>(id.as_str()))
            .reads(StreamRef::of::<CustomerGroups>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            if decision.state::<Account>(&id)?.role() != Some(Role::Customer) {
                return refuse(Refused::of(&AccountError::NotFound));
            }
            check_version::<CustomerGroups>(decision, &id, expected)?;
            let command = CustomerGroupsCommand::Group { groups: groups.clone() };
            judge::<CustomerGroups>(decision, &id, command)?;
            Ok(CustomerGrouped {
                customer,
                groups: decision.state::<CustomerGroups>(&id)?.groups().to_vec(),
                version: decision.version::<CustomerGroups>(&id)?,
            })
        })
        .await
    }

    /// The groups of a customer, as the log has them now.
    ///
    /// # Errors
    /// `permission_denied`, `identity.account_not_found` also where the account is no customer's.
    pub async fn groups(&self, call: &Call, customer: AccountId) -> Result<CustomerGrouped, CommandError> {
        call.require(UseCase::ShowCustomerGroups)?;
        let (reader, id) = (self.log.reader(), customer.stream());
        let account = reader.load::<Account>(&id, AsOf::Now).await?;
        if account.state.role() != Some(Role::Customer) {
            return Err(Refused::of(&AccountError::NotFound).into());
        }
        let known = reader.load::<CustomerGroups>(&id, AsOf::Now).await?;
        Ok(CustomerGrouped {
            customer,
            groups: known.state.groups().to_vec(),
            version: known.version,
        })
    }
}
