//! Mails that tell customers what they want to know: that points will be lost, that a product is back. The address, the name and the language are
//! found when the mail is sent, so that none of them waits in a queue.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    catalog::Product,
    customers::{LoyaltyAccountEvent, StockAlerts, StockAlertsEvent},
    decider::Decider,
    ids::{AccountId, ProductId},
};
use event_store::{
    AsOf, LogReader, RecordedEvent,
    subscription::{StartAt, Subscriber, SubscriberError},
};
use integrations::mail::{Mail, Mailer};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;

use super::{Language, account_mail::Owner, customer_text, send::send};
use crate::{
    identity::email_of,
    jobs::{self, Job, JobError, JobHandler, NewJob},
    vault::Vault,
};

/// The reactor's checkpoint.
pub const CUSTOMER_MAILS: &str = "customer_mails";

/// The kind of the jobs.
pub(crate) const CUSTOMER_MAIL: &str = "customer_mail";

/// Whom a mail goes to, and about what.
#[derive(Serialize, Deserialize)]
struct Payload {
    account: AccountId,
    about: Subject,
}

/// What a mail is about.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Subject {
    /// So many points will be lost until then.
    Points { points: u64, until: DateTime<Utc> },
    /// This product is back in stock.
    BackInStock { product: ProductId },
}

/// Makes a job of each event that a customer is told of.
pub struct CustomerMails;

#[async_trait]
impl Subscriber for CustomerMails {
    fn key(&self) -> String {
        CUSTOMER_MAILS.to_owned()
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["ExpiryReminded", "StockAlertServed"]
    }

    fn starts_at(&self) -> StartAt {
        StartAt::Head
    }

    async fn handle(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), SubscriberError> {
        let mut made = Vec::new();
        for event in batch {
            made.extend(job(event)?);
        }
        Ok(jobs::enqueue(connection, &made).await?)
    }
}

fn job(event: &RecordedEvent) -> Result<Option<NewJob>, SubscriberError> {
    let failed = |error: String| SubscriberError::Failed(error);
    let stream = event.aggregate_id.parse().map_err(|_| failed("no UUID".to_owned()))?;
    let payload = if event.aggregate_type == StockAlerts::KIND {
        let told = event.typed::<StockAlertsEvent>().map_err(|error| failed(error.to_string()))?;
        let StockAlertsEvent::StockAlertServed { customer } = told else {
            return Ok(None);
        };
        Payload {
            account: *customer,
            about: Subject::BackInStock { product: ProductId::from_uuid(stream) },
        }
    } else {
        let told = event.typed::<LoyaltyAccountEvent>().map_err(|error| failed(error.to_string()))?;
        let LoyaltyAccountEvent::ExpiryReminded { points, until, .. } = told else {
            return Ok(None);
        };
        Payload {
            account: AccountId::from_uuid(stream),
            about: Subject::Points { points: *points, until: *until },
        }
    };
    let payload = serde_json::to_value(payload).map_err(|error| failed(error.to_string()))?;
    Ok(Some(NewJob::of(CUSTOMER_MAIL, event, payload)))
}

/// Mails what customers are told.
pub struct CustomerMail {
    /// Where profiles are read.
    pub log: LogReader,
    /// What opens addresses.
    pub vault: Vault,
    /// What sends them.
    pub mailer: Arc<dyn Mailer>,
    /// The language of who named none.
    pub language: Language,
}

#[async_trait]
impl JobHandler for CustomerMail {
    fn kind(&self) -> &'static str {
        CUSTOMER_MAIL
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let Payload { account, about } = serde_json::from_value(job.payload.clone())
            .map_err(|error| JobError::Never(format!("its payload cannot be read: {error}")))?;
        let Some(to) = email_of(self.log.pool(), &self.vault, account).await.map_err(retry)? else {
            tracing::info!(job.id = %job.id, "an account is gone; nothing is mailed");
            return Ok(());
        };
        let owner = Owner::read(&self.log, &self.vault, account).await.map_err(retry)?;
        let language = owner.language.unwrap_or(self.language);
        let what = match &about {
            Subject::Points { points, until } => format!("{points}, {}", until.format("%Y-%m-%d")),
            Subject::BackInStock { product } => self.title(*product, language).await?,
        };
        let (subject, text) = customer_text::write(language, owner.name.as_deref(), &about, &what);
        let mail = Mail {
            id: job.id,
            person: Some(account.as_uuid()),
            to,
            subject,
            text,
            html: None,
        };
        send(self.mailer.as_ref(), &mail).await
    }
}

impl CustomerMail {
    /// What a product is called; its id where it is gone from the log's view.
    async fn title(&self, product: ProductId, language: Language) -> Result<String, JobError> {
        let known = self.log.load::<Product>(&product.stream(), AsOf::Now).await.map_err(retry)?;
        let title = known.state.listing().map(|listing| listing.details.title.pick(&[language.tag()]).1);
        Ok(title.map_or_else(|| product.to_string(), ToOwned::to_owned))
    }
}

fn retry(error: impl std::fmt::Display) -> JobError {
    JobError::Retry(error.to_string())
}
