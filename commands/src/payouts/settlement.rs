//! Drawing settlements up, and what becomes of them.

use std::collections::{BTreeSet, HashSet};

use domain::{
    ids::{CompanyId, OrderId, ReturnId, SettlementId},
    money::{Currency, Money, MoneyError},
    payouts::{
        CreateSettlement, Due, Earnings, Item, Payout, Settlement, SettlementBook, SettlementBookCommand,
        SettlementCommand, SettlementError, SettlementStatus,
    },
    text::Reason,
    vendors::Company,
};
use event_store::{AsOf, Decision, Executed, LogReader, StreamRef, ids};
use uuid::Uuid;

use super::{
    BEYOND_HEAD, Payouts, REASON_NEEDED, SETTLEMENT_STATUS_NOT_REACHABLE, SettlementAccepted, facts,
};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{Ruling, check_version, execute, judge, refuse},
    vendors::unknown_company,
};

/// Orders and returns that are folded at once: some megabytes, however long the range.
const CHUNK: usize = 500;

/// A settlement to draw up. It begins where the one before it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewSettlement {
    /// Whose account.
    pub company: CompanyId,
    /// In which currency.
    pub currency: Currency,
    /// Up to this moment; everything so far where it is [`AsOf::Now`].
    pub until: AsOf,
}

/// A step of a settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSettlement {
    /// Where to: disputed, confirmed or closed.
    pub to: SettlementStatus,
    /// Why; needed for `disputed`.
    pub reason: Option<Reason>,
    /// Only if nothing has changed since this version.
    pub expected_version: Option<i64>,
}

impl Payouts {
    /// Draws up a company's account from the end of the settlement before it.
    ///
    /// # Errors
    /// `vendors.company_not_found`, `payouts.settlement_range_empty`, `payouts.settlement_not_adjoining` when another
    /// settlement of this company was drawn up at the same moment, `payouts.position_not_reached`.
    pub async fn create_settlement(
        &self,
        call: &Call,
        new: NewSettlement,
    ) -> Result<Executed<SettlementAccepted>, CommandError> {
        call.require(UseCase::CreateSettlement)?;
        let reader = self.log.reader();
        let head = reader.refresh_head().await?.position;
        let to = match new.until {
            AsOf::Now => head,
            AsOf::Position(_) | AsOf::Time(_) => reader.position_as_of(new.until).await?,
        };
        if to > head {
            return Err(BEYOND_HEAD.refusal_at("/to_position").into());
        }
        let book_id = SettlementBook::stream(new.company, new.currency);
        let book = reader.load::<SettlementBook>(&book_id, AsOf::Now).await?.state;
        let from = book.settled_to;
        let create = CreateSettlement {
            company: new.company,
            from,
            to,
            opening: book.closing.unwrap_or(Money::zero(new.currency)),
            earnings: self.earnings(&new, from, to).await?,
            payouts: self.paid(&new, from, to).await?,
        };
        let settlement = SettlementId::from_uuid(ids::uuid());
        let id = settlement.stream();
        let unit = call
            .unit()
            .reads(StreamRef::new_of::<Settlement>(id.as_str()))
            .reads(StreamRef::of::<SettlementBook>(book_id.as_str()))
            .reads(StreamRef::of::<Company>(new.company.stream()));
        execute(&self.log, call, unit, move |decision| {
            if !decision.state::<Company>(&create.company.stream())?.exists() {
                return refuse(unknown_company("/company"));
            }
            judge::<Settlement>(decision, &id, SettlementCommand::Create(create))?;
            let accepted = accepted(decision, settlement)?;
            let extend = SettlementBookCommand::Extend {
                settlement,
                from,
                to,
                opening: create.opening,
                closing: accepted.statement.closing,
            };
            judge::<SettlementBook>(decision, &book_id, extend)?;
            Ok(accepted)
        })
        .await
    }

