//! The mail that tells a customer that an order is confirmed.
//!
//! A reactor makes one job of each confirmation; the job reads the order as it was placed, from the log, and mails it.
//! At least once: the `Message-ID` is made of the job's id, so that a repeat is recognised.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::{
    decider::Decider,
    ids::{AccountId, OrderId},
    orders::{Order, OrderEvent},
};
use event_store::{
    AsOf, LogReader, RecordedEvent,
    subscription::{StartAt, Subscriber, SubscriberError},
};
use integrations::mail::{Mail, Mailer};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::{Language, send::send, text};
use crate::{
    identity::email_of,
    jobs::{self, Job, JobError, JobHandler, NewJob},
    vault::Vault,
};

/// The reactor's checkpoint.
pub const MAILS: &str = "order_confirmation_mails";

const KIND: &str = "order_confirmation_mail";

/// What happened longer before its recording was imported, and nobody waits for mail about it.
const NEWS: TimeDelta = TimeDelta::days(1);

#[derive(Serialize, Deserialize)]
struct Payload {
    order: OrderId,
}

/// Makes a job of each confirmation.
pub struct ConfirmationMails;

#[async_trait]
impl Subscriber for ConfirmationMails {
    fn key(&self) -> String {
        MAILS.to_owned()
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["OrderConfirmed"]
    }

    /// Nobody gets mail about what was confirmed before there was mail.
    fn starts_at(&self) -> StartAt {
        StartAt::Head
    }

    async fn handle(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), SubscriberError> {
        let is_news = |event: &&Arc<RecordedEvent>| event.recorded_at - event.effective_at() <= NEWS;
        let jobs: Result<Vec<NewJob>, SubscriberError> =
            batch.iter().filter(is_news).map(|event| job(event)).collect();
        Ok(jobs::enqueue(connection, &jobs?).await?)
    }
}

fn job(event: &RecordedEvent) -> Result<NewJob, SubscriberError> {
    let failed = |error: String| SubscriberError::Failed(error);
    let order =
        event.aggregate_id.parse().map(OrderId::from_uuid).map_err(|_| failed("no order's id".to_owned()))?;
    let payload = serde_json::to_value(Payload { order }).map_err(|error| failed(error.to_string()))?;
    Ok(NewJob::of(KIND, event, payload))
}

/// Mails confirmations.
pub struct ConfirmationMail {
    /// Where orders are read.
    pub log: LogReader,
    /// What opens addresses.
    pub vault: Vault,
    /// What sends them.
    pub mailer: Arc<dyn Mailer>,
    /// In which language.
    pub language: Language,
}

#[async_trait]
impl JobHandler for ConfirmationMail {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let Payload { order } = serde_json::from_value(job.payload.clone())
            .map_err(|error| JobError::Never(format!("its payload cannot be read: {error}")))?;
        let events = self.log.read_stream(Order::KIND, &order.stream(), 0, AsOf::Now).await.map_err(retry)?;
        let mut placed = None;
        let mut number = None;
        for event in &events {
            match event.typed::<OrderEvent>().map_err(retry)? {
                OrderEvent::OrderPlaced { customer, lines, totals, .. } => {
                    placed = Some((*customer, lines, totals))
                }
                OrderEvent::OrderEdited { lines, totals, .. } => {
                    placed = placed.map(|(customer, _, _)| (customer, lines, totals));
                    number = None;
                }
                OrderEvent::OrderConfirmed { invoice_number } => number = Some(*invoice_number),
                _ => {}
            }
        }
        let (Some((customer, lines, totals)), Some(number)) = (placed, number) else {
            return Err(JobError::Never("there is no such confirmed order".to_owned()));
        };
        // A sale to nobody in particular, or to an account that is gone.
        let Some(to) = self.address(customer).await? else {
            tracing::info!(job.id = %job.id, %order, "an order's customer has no address; nothing is mailed");
            return Ok(());
        };
        let (subject, text) = text::confirmation(self.language, order, number, lines, totals);
        let mail = Mail {
            id: job.id,
            person: customer.map(|id| id.as_uuid()),
            to,
            subject,
            text,
            html: None,
        };
        send(self.mailer.as_ref(), &mail).await
    }
}

impl ConfirmationMail {
    async fn address(&self, customer: Option<AccountId>) -> Result<Option<String>, JobError> {
        let Some(customer) = customer else { return Ok(None) };
        email_of(self.log.pool(), &self.vault, customer).await.map_err(retry)
    }
}

fn retry(error: impl std::fmt::Display) -> JobError {
    JobError::Retry(error.to_string())
}
