//! Folding a batch.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    decider::Decider,
    ids::PromotionId,
    money::Currency,
    orders::{AppliedDiscount, Order, OrderEvent},
    pricing::{Coupon, CouponCode, CouponEvent, CouponTerms, Promotion, PromotionEvent, PromotionTerms},
};
use event_store::{
    RecordedEvent,
    subscription::{Projection, ProjectionError},
};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::write;
use crate::{columns::Columns, fold::stream_id};

/// The read model `promotion_list`.
#[derive(Debug)]
pub struct PromotionList;

#[async_trait]
impl Projection for PromotionList {
    fn name(&self) -> &'static str {
        "promotion_list"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "PromotionCreated",
            "PromotionRevised",
            "PromotionEnded",
            "CouponCreated",
            "CouponRevised",
            "CouponEnded",
            "OrderPlaced",
            "OrderEdited",
            "OrderCancelled",
        ]
    }

    fn tables(&self) -> &'static str {
        include_str!("tables.sql")
    }

    fn indexes(&self) -> &'static str {
        include_str!("indexes.sql")
    }

    fn views(&self) -> &'static str {
        include_str!("views.sql")
    }

    async fn project(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), ProjectionError> {
        let mut folded = Folded::default();
        for event in batch {
            match event.aggregate_type.as_str() {
                Promotion::KIND => folded.promotion(event)?,
                Coupon::KIND => folded.coupon(event)?,
                Order::KIND => folded.order(event)?,
                _ => {}
            }
        }
        folded.take_back(connection).await?;
        write::write(connection, &folded).await?;
        Ok(())
    }
}

/// What a batch does to one promotion or coupon; what is `None` stays.
pub(super) struct Change<'a, T> {
    /// The event that made it, where that is in the batch.
    pub(super) made_by: Option<&'a RecordedEvent>,
    pub(super) terms: Option<&'a T>,
    pub(super) ended: bool,
    pub(super) end_reason: Option<&'a str>,
    pub(super) version: i64,
    pub(super) updated_at: DateTime<Utc>,
}

impl<T> Default for Change<'_, T> {
    fn default() -> Self {
        Self {
            made_by: None,
            terms: None,
            ended: false,
            end_reason: None,
            version: 0,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }
}

impl<'a, T> Change<'a, T> {
    fn at(&mut self, event: &RecordedEvent) -> &mut Self {
        self.version = event.sequence;
        self.updated_at = event.recorded_at;
        self
    }

    fn made(&mut self, event: &'a RecordedEvent, terms: &'a T) {
        self.made_by = Some(event);
        self.terms = Some(terms);
    }

    fn end(&mut self, reason: Option<&'a str>) {
        self.ended = true;
        self.end_reason = reason;
    }
}

/// Orders and minor units, more or less.
pub(super) type Tally = (i64, i64);

/// What was taken off an order of this batch.
pub(super) struct Taken<'a> {
    pub(super) discounts: &'a [AppliedDiscount],
    pub(super) cancelled: bool,
}