    /// Moves a settlement on.
    ///
    /// # Errors
    /// `payouts.settlement_not_found`, `payouts.settlement_status_not_reachable`, `payouts.reason_needed`,
    /// `PreconditionFailed`, and the settlement's own rules.
    pub async fn change_settlement(
        &self,
        call: &Call,
        settlement: SettlementId,
        step: ChangeSettlement,
    ) -> Result<Executed<SettlementAccepted>, CommandError> {
        call.require(UseCase::ChangeSettlement)?;
        let expected = step.expected_version;
        let command = match (step.to, step.reason) {
            (SettlementStatus::Disputed, Some(reason)) => SettlementCommand::Dispute { reason },
            (SettlementStatus::Disputed, None) => return Err(REASON_NEEDED.refusal_at("/reason").into()),
            (SettlementStatus::Confirmed, _) => SettlementCommand::Confirm,
            (SettlementStatus::Closed, reason) => SettlementCommand::Close { reason },
            (SettlementStatus::Open, _) => {
                return Err(SETTLEMENT_STATUS_NOT_REACHABLE.refusal_at("/status").into());
            }
        };
        let id = settlement.stream();
        let unit = call.unit().reads(StreamRef::of::<Settlement>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            if decision.state::<Settlement>(&id)?.content().is_none() {
                return refuse(Refused::of(&SettlementError::NotFound));
            }
            check_version::<Settlement>(decision, &id, expected)?;
            judge::<Settlement>(decision, &id, command.clone())?;
            accepted(decision, settlement)
        })
        .await
    }

    /// What the company earned and was charged after `from` and up to `to`: every item that there was at `to` and not
    /// yet at `from`, of the orders and returns to which something happened in between.
    async fn earnings(&self, new: &NewSettlement, from: i64, to: i64) -> Result<Earnings, CommandError> {
        let reader = self.log.reader();
        let mut sum = Earnings::zero(new.currency);
        let of_company = |due: &Due| due.company == new.company && due.earnings.currency() == new.currency;
        let orders = delivered_between(reader, new.company, from, to).await?;
        for chunk in orders.chunks(CHUNK) {
            let orders: BTreeSet<OrderId> = chunk.iter().copied().map(OrderId::from_uuid).collect();
            let none = BTreeSet::new();
            let before = facts::items_of(reader, &orders, &none, AsOf::Position(from)).await?;
            let before: HashSet<Item> = before.into_iter().map(|due| due.item).collect();
            let items = facts::items_of(reader, &orders, &none, AsOf::Position(to)).await?;
            let gained = items.into_iter().filter(of_company).filter(|due| !before.contains(&due.item));
            sum = add(sum, gained)?;
        }
        let returns = changed_between(reader, "CreditIssued", from, to).await?;
        for chunk in returns.chunks(CHUNK) {
            let returns: BTreeSet<ReturnId> = chunk.iter().copied().map(ReturnId::from_uuid).collect();
            let items = facts::items_of(reader, &BTreeSet::new(), &returns, AsOf::Position(to)).await?;
            sum = add(sum, items.into_iter().filter(of_company))?;
        }
        Ok(sum)
    }

    /// What the company was paid after `from` and up to `to`.
    async fn paid(&self, new: &NewSettlement, from: i64, to: i64) -> Result<Money, CommandError> {
        let reader = self.log.reader();
        let mut sum = Money::zero(new.currency);
        for chunk in changed_between(reader, "PayoutPaid", from, to).await?.chunks(CHUNK) {
            let streams: Vec<String> = chunk.iter().map(Uuid::to_string).collect();
            let payouts = reader.load_many_as_of::<Payout>(&streams, AsOf::Position(to)).await?;
            let contents = payouts.values().filter_map(|loaded| loaded.state.content());
            for content in contents.filter(|content| content.company == new.company) {
                if content.total.currency() == new.currency {
                    sum = sum.checked_add(content.total).map_err(too_much)?;
                }
            }
        }
        Ok(sum)
    }
}

fn add(sum: Earnings, items: impl Iterator<Item = Due>) -> Result<Earnings, CommandError> {
    let mut sum = sum;
    for due in items {
        sum = sum.checked_add(due.earnings).map_err(too_much)?;
    }
    Ok(sum)
}

fn too_much(_: MoneyError) -> CommandError {
    Refused::of(&SettlementError::AmountOutOfRange).into()
}

/// The orders with lines of this company of which some part was delivered in the range.
async fn delivered_between(
    reader: &LogReader,
    company: CompanyId,
    from: i64,
    to: i64,
) -> Result<Vec<Uuid>, CommandError> {
    let sql = "select distinct d.aggregate_id::uuid from events d \
               join events p on p.aggregate_id = d.aggregate_id and p.aggregate_type = 'order' and p.sequence = 1 \
               where d.position > $1 and d.position <= $2 and d.aggregate_type = 'order' \
               and d.event_type = 'PartDelivered' and strpos(p.payload::text, $3) > 0 order by 1";
    Ok(sqlx::query_scalar(sql).bind(from).bind(to).bind(company.stream()).fetch_all(reader.pool()).await?)
}

/// The streams to which this event happened in the range.
async fn changed_between(
    reader: &LogReader,
    event_type: &str,
    from: i64,
    to: i64,
) -> Result<Vec<Uuid>, CommandError> {
    let sql = "select distinct aggregate_id::uuid from events \
               where position > $1 and position <= $2 and event_type = $3 order by 1";
    Ok(sqlx::query_scalar(sql).bind(from).bind(to).bind(event_type).fetch_all(reader.pool()).await?)
}

/// The settlement as it stands at the end of the unit.
fn accepted(decision: &mut Decision<'_>, settlement: SettlementId) -> Ruling<SettlementAccepted> {
    let id = settlement.stream();
    let version = decision.version::<Settlement>(&id)?;
    let state = decision.state::<Settlement>(&id)?;
    let (Some(content), Some(status)) = (state.content(), state.status()) else {
        return refuse(Refused::of(&SettlementError::NotFound));
    };
    Ok(SettlementAccepted {
        settlement,
        company: content.company,
        status,
        version,
        from: content.from,
        to: content.to,
        statement: content.statement,
    })
}
