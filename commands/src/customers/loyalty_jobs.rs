//! What happens to points by itself: delivered orders earn, credited returns take back, old points expire, and their
//! owners are reminded before. A reactor makes jobs of events; the jobs decide on what the log has then, and an order, a
//! return or a lot that was dealt with is dealt with once, however often its job runs.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::{
    customers::{
        LOYALTY_PROGRAM, LoyaltyAccount, LoyaltyAccountCommand, LoyaltyAccountEvent, LoyaltyAccountState,
        LoyaltyProgram,
    },
    decider::Decider,
    identity::Account,
    ids::{AccountId, OrderId, ReturnId},
    money::Money,
    orders::{CreditLine, Order, OrderStatus, Return},
    pricing::TaxTreatment,
};
use event_store::{
    AsOf, RecordedEvent, StreamRef,
    subscription::{StartAt, Subscriber, SubscriberError},
};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::{Customers, loyalty::reads_points};
use crate::{
    Call, CommandError,
    execute::{execute, judge},
    jobs::{self, Job, JobError, JobHandler, NewJob},
};

/// The reactor's checkpoint.
pub const LOYALTY: &str = "loyalty_points";

/// What happened longer before its recording was imported, and earns nothing.
const NEWS: TimeDelta = TimeDelta::days(1);

/// Something that a job does to points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoyaltyTask {
    /// Lets a delivered order earn.
    Earn,
    /// Takes back what a credited return had earned.
    TakeBack,
    /// Lets old points expire.
    Expire,
    /// Reminds of points that will expire.
    Remind,
}

impl LoyaltyTask {
    /// Every task.
    pub const ALL: [Self; 4] = [Self::Earn, Self::TakeBack, Self::Expire, Self::Remind];

    const fn kind(self) -> &'static str {
        match self {
            Self::Earn => "earn_points",
            Self::TakeBack => "take_points_back",
            Self::Expire => "expire_points",
            Self::Remind => "remind_of_points",
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Payload {
    Order(OrderId),
    Return(ReturnId),
    Account(AccountId),
}

impl Customers {
    /// Lets an order earn, once it is delivered as a whole. What has earned already, is nobody's or belongs to somebody
    /// who is erased earns nothing.
    ///
    /// # Errors
    /// When the log cannot be read or written.
    pub async fn earn_points(&self, order: OrderId) -> Result<(), CommandError> {
        let order_id = order.stream();
        let known = self.log.reader().load::<Order>(&order_id, AsOf::Now).await?.state;
        let Some(customer) = known.customer().filter(|_| known.status() == Some(OrderStatus::Delivered))
        else {
            return Ok(());
        };
        let (call, id) = (Call::system(), customer.stream());
        let unit = reads_points(&call, &id).reads(StreamRef::of::<Order>(order_id.as_str()));
        execute(&self.log, &call, unit, move |decision| {
            let delivered = decision.state::<Order>(&order_id)?;
            let Some(totals) = delivered.totals().copied() else {
                return Ok(());
            };
            if decision.state::<Account>(&id)?.is_erased() {
                return Ok(());
            }
            // Neither the delivery nor taxes earn. What does not fit is no order.
            let Ok(paid) = totals.subtotal.checked_sub(totals.discount) else {
                return Ok(());
            };
            let rules = decision.state::<LoyaltyProgram>(LOYALTY_PROGRAM)?.rules().clone();
            let now = decision.now();
            judge::<LoyaltyAccount>(decision, &id, LoyaltyAccountCommand::Earn { order, paid, rules, now })?;
            Ok(())
        })
        .await
        .map(drop)
    }

    /// Takes back what the units of a credited return had earned.
    ///
    /// # Errors
    /// When the log cannot be read or written.
    pub async fn take_points_back(&self, return_id: ReturnId) -> Result<(), CommandError> {
        let reader = self.log.reader();
        let claimed = reader.load::<Return>(&return_id.stream(), AsOf::Now).await?.state;
        let Some((order, credited)) = claimed.order().zip(goods_credited(claimed.lines())) else {
            return Ok(());
        };
        let sold = reader.load::<Order>(&order.stream(), AsOf::Now).await?.state;
        let Some(customer) = sold.customer() else {
            return Ok(());
        };
        let (call, id) = (Call::system(), customer.stream());
        execute(&self.log, &call, reads_points(&call, &id), move |decision| {
            let earns = !decision.state::<LoyaltyProgram>(LOYALTY_PROGRAM)?.rules().rates.is_empty();
            let has_points = *decision.state::<LoyaltyAccount>(&id)? != LoyaltyAccountState::default();
            if !earns && !has_points {
                return Ok(());
            }
            let now = decision.now();
            let command = LoyaltyAccountCommand::TakeBack { order, return_id, credited, now };
            judge::<LoyaltyAccount>(decision, &id, command)?;
            Ok(())
        })
        .await
        .map(drop)
    }

    /// Lets the points expire whose time is over.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn expire_points(&self, customer: AccountId) -> Result<(), CommandError> {
        let (call, id) = (Call::system(), customer.stream());
        execute(&self.log, &call, reads_points(&call, &id), move |decision| {
            let now = decision.now();
            judge::<LoyaltyAccount>(decision, &id, LoyaltyAccountCommand::Expire { now })?;
            Ok(())
        })
        .await
        .map(drop)
    }

    /// Notes that a customer is to be reminded of points that will expire, unless that was done just now.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn remind_of_points(&self, customer: AccountId) -> Result<(), CommandError> {
        let (call, id) = (Call::system(), customer.stream());
        execute(&self.log, &call, reads_points(&call, &id), move |decision| {
            let rules = decision.state::<LoyaltyProgram>(LOYALTY_PROGRAM)?.rules();
            let Some(days) = rules.remind_before_days else {
                return Ok(());
            };
            if decision.state::<Account>(&id)?.is_erased() {
                return Ok(());
            }
            let now = decision.now();
            judge::<LoyaltyAccount>(decision, &id, LoyaltyAccountCommand::Remind { days, now })?;
            Ok(())
        })
        .await
        .map(drop)
    }
}

