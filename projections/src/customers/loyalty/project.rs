//! Filling the tables. The accounts that a batch touches are read, changed and written as wholes.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    customers::{LoyaltyAccount, LoyaltyAccountEvent, LoyaltyProgram, LoyaltyProgramEvent, RewardTerms},
    decider::Decider,
    ids::RewardId,
    text::Code,
};
use event_store::{
    RecordedEvent,
    copy::CopyRows,
    subscription::{Projection, ProjectionError},
};
use sqlx::{FromRow, PgConnection};
use uuid::Uuid;

use crate::fold::{json, stream_id};

/// The read model `loyalty`.
#[derive(Debug)]
pub struct Loyalty;

const ACCOUNT_COLUMNS: &[&str] = &[
    "customer",
    "balance",
    "owed",
    "earned",
    "adjusted",
    "taken_back",
    "redeemed",
    "expired",
    "updated_at",
];

const MOVEMENT_COLUMNS: &[&str] = &[
    "position",
    "customer",
    "kind",
    "points",
    "balance",
    "order_id",
    "return_id",
    "reward",
    "coupon",
    "reason",
    "expires_at",
    "recorded_at",
];

#[async_trait]
impl Projection for Loyalty {
    fn name(&self) -> &'static str {
        "loyalty"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[
            "PointsEarned",
            "PointsTakenBack",
            "PointsOffset",
            "PointsRedeemed",
            "PointsAdjusted",
            "PointsExpired",
            "RewardAdded",
            "RewardRevised",
            "RewardRetired",
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
        let mut changes: Vec<(Uuid, &LoyaltyAccountEvent, &RecordedEvent)> = Vec::new();
        for event in batch {
            match event.aggregate_type.as_str() {
                LoyaltyAccount::KIND => changes.push((stream_id(event)?, event.typed()?, event)),
                LoyaltyProgram::KIND => change_rewards(connection, event.typed()?, event).await?,
                _ => {}
            }
        }
        let touched: Vec<Uuid> = changes.iter().map(|(customer, ..)| *customer).collect();
        let mut accounts = take(connection, &touched).await?;
        let mut movements = CopyRows::into_table("movements", MOVEMENT_COLUMNS);
        for (customer, change, event) in changes {
            let account = accounts.entry(customer).or_insert_with(|| AccountRow::new(customer));
            account.apply(change, event.recorded_at);
            write_movement(&mut movements, account, change, event);
        }
        let mut copy = CopyRows::into_table("accounts", ACCOUNT_COLUMNS);
        accounts.values().for_each(|account| account.write(&mut copy));
        copy.send(&mut *connection).await?;
        movements.send(connection).await?;
        Ok(())
    }
}

#[derive(FromRow)]
struct AccountRow {
    customer: Uuid,
    balance: i64,
    owed: i64,
    earned: i64,
    adjusted: i64,
    taken_back: i64,
    redeemed: i64,
    expired: i64,
    updated_at: DateTime<Utc>,
}

/// The rows of these customers; they are written anew at the end of the batch.
async fn take(
    connection: &mut PgConnection,
    customers: &[Uuid],
) -> Result<BTreeMap<Uuid, AccountRow>, sqlx::Error> {
    if customers.is_empty() {
        return Ok(BTreeMap::new());
    }
    let sql =
        format!("delete from accounts where customer = any($1) returning {}", ACCOUNT_COLUMNS.join(", "));
    let rows: Vec<AccountRow> = sqlx::query_as(&sql).bind(customers).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|row| (row.customer, row)).collect())
}

impl AccountRow {
    fn new(customer: Uuid) -> Self {
        Self {
            customer,
            balance: 0,
            owed: 0,
            earned: 0,
            adjusted: 0,
            taken_back: 0,
            redeemed: 0,
            expired: 0,
            updated_at: DateTime::UNIX_EPOCH,
        }
    }

    fn apply(&mut self, change: &LoyaltyAccountEvent, at: DateTime<Utc>) {
        let moved = change.change();
        let sum = match change {
            LoyaltyAccountEvent::PointsEarned { .. } => &mut self.earned,
            LoyaltyAccountEvent::PointsAdjusted { .. } => &mut self.adjusted,
            LoyaltyAccountEvent::PointsTakenBack { .. } | LoyaltyAccountEvent::PointsOffset { .. } => {
                &mut self.taken_back
            }
            LoyaltyAccountEvent::PointsRedeemed { .. } => &mut self.redeemed,
            LoyaltyAccountEvent::PointsExpired { .. } => &mut self.expired,
            LoyaltyAccountEvent::ExpiryReminded { .. } => return,
        };
        let has_sign = matches!(change, LoyaltyAccountEvent::PointsAdjusted { .. });
        *sum = sum.saturating_add(if has_sign { moved } else { moved.saturating_abs() });
        self.balance = self.balance.saturating_add(moved);
        match change {
            LoyaltyAccountEvent::PointsTakenBack { owed, .. } => {
                self.owed = self.owed.saturating_add_unsigned(*owed);
            }
            LoyaltyAccountEvent::PointsOffset { points } => {
                self.owed = self.owed.saturating_sub_unsigned(*points);
            }
            LoyaltyAccountEvent::PointsEarned { .. }
            | LoyaltyAccountEvent::PointsRedeemed { .. }
            | LoyaltyAccountEvent::PointsAdjusted { .. }
            | LoyaltyAccountEvent::PointsExpired { .. }
            | LoyaltyAccountEvent::ExpiryReminded { .. } => {}
        }
        self.updated_at = at;
    }

