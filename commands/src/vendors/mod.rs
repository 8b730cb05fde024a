//! Vendors: companies come, and their terms change; what was ordered keeps the terms of its day.

use domain::{
    ids::CompanyId,
    money::BasisPoints,
    refusal::{Fault, RefusalKind},
    text::Reason,
    vendors::{Company, CompanyCommand, CompanyError, DeliveryFee, RegisterCompany, ReviseCompany},
};
use event_store::{Executed, Log, StreamRef, ids};
use serde::{Deserialize, Serialize};

use crate::{
    Call, CommandError, Refused, UseCase,
    code::codes,
    execute::{check_version, execute, judge},
};

codes! {
    INACTIVE = "vendors.company_inactive" Conflict "the company of this product does not sell at present",
    ZONE_NOT_SERVED = "vendors.zone_not_served" Conflict "the company of this product does not deliver to this zone",
}

/// The use cases on companies.
#[derive(Clone)]
pub struct Vendors {
    log: Log,
}

/// A company to register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCompany {
    /// An id that products name already, from before it was registered; a new one where it is absent.
    pub id: Option<CompanyId>,
    /// All of it.
    pub company: RegisterCompany,
}

/// What became of a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyAccepted {
    /// Which company.
    pub company: CompanyId,
    /// Its version now: the `ETag`.
    pub version: i64,
    /// Its goods can be ordered.
    pub is_active: bool,
}

impl Vendors {
    /// Use cases on `log`.
    #[must_use]
    pub const fn new(log: Log) -> Self {
        Self { log }
    }

    /// Lets a company sell here.
    ///
    /// # Errors
    /// `vendors.company_already_registered`, and the company's own rules.
    pub async fn register_company(
        &self,
        call: &Call,
        new: NewCompany,
    ) -> Result<Executed<CompanyAccepted>, CommandError> {
        let company = new.id.unwrap_or_else(|| CompanyId::from_uuid(ids::uuid()));
        self.change(call, company, CompanyCommand::Register(new.company), None).await
    }

    /// Changes how a company is described. With `expected_version` only if nothing has changed since.
    ///
    /// # Errors
    /// `vendors.company_not_found`, `PreconditionFailed`, and the company's own rules.
    pub async fn revise_company(
        &self,
        call: &Call,
        company: CompanyId,
        parts: ReviseCompany,
        expected_version: Option<i64>,
    ) -> Result<Executed<CompanyAccepted>, CommandError> {
        self.change(call, company, CompanyCommand::Revise(parts), expected_version).await
    }

    /// Takes a company's goods off sale, or puts them back. Placed orders go on.
    ///
    /// # Errors
    /// As [`Self::revise_company`].
    pub async fn set_active(
        &self,
        call: &Call,
        company: CompanyId,
        is_active: bool,
        reason: Option<Reason>,
        expected_version: Option<i64>,
    ) -> Result<Executed<CompanyAccepted>, CommandError> {
        let command = if is_active {
            CompanyCommand::Reactivate
        } else {
            CompanyCommand::Deactivate { reason }
        };
        self.change(call, company, command, expected_version).await
    }

    /// Agrees on another commission for orders from now on.
    ///
    /// # Errors
    /// As [`Self::revise_company`].
    pub async fn set_commission(
        &self,
        call: &Call,
        company: CompanyId,
        commission_rate: BasisPoints,
        expected_version: Option<i64>,
    ) -> Result<Executed<CompanyAccepted>, CommandError> {
        self.change(call, company, CompanyCommand::SetCommission { commission_rate }, expected_version)
            .await
    }

    /// Replaces a company's delivery fees for orders from now on.
    ///
    /// # Errors
    /// As [`Self::revise_company`].
    pub async fn set_delivery_fees(
        &self,
        call: &Call,
        company: CompanyId,
        delivery_fees: Vec<DeliveryFee>,
        expected_version: Option<i64>,
    ) -> Result<Executed<CompanyAccepted>, CommandError> {
        self.change(call, company, CompanyCommand::SetDeliveryFees { delivery_fees }, expected_version)
            .await
    }

    async fn change(
        &self,
        call: &Call,
        company: CompanyId,
        command: CompanyCommand,
        expected_version: Option<i64>,
    ) -> Result<Executed<CompanyAccepted>, CommandError> {
        call.require(UseCase::ChangeCompany)?;
        let id = company.stream();
        let unit = call.unit().reads(StreamRef::of::<Company>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            if decision.state::<Company>(&id)?.exists() {
                check_version::<Company>(decision, &id, expected_version)?;
            }
            judge::<Company>(decision, &id, command.clone())?;
            Ok(CompanyAccepted {
                company,
                version: decision.version::<Company>(&id)?,
                is_active: decision.state::<Company>(&id)?.is_active(),
            })
        })
        .await
    }
}

/// A request that names a company that there is not; the request's own address exists.
pub(crate) fn unknown_company(pointer: &str) -> Refused {
    let refusal = CompanyError::NotFound;
    Refused {
        kind: RefusalKind::Invalid,
        faults: vec![Fault::at(pointer, &refusal)],
        ..Refused::of(&refusal)
    }
}
