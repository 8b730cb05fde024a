//! The gate before an order goes on: screening runs beside the path that places orders, so whoever confirms or processes
//! one waits until it was looked at, and flagged if need be. That takes milliseconds when an order is placed, and nothing
//! afterwards.

use std::time::Duration;

use domain::{
    decider::Decider,
    ids::EventId,
    orders::{
        Order, OrderEvent, OrderState,
        fraud::{FRAUD_RULES, FraudPolicy},
    },
};
use event_store::AsOf;
use sqlx::Row;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::FRAUD_SCREENING;
use crate::{
    CommandError,
    orders::{Orders, SCREENING_PENDING},
};

/// Whoever cannot be told within this time shall ask again.
const PATIENCE: Duration = Duration::from_secs(2);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

impl Orders {
    /// Waits until the newest agreement of an order was screened, and flagged where it is to be held.
    pub(in crate::orders) async fn screened(&self, order: &str) -> Result<(), CommandError> {
        let reader = self.log.reader();
        let policy = reader.load::<FraudPolicy>(FRAUD_RULES, AsOf::Now).await?;
        if !policy.state.rules().is_active {
            return Ok(());
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let events = reader.read_stream(Order::KIND, order, 0, AsOf::Now).await?;
            let mut state = OrderState::default();
            let mut agreed = None;
            for event in &events {
                let change =
                    event.typed::<OrderEvent>().map_err(|error| CommandError::Fault(error.to_string()))?;
                if matches!(change, OrderEvent::OrderPlaced { .. } | OrderEvent::OrderEdited { .. }) {
                    agreed = Some((event.position, event.metadata.event_id));
                }
                Order::evolve(&mut state, change);
            }
            // What does not exist is refused further on.
            let Some((position, agreement)) = agreed else {
                return Ok(());
            };
            if self.is_settled(order, position, agreement, &state).await? {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(SCREENING_PENDING.refusal().into());
            }
            sleep(PAUSE).await;
        }
    }

    async fn is_settled(
        &self,
        order: &str,
        position: i64,
        agreement: Uuid,
        state: &OrderState,
    ) -> Result<bool, CommandError> {
        if state.flagged() == Some(EventId::from_uuid(agreement)) {
            return Ok(true);
        }
        let id: Uuid = order.parse().map_err(|_| CommandError::Fault("no order's id".to_owned()))?;
        let row = sqlx::query(
            "select coalesce((select position from checkpoints where name = $1), 0) as seen, \
                    coalesce((select is_held from fraud_orders where order_id = $2 and agreement = $3), false) as is_held",
        )
        .bind(FRAUD_SCREENING)
        .bind(id)
        .bind(agreement)
        .fetch_one(self.log.pool())
        .await?;
        let (seen, is_held): (i64, bool) = (row.try_get("seen")?, row.try_get("is_held")?);
        Ok(seen >= position && !is_held)
    }
}
