//! What a node has to do with the world outside: the broker, mail, and the jobs and reactors that use them.

use std::{collections::HashSet, sync::Arc, time::Duration};

use anyhow::{Context, Result};
use commands::{
    customers::{Customers, LoyaltyJob, LoyaltyPoints, LoyaltyTask, StockAlertJob, StockReturns},
    integrations::Relay,
    inventory::{Inventory, ReorderJob, Reorders},
    jobs::{self, JobBroker, JobHandler, Jobs},
    notifications::{
        AccountMail, ConfirmationMail, ConfirmationMails, CustomerMail, CustomerMails, Language,
    },
    orders::{FlagOrderJob, FraudScreening, Orders},
    vault::Vault,
};
use domain::ids::AccountId;
use event_store::{Log, subscription::Subscriber};
use integrations::{
    broker::{Broker, RabbitMq},
    mail::{MailFolder, Mailer, Smtp},
};

use uuid::Uuid;

use crate::config::Config;

/// The outside of a node.
pub struct Outside {
    /// The broker, where one is configured.
    pub broker: Option<Arc<dyn Broker>>,
    /// What its exchanges and queues begin with.
    pub prefix: String,
    /// Background jobs.
    pub jobs: Jobs,
}

impl Outside {
    /// Begins to run jobs. Nothing outside need be there yet.
    ///
    /// # Errors
    /// When mail cannot be sent by the system's means.
    pub fn start(config: &Config, log: &Log, vault: &Vault) -> Result<Self> {
        let settings = &config.integrations;
        let mailer = mailer(config)?;
        forget_the_erased(config, vault);
        let handlers = handlers(config, log, vault, mailer);
        let broker = settings.amqp_url.as_ref().map(|url| {
            let kinds: Vec<&'static str> = handlers.iter().map(|handler| handler.kind()).collect();
            let mut topology = jobs::topology(&settings.broker_prefix, &kinds, &settings.jobs);
            topology.exchanges.extend(Relay::topology(&settings.broker_prefix).exchanges);
            let broker: Arc<dyn Broker> = Arc::new(RabbitMq::new(url.clone(), topology));
            broker
        });
        let job_broker =
            broker.clone().map(|broker| JobBroker { broker, prefix: settings.broker_prefix.clone() });
        Ok(Self {
            broker,
            prefix: settings.broker_prefix.clone(),
            jobs: Jobs::start(log.pool().clone(), handlers, settings.jobs.clone(), job_broker),
        })
    }

    /// What follows the log and acts on it.
    #[must_use]
    pub fn reactors(&self, log: &Log, vault: &Vault) -> Vec<Arc<dyn Subscriber>> {
        let mut reactors: Vec<Arc<dyn Subscriber>> = vec![
            Arc::new(ConfirmationMails),
            Arc::new(CustomerMails),
            Arc::new(LoyaltyPoints),
            Arc::new(Reorders),
            Arc::new(StockReturns),
            Arc::new(FraudScreening { log: log.reader().clone(), vault: vault.clone() }),
        ];
        if let Some(broker) = &self.broker {
            reactors.push(Arc::new(Relay::new(Arc::clone(broker), &self.prefix, log.reader().clone())));
        }
        reactors
    }

    /// Lets jobs that run end for as long as `grace`, and gives the others back.
    pub async fn stop(&self, grace: Duration) {
        self.jobs.stop(grace).await;
        self.hang_up().await;
    }

    /// Closes the connections to the broker: what waits for it fails now.
    pub async fn hang_up(&self) {
        if let Some(broker) = &self.broker {
            broker.close().await;
        }
    }
}

fn mailer(config: &Config) -> Result<Arc<dyn Mailer>> {
    let settings = &config.integrations;
    Ok(match &settings.smtp_url {
        Some(url) => Arc::new(
            Smtp::try_new(url, settings.mail_from.clone())
                .context("mail cannot be sent (setting smtp_url)")?,
        ),
        None => Arc::new(MailFolder::new(settings.mail_folder.clone(), settings.mail_from.clone())),
    })
}

/// Mails that are kept on this node go with their recipients' data, also those from before there was a mail server.
fn forget_the_erased(config: &Config, vault: &Vault) {
    let settings = &config.integrations;
    let kept = MailFolder::new(settings.mail_folder.clone(), settings.mail_from.clone());
    vault.on_erasure(move |persons| {
        let kept = kept.clone();
        let persons: HashSet<Uuid> = persons.iter().map(AccountId::as_uuid).collect();
        tokio::spawn(async move {
            if let Err(error) = kept.forget(&persons).await {
                tracing::error!(error = %error, "mails of erased accounts cannot be removed");
            }
        });
    });
}

fn handlers(config: &Config, log: &Log, vault: &Vault, mailer: Arc<dyn Mailer>) -> Vec<Arc<dyn JobHandler>> {
    let language = Language::first_of(config.store.locales.tags());
    let customers = Customers::new(log.clone(), vault.clone());
    let loyalty = LoyaltyTask::ALL
        .map(|task| -> Arc<dyn JobHandler> { Arc::new(LoyaltyJob { customers: customers.clone(), task }) });
    let mut handlers: Vec<Arc<dyn JobHandler>> = vec![
        Arc::new(ConfirmationMail {
            log: log.reader().clone(),
            vault: vault.clone(),
            mailer: Arc::clone(&mailer),
            language,
        }),
        Arc::new(AccountMail {
            log: log.reader().clone(),
            vault: vault.clone(),
            mailer: Arc::clone(&mailer),
            language,
            account_url: config.integrations.account_url.clone(),
        }),
        Arc::new(CustomerMail {
            log: log.reader().clone(),
            vault: vault.clone(),
            mailer,
            language,
        }),
        Arc::new(ReorderJob { inventory: Inventory::new(log.clone()) }),
        Arc::new(FlagOrderJob { orders: Orders::new(log.clone(), vault.clone()) }),
    ];
    handlers.extend(loyalty);
    handlers.push(Arc::new(StockAlertJob { customers }));
    handlers
}
