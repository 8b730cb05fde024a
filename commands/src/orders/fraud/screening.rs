//! The reactor: each placement and edit is looked at once, in the order of the log, and what was found is written down with
//! the checkpoint. What it remembers is a fold of the log, so equal logs are judged alike.

use std::{borrow::Borrow, collections::HashSet, sync::Arc};

use async_trait::async_trait;
use chrono::TimeDelta;
use domain::{
    customers::AddressDetails,
    decider::Decider,
    identity::Account,
    ids::{AccountId, EventId, OrderId},
    orders::{
        DELIVERY_ADDRESS, DEVICE, FraudRules, FraudRulesEvent, Order, OrderEvent, PaymentMethod,
        fraud::{FRAUD_RULES, FraudModel, FraudPolicy, Verdict},
    },
    sealed::{Place, Sealed},
};
use event_store::{
    AsOf, EventFilter, LogReader, RecordedEvent,
    subscription::{StartAt, Subscriber, SubscriberError},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    job::{FraudFinding, KIND},
    lessons,
    memory::{self, REMEMBERED, Remembered},
};
use crate::{
    jobs::{self, NewJob},
    vault::{Keys, Vault},
};

/// The reactor's checkpoint.
pub const FRAUD_SCREENING: &str = "fraud_screening";

/// What happened longer before its recording was imported: it says what is usual, and is not held.
const NEWS: TimeDelta = TimeDelta::days(1);

/// Orders that are read at once when the rules are switched on.
const BACK_PAGE: usize = 1_000;

/// Looks at orders.
pub struct FraudScreening {
    /// Where rules and earlier orders are read.
    pub log: LogReader,
    /// What opens addresses and hashes them.
    pub vault: Vault,
}

#[async_trait]
impl Subscriber for FraudScreening {
    fn key(&self) -> String {
        FRAUD_SCREENING.to_owned()
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "OrderPlaced",
            "OrderEdited",
            "PartDelivered",
            "FlagCleared",
            "FraudConfirmed",
            "FraudRulesRevised",
            "AccountErased",
        ]
    }

    /// Rules that are switched on look back by themselves.
    fn starts_at(&self) -> StartAt {
        StartAt::Head
    }

    async fn handle(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), SubscriberError> {
        let Some(first) = batch.first() else {
            return Ok(());
        };
        let before = AsOf::Position(first.position.saturating_sub(1));
        let known = self.log.load::<FraudPolicy>(FRAUD_RULES, before).await.map_err(failed)?;
        let mut look = Look {
            screening: self,
            rules: known.state.rules().clone(),
            model: None,
            keys: None,
            jobs: Vec::new(),
        };
        for event in batch {
            look.at(connection, event, batch).await?;
        }
        Ok(jobs::enqueue(connection, &look.jobs).await?)
    }
}

fn failed(error: impl std::fmt::Display) -> SubscriberError {
    SubscriberError::Failed(error.to_string())
}

/// One batch.
struct Look<'s> {
    screening: &'s FraudScreening,
    rules: FraudRules,
    /// Read when it is first needed, and again after a lesson.
    model: Option<FraudModel>,
    keys: Option<Keys>,
    jobs: Vec<NewJob>,
}