/// What is credited for the goods themselves: taxes on top earned nothing, so they take nothing back. `None` where there
/// is nothing, or it is no amount.
fn goods_credited(lines: &[CreditLine]) -> Option<Money> {
    let goods =
        lines.iter().map(|line| match line.tax.filter(|tax| tax.treatment == TaxTreatment::Exclusive) {
            Some(tax) => line.total.checked_sub(tax.amount).ok(),
            None => Some(line.total),
        });
    let goods: Vec<Money> = goods.collect::<Option<_>>()?;
    Money::sum(goods.first()?.currency(), goods.iter().copied()).ok()
}

/// Makes jobs of what changes points.
pub struct LoyaltyPoints;

#[async_trait]
impl Subscriber for LoyaltyPoints {
    fn key(&self) -> String {
        LOYALTY.to_owned()
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["PartDelivered", "CreditIssued", "PointsEarned", "PointsAdjusted"]
    }

    /// What was delivered before there was a programme earns nothing.
    fn starts_at(&self) -> StartAt {
        StartAt::Head
    }

    async fn handle(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), SubscriberError> {
        // A shop without a programme pays one look for a batch, and no job for a delivery.
        let has_program: bool =
            sqlx::query_scalar("select exists (select from events where aggregate_type = $1)")
                .bind(LoyaltyProgram::KIND)
                .fetch_one(&mut *connection)
                .await?;
        let mut made = Vec::new();
        for event in batch {
            if event.aggregate_type == LoyaltyAccount::KIND {
                made.extend(of_points(event)?);
            } else if has_program && event.recorded_at - event.effective_at() <= NEWS {
                made.push(of_order(event)?);
            }
        }
        Ok(jobs::enqueue(connection, &made).await?)
    }
}

fn failed(error: impl std::fmt::Display) -> SubscriberError {
    SubscriberError::Failed(error.to_string())
}

fn of_order(event: &RecordedEvent) -> Result<NewJob, SubscriberError> {
    let id = event.aggregate_id.parse().map_err(failed)?;
    let (task, payload) = if event.aggregate_type == Order::KIND {
        (LoyaltyTask::Earn, Payload::Order(OrderId::from_uuid(id)))
    } else {
        (LoyaltyTask::TakeBack, Payload::Return(ReturnId::from_uuid(id)))
    };
    Ok(NewJob::of(task.kind(), event, serde_json::to_value(payload).map_err(failed)?))
}

fn of_points(event: &RecordedEvent) -> Result<Vec<NewJob>, SubscriberError> {
    let (LoyaltyAccountEvent::PointsEarned { expires_at, remind_at, .. }
    | LoyaltyAccountEvent::PointsAdjusted { expires_at, remind_at, .. }) =
        event.typed::<LoyaltyAccountEvent>().map_err(failed)?
    else {
        return Ok(Vec::new());
    };
    let account = AccountId::from_uuid(event.aggregate_id.parse().map_err(failed)?);
    let payload = serde_json::to_value(Payload::Account(account)).map_err(failed)?;
    let job = |task: LoyaltyTask, time| NewJob::of(task.kind(), event, payload.clone()).not_before(time);
    let expire = expires_at.map(|time| job(LoyaltyTask::Expire, time));
    let remind = remind_at.map(|time| job(LoyaltyTask::Remind, time));
    Ok(expire.into_iter().chain(remind).collect())
}

/// Does one of the tasks.
pub struct LoyaltyJob {
    /// Where.
    pub customers: Customers,
    /// Which.
    pub task: LoyaltyTask,
}

#[async_trait]
impl JobHandler for LoyaltyJob {
    fn kind(&self) -> &'static str {
        self.task.kind()
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let payload: Payload = serde_json::from_value(job.payload.clone())
            .map_err(|error| JobError::Never(format!("its payload cannot be read: {error}")))?;
        let customers = &self.customers;
        let done = match (self.task, payload) {
            (LoyaltyTask::Earn, Payload::Order(order)) => customers.earn_points(order).await,
            (LoyaltyTask::TakeBack, Payload::Return(id)) => customers.take_points_back(id).await,
            (LoyaltyTask::Expire, Payload::Account(account)) => customers.expire_points(account).await,
            (LoyaltyTask::Remind, Payload::Account(account)) => customers.remind_of_points(account).await,
            (_, _) => return Err(JobError::Never("its payload is of another task".to_owned())),
        };
        match done {
            Ok(()) => Ok(()),
            Err(CommandError::Refused(refused)) => Err(JobError::Never(refused.code.to_owned())),
            Err(error) => Err(JobError::Retry(error.to_string())),
        }
    }
}
