//! Points are what the domain itself makes of the events, whatever the batches.

use std::collections::BTreeMap;

use domain::{
    customers::{
        LoyaltyAccount, LoyaltyAccountEvent, LoyaltyAccountState, LoyaltyProgram, LoyaltyProgramEvent,
        LoyaltyProgramState,
    },
    decider::Decider,
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::{Bench, history::Written, loyalty::appended};

#[derive(Default)]
struct Expected {
    accounts: BTreeMap<Uuid, LoyaltyAccountState>,
    program: LoyaltyProgramState,
    /// Kind, points and balance of each movement.
    movements: BTreeMap<Uuid, Vec<(String, i64, i64)>>,
}

impl Expected {
    fn of(events: &[Written]) -> Self {
        let mut expected = Self::default();
        for event in events {
            match event.kind {
                LoyaltyAccount::KIND => expected.account(event),
                LoyaltyProgram::KIND => {
                    let change: LoyaltyProgramEvent = serde_json::from_str(&event.payload).unwrap();
                    LoyaltyProgram::evolve(&mut expected.program, &change);
                }
                _ => {}
            }
        }
        expected
    }

    fn account(&mut self, event: &Written) {
        let customer = event.id.parse().unwrap();
        let change: LoyaltyAccountEvent = serde_json::from_str(&event.payload).unwrap();
        let state = self.accounts.entry(customer).or_default();
        let before = whole(state.balance());
        LoyaltyAccount::evolve(state, &change);
        let kind = match event.name {
            "PointsEarned" => "earned",
            "PointsTakenBack" => "taken_back",
            "PointsOffset" => "offset",
            "PointsRedeemed" => "redeemed",
            "PointsAdjusted" => "adjusted",
            "PointsExpired" => "expired",
            _ => return,
        };
        let after = whole(state.balance());
        self.movements.entry(customer).or_default().push((kind.to_owned(), after - before, after));
    }
}

fn whole(points: u64) -> i64 {
    i64::try_from(points).unwrap()
}

#[tokio::test]
async fn points_are_what_the_domain_makes_of_them() {
    for (seed, batch) in [(91, 1), (92, 11), (93, 9_000)] {
        let events = appended(seed, Vec::new(), 500);
        let expected = Expected::of(&events);
        for kind in [
            "earned",
            "taken_back",
            "offset",
            "redeemed",
            "adjusted",
            "expired",
        ] {
            let occurs = expected.movements.values().flatten().any(|movement| movement.0 == kind);
            assert!(occurs, "{kind} does not occur");
        }
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        accounts(&bench.pool(), &expected).await;
        movements(&bench.pool(), &expected).await;
        rewards(&bench.pool(), &expected).await;
    }
}

async fn accounts(pool: &PgPool, expected: &Expected) {
    let rows: Vec<(Uuid, i64, i64, i64)> = sqlx::query_as(
        "select customer, balance, owed, earned + adjusted - taken_back - redeemed - expired \
         from loyalty_v1.accounts order by customer",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let wanted: Vec<_> = expected
        .movements
        .keys()
        .map(|customer| {
            let state = &expected.accounts[customer];
            let balance = whole(state.balance());
            (*customer, balance, whole(state.owed()), balance)
        })
        .collect();
    assert_eq!(rows, wanted);
}

async fn movements(pool: &PgPool, expected: &Expected) {
    let rows: Vec<(Uuid, String, i64, i64)> =
        sqlx::query_as("select customer, kind, points, balance from loyalty_v1.movements order by position")
            .fetch_all(pool)
            .await
            .unwrap();
    let mut found: BTreeMap<Uuid, Vec<(String, i64, i64)>> = BTreeMap::new();
    for (customer, kind, points, balance) in rows {
        found.entry(customer).or_default().push((kind, points, balance));
    }
    assert_eq!(found, expected.movements);
}

async fn rewards(pool: &PgPool, expected: &Expected) {
    let rows: Vec<(Uuid, i64, Option<String>, bool)> =
        sqlx::query_as("select id, points, tier, retired from loyalty_v1.rewards order by id")
            .fetch_all(pool)
            .await
            .unwrap();
    let wanted: Vec<_> = expected
        .program
        .rewards()
        .iter()
        .map(|(id, known)| {
            let tier = known.terms.tier.as_ref().map(ToString::to_string);
            (id.as_uuid(), whole(known.terms.points), tier, known.is_retired)
        })
        .collect();
    assert!(wanted.iter().any(|(.., retired)| *retired), "none was retired");
    assert_eq!(rows, wanted);
}