/// What a batch does to the tables.
#[derive(Default)]
pub(super) struct Folded<'a> {
    pub(super) promotions: HashMap<Uuid, Change<'a, PromotionTerms>>,
    pub(super) coupons: HashMap<&'a str, Change<'a, CouponTerms>>,
    pub(super) taken: HashMap<Uuid, Taken<'a>>,
    /// Orders of earlier batches.
    pub(super) cancelled: Vec<Uuid>,
    /// Orders of earlier batches that were edited: what they had is replaced by what is taken off now.
    pub(super) replaced: Vec<Uuid>,
    pub(super) of_promotions: BTreeMap<(Uuid, &'static str), Tally>,
    pub(super) of_coupons: BTreeMap<(String, &'static str), Tally>,
}

impl<'a> Folded<'a> {
    fn promotion(&mut self, event: &'a RecordedEvent) -> Result<(), ProjectionError> {
        let (id, what) = (stream_id(event)?, event.typed::<PromotionEvent>()?);
        let change = self.promotions.entry(id).or_default().at(event);
        match what {
            PromotionEvent::PromotionCreated { terms } => change.made(event, terms),
            PromotionEvent::PromotionRevised { terms } => change.terms = Some(terms),
            PromotionEvent::PromotionEnded { reason } => {
                change.end(reason.as_ref().map(|reason| reason.as_str()))
            }
        }
        Ok(())
    }

    fn coupon(&mut self, event: &'a RecordedEvent) -> Result<(), ProjectionError> {
        let what = event.typed::<CouponEvent>()?;
        let change = self.coupons.entry(event.aggregate_id.as_str()).or_default().at(event);
        match what {
            CouponEvent::CouponCreated { terms } => change.made(event, terms),
            CouponEvent::CouponRevised { terms } => change.terms = Some(terms),
            CouponEvent::CouponEnded { reason } => change.end(reason.as_ref().map(|reason| reason.as_str())),
        }
        Ok(())
    }

    fn order(&mut self, event: &'a RecordedEvent) -> Result<(), ProjectionError> {
        match event.typed::<OrderEvent>()? {
            OrderEvent::OrderPlaced { discounts, .. } if !discounts.is_empty() => {
                self.taken.insert(stream_id(event)?, Taken { discounts, cancelled: false });
                for discount in discounts {
                    self.count(discount, 1);
                }
            }
            OrderEvent::OrderEdited { discounts, .. } => {
                let id = stream_id(event)?;
                match self.taken.insert(id, Taken { discounts, cancelled: false }) {
                    None => self.replaced.push(id),
                    Some(before) => before.discounts.iter().for_each(|discount| self.count(discount, -1)),
                }
                discounts.iter().for_each(|discount| self.count(discount, 1));
            }
            OrderEvent::OrderCancelled { .. } => {
                let id = stream_id(event)?;
                match self.taken.get_mut(&id) {
                    None => self.cancelled.push(id),
                    Some(taken) => {
                        taken.cancelled = true;
                        let discounts = taken.discounts;
                        for discount in discounts {
                            self.count(discount, -1);
                        }
                    }
                }
            }
            OrderEvent::OrderPlaced { .. }
            | OrderEvent::OrderConfirmed { .. }
            | OrderEvent::PartProcessed { .. }
            | OrderEvent::PartShipped { .. }
            | OrderEvent::PartDelivered { .. }
            | OrderEvent::OrderFlagged { .. }
            | OrderEvent::FlagCleared { .. }
            | OrderEvent::FraudConfirmed { .. }
            | OrderEvent::LinesReturned { .. }
            | OrderEvent::ReturnWithdrawn { .. } => {}
        }
        Ok(())
    }

    fn count(&mut self, discount: &AppliedDiscount, orders: i64) {
        let (currency, minor) = (discount.amount.currency(), discount.amount.minor());
        self.add(
            discount.promotion,
            discount.coupon.as_ref().map(CouponCode::as_str),
            currency,
            orders,
            minor,
        );
    }

    fn add(
        &mut self,
        promotion: Option<PromotionId>,
        coupon: Option<&str>,
        currency: Currency,
        orders: i64,
        minor: i64,
    ) {
        let add = |tally: &mut Tally| {
            tally.0 += orders;
            tally.1 += orders * minor;
        };
        if let Some(promotion) = promotion {
            add(self.of_promotions.entry((promotion.as_uuid(), currency.code())).or_default());
        }
        if let Some(coupon) = coupon {
            add(self.of_coupons.entry((coupon.to_owned(), currency.code())).or_default());
        }
    }

    /// Counts what orders of earlier batches had and have no more.
    async fn take_back(&mut self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let gone = [self.cancelled.as_slice(), self.replaced.as_slice()].concat();
        if gone.is_empty() {
            return Ok(());
        }
        let rows = sqlx::query(
            "select promotion, coupon, currency, amount from order_discounts \
             where order_id = any($1) and not cancelled",
        )
        .bind(&gone)
        .fetch_all(connection)
        .await?;
        for row in &rows {
            let promotion = row.maybe_id("promotion", PromotionId::from_uuid)?;
            let coupon: Option<&str> = row.try_get("coupon")?;
            self.add(promotion, coupon, row.currency("currency")?, -1, row.try_get("amount")?);
        }
        Ok(())
    }
}