impl Look<'_> {
    async fn at(
        &mut self,
        connection: &mut PgConnection,
        event: &RecordedEvent,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), SubscriberError> {
        if event.aggregate_type == FraudPolicy::KIND {
            let FraudRulesEvent::FraudRulesRevised { rules } = event.typed().map_err(failed)?;
            if rules.is_active && !self.rules.is_active {
                self.look_back(connection, event).await?;
            }
            self.rules.clone_from(rules);
            return Ok(());
        }
        let id: Uuid = event.aggregate_id.parse().map_err(failed)?;
        if event.aggregate_type == Account::KIND {
            return Ok(memory::forget_persons(connection, &[id]).await?);
        }
        if !self.rules.is_active {
            return Ok(());
        }
        match event.typed::<OrderEvent>().map_err(failed)? {
            OrderEvent::OrderPlaced { .. } => {
                if self.keys.is_none() {
                    self.keys = Some(self.screening.keys(batch).await?);
                }
                if let Some(order) = self.remembered(event)? {
                    memory::remember(connection, &order).await?;
                    self.screen(connection, event, &order).await?;
                }
            }
            OrderEvent::OrderEdited { totals, .. } => {
                let (order, agreement) = (OrderId::from_uuid(id), agreement(event));
                if let Some(known) = memory::revise(connection, order, agreement, totals.total).await? {
                    let order = Remembered {
                        order,
                        customer: known.customer,
                        placed_at: known.placed_at,
                        agreement,
                        total: totals.total,
                        destination: known.destination,
                        device: known.device,
                        address: known.address,
                        payment_method: self.payment_method(order).await?,
                    };
                    self.screen(connection, event, &order).await?;
                }
            }
            OrderEvent::PartDelivered { .. } => self.learn(connection, id, Verdict::Honest, false).await?,
            OrderEvent::FlagCleared { .. } => self.learn(connection, id, Verdict::Honest, true).await?,
            OrderEvent::FraudConfirmed { .. } => self.learn(connection, id, Verdict::Fraud, true).await?,
            OrderEvent::OrderConfirmed { .. }
            | OrderEvent::PartProcessed { .. }
            | OrderEvent::PartShipped { .. }
            | OrderEvent::OrderCancelled { .. }
            | OrderEvent::OrderFlagged { .. }
            | OrderEvent::LinesReturned { .. }
            | OrderEvent::ReturnWithdrawn { .. } => {}
        }
        Ok(())
    }

    /// Scores an order, and makes the job that flags it where the score holds it.
    async fn screen(
        &mut self,
        connection: &mut PgConnection,
        event: &RecordedEvent,
        order: &Remembered,
    ) -> Result<(), SubscriberError> {
        if event.recorded_at - event.effective_at() > NEWS {
            return Ok(());
        }
        let model = match self.model.take() {
            Some(model) => model,
            None => lessons::read(connection).await?,
        };
        let facts = memory::facts(connection, &self.rules, order).await?;
        let found = self.rules.screen(&facts, &model);
        let is_held = self.rules.holds(found.score);
        memory::looked_at(connection, order.order, &found.features, is_held).await?;
        if is_held {
            let payload = FraudFinding {
                order: order.order,
                agreement: order.agreement,
                score: found.score,
                reasons: found.reasons,
                model_version: model.version(),
            };
            self.jobs.push(NewJob::of(KIND, event, serde_json::to_value(payload).map_err(failed)?));
        }
        self.model = Some(model);
        Ok(())
    }

    async fn learn(
        &mut self,
        connection: &mut PgConnection,
        order: Uuid,
        verdict: Verdict,
        is_reviewed: bool,
    ) -> Result<(), SubscriberError> {
        self.model = None;
        Ok(memory::turned_out(connection, order, verdict, is_reviewed).await?)
    }

    /// The orders of the last months: without them every customer would be new on the day that the rules are switched on.
    async fn look_back(
        &mut self,
        connection: &mut PgConnection,
        event: &RecordedEvent,
    ) -> Result<(), SubscriberError> {
        let mut filter = EventFilter {
            up_to: Some(event.position.saturating_sub(1)),
            aggregate_type: Some(Order::KIND.to_owned()),
            event_types: vec!["OrderPlaced".to_owned()],
            from: Some(event.recorded_at - REMEMBERED),
            ..EventFilter::default()
        };
        let now = self.keys.take();
        loop {
            let page = self.screening.log.read(&filter, BACK_PAGE).await.map_err(failed)?;
            let Some(last) = page.last() else {
                break;
            };
            filter.after = last.position;
            self.keys = Some(self.screening.keys(&page).await?);
            for event in &page {
                if let Some(order) = self.remembered(event)? {
                    memory::remember(connection, &order).await?;
                }
            }
        }
        self.keys = now;
        Ok(())
    }

    /// `None` for an anonymous sale.
    fn remembered(&self, event: &RecordedEvent) -> Result<Option<Remembered>, SubscriberError> {
        let OrderEvent::OrderPlaced {
            customer: Some(customer),
            country,
            zone,
            delivery_address,
            device,
            payment_method,
            totals,
            ..
        } = event.typed().map_err(failed)?
        else {
            return Ok(None);
        };
        let words = [
            country.as_ref().map(ToString::to_string),
            zone.as_ref().map(ToString::to_string),
        ];
        let device = self.opened(event, DEVICE, device.as_deref())?;
        let address = self.opened(event, DELIVERY_ADDRESS, delivery_address.as_ref())?;
        let vault = &self.screening.vault;
        Ok(Some(Remembered {
            order: OrderId::from_uuid(event.aggregate_id.parse().map_err(failed)?),
            customer: *customer,
            placed_at: event.effective_at(),
            agreement: agreement(event),
            total: totals.total,
            destination: words.map(Option::unwrap_or_default).join("|"),
            device: device.map(|text| vault.lookup("fraud_device", &text).to_vec()),
            address: address
                .and_then(|text| whereabouts(&text))
                .map(|text| vault.lookup("fraud_address", &text).to_vec()),
            payment_method: *payment_method,
        }))
    }

    fn opened(
        &self,
        event: &RecordedEvent,
        field: &'static str,
        sealed: Option<&Sealed>,
    ) -> Result<Option<String>, SubscriberError> {
        let (Some(keys), Some(sealed)) = (&self.keys, sealed) else {
            return Ok(None);
        };
        let place = Place { event: agreement(event), field };
        Ok(keys.open(place, sealed).map_err(failed)?.text())
    }

    async fn payment_method(&self, order: OrderId) -> Result<PaymentMethod, SubscriberError> {
        let placed = self.screening.log.load::<Order>(&order.stream(), AsOf::Now).await.map_err(failed)?;
        // An edited order was placed.
        Ok(placed.state.payment_method().unwrap_or(PaymentMethod::Invoice))
    }
}

impl FraudScreening {
    /// The keys of whoever sealed anything in these placements.
    async fn keys<E: Borrow<RecordedEvent>>(&self, events: &[E]) -> Result<Keys, SubscriberError> {
        let mut persons: HashSet<AccountId> = HashSet::new();
        for event in events
            .iter()
            .map(Borrow::borrow)
            .filter(|event: &&RecordedEvent| event.event_type == "OrderPlaced")
        {
            if let OrderEvent::OrderPlaced { delivery_address, device, .. } = event.typed().map_err(failed)? {
                persons.extend(delivery_address.iter().chain(device.as_deref()).map(Sealed::person));
            }
        }
        self.vault.keys(persons).await.map_err(failed)
    }
}

fn agreement(event: &RecordedEvent) -> EventId {
    EventId::from_uuid(event.metadata.event_id)
}

/// Street, city and code in one spelling. Who takes the goods does not say where they go.
fn whereabouts(sealed: &str) -> Option<String> {
    let details: AddressDetails = serde_json::from_str(sealed).ok()?;
    let words = [
        Some(&details.street),
        details.street_2.as_ref(),
        Some(&details.city),
        details.postal_code.as_ref(),
    ];
    let spelt = |text: &str| -> String {
        text.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let words: Vec<String> = words.into_iter().flatten().map(|text| spelt(text.as_str())).collect();
    Some(words.join("|"))
}
