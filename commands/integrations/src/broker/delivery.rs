//! A message on its way from the broker.

use std::{collections::BTreeMap, pin::Pin};

use async_trait::async_trait;
use futures_util::Stream;

use super::{BrokerError, Header};

/// What a queue delivers, until the connection ends: then an error or the end, and whoever consumes begins again.
pub type Deliveries = Pin<Box<dyn Stream<Item = Result<Delivery, BrokerError>> + Send>>;

/// Tells the broker what became of a message.
#[async_trait]
pub trait Settle: Send + Sync {
    /// It is dealt with.
    async fn ack(&self) -> Result<(), BrokerError>;
    /// It goes to the dead letters.
    async fn reject(&self) -> Result<(), BrokerError>;
    /// It goes back to its queue.
    async fn give_back(&self) -> Result<(), BrokerError>;
}

/// A message that waits to be settled; dropped unsettled, it goes back when the connection ends.
pub struct Delivery {
    /// The property `message_id`; empty where there is none.
    pub id: String,
    /// The property `type`; empty where there is none.
    pub kind: String,
    /// The key that it was published with.
    pub routing_key: String,
    /// The headers that are texts or whole numbers.
    pub headers: BTreeMap<String, Header>,
    /// The content.
    pub body: Vec<u8>,
    pub(super) settle: Box<dyn Settle>,
}

impl Delivery {
    /// It is dealt with.
    ///
    /// # Errors
    /// When the broker cannot be told: it will deliver the message again.
    pub async fn ack(self) -> Result<(), BrokerError> {
        self.settle.ack().await
    }

    /// It goes to the dead letters, where its queue has an exchange for them.
    ///
    /// # Errors
    /// As [`Self::ack`].
    pub async fn reject(self) -> Result<(), BrokerError> {
        self.settle.reject().await
    }

    /// It goes back to its queue.
    ///
    /// # Errors
    /// As [`Self::ack`].
    pub async fn give_back(self) -> Result<(), BrokerError> {
        self.settle.give_back().await
    }
}