    fn write(&self, copy: &mut CopyRows) {
        copy.row()
            .uuid(self.customer)
            .int8(self.balance)
            .int8(self.owed)
            .int8(self.earned)
            .int8(self.adjusted)
            .int8(self.taken_back)
            .int8(self.redeemed)
            .int8(self.expired)
            .time(self.updated_at);
    }
}

/// What a movement tells besides its points.
#[derive(Default)]
struct About<'a> {
    kind: &'static str,
    order: Option<Uuid>,
    return_id: Option<Uuid>,
    reward: Option<Uuid>,
    coupon: Option<&'a str>,
    reason: Option<&'a str>,
    expires_at: Option<DateTime<Utc>>,
}

/// `None` for what moves nothing.
fn about(change: &LoyaltyAccountEvent) -> Option<About<'_>> {
    let none = About::default();
    Some(match change {
        LoyaltyAccountEvent::PointsEarned { order, expires_at, paid: _, points: _, at: _, remind_at: _ } => {
            About {
                kind: "earned",
                order: Some(order.as_uuid()),
                expires_at: *expires_at,
                ..none
            }
        }
        LoyaltyAccountEvent::PointsTakenBack { order, return_id, credited: _, points: _, owed: _ } => About {
            kind: "taken_back",
            order: Some(order.as_uuid()),
            return_id: return_id.map(|id| id.as_uuid()),
            ..none
        },
        LoyaltyAccountEvent::PointsOffset { points: _ } => About { kind: "offset", ..none },
        LoyaltyAccountEvent::PointsRedeemed { reward, coupon, points: _ } => About {
            kind: "redeemed",
            reward: Some(reward.as_uuid()),
            coupon: Some(coupon.as_str()),
            ..none
        },
        LoyaltyAccountEvent::PointsAdjusted { reason, expires_at, points: _, at: _, remind_at: _ } => About {
            kind: "adjusted",
            reason: Some(reason.as_str()),
            expires_at: *expires_at,
            ..none
        },
        LoyaltyAccountEvent::PointsExpired { until: _, points: _ } => About { kind: "expired", ..none },
        LoyaltyAccountEvent::ExpiryReminded { points: _, until: _, at: _ } => return None,
    })
}

fn write_movement(
    copy: &mut CopyRows,
    account: &AccountRow,
    change: &LoyaltyAccountEvent,
    event: &RecordedEvent,
) {
    let Some(about) = about(change) else { return };
    copy.row()
        .int8(event.position)
        .uuid(account.customer)
        .text(about.kind)
        .int8(change.change())
        .int8(account.balance)
        .maybe_uuid(about.order)
        .maybe_uuid(about.return_id)
        .maybe_uuid(about.reward)
        .maybe_text(about.coupon)
        .maybe_text(about.reason)
        .maybe_time(about.expires_at)
        .time(event.recorded_at);
}

/// Rewards are few and change rarely: a statement for each change.
async fn change_rewards(
    connection: &mut PgConnection,
    change: &LoyaltyProgramEvent,
    event: &RecordedEvent,
) -> Result<(), sqlx::Error> {
    match change {
        LoyaltyProgramEvent::RewardAdded { reward, terms }
        | LoyaltyProgramEvent::RewardRevised { reward, terms } => {
            put_reward(connection, *reward, terms, event).await
        }
        LoyaltyProgramEvent::RewardRetired { reward } => {
            sqlx::query("update rewards set retired = true, updated_at = $2 where id = $1")
                .bind(reward.as_uuid())
                .bind(event.recorded_at)
                .execute(connection)
                .await
                .map(drop)
        }
        LoyaltyProgramEvent::LoyaltyRulesSet { rules: _ } => Ok(()),
    }
}

async fn put_reward(
    connection: &mut PgConnection,
    reward: RewardId,
    terms: &RewardTerms,
    event: &RecordedEvent,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into rewards (id, name, points, tier, retired, updated_at) values ($1, $2::json, $3, $4, false, $5) \
         on conflict (id) do update set name = $2::json, points = $3, tier = $4, updated_at = $5",
    )
    .bind(reward.as_uuid())
    .bind(json(&terms.name))
    .bind(i64::try_from(terms.points).unwrap_or(i64::MAX))
    .bind(terms.tier.as_ref().map(Code::as_str))
    .bind(event.recorded_at)
    .execute(connection)
    .await
    .map(drop)
}
