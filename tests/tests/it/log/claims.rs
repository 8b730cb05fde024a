//! Claims: what must be unique across streams is.

use event_store::{ClaimOutcome, Declined, ExecuteError, Log, Unit};
use souk_tests::TestDatabase;

use super::{
    anyone, node, rows,
    tally::{Add, LimitPassed, Tally},
};

/// Claims a name for a stream and appends one event with it; refuses when another stream holds it.
async fn claim(log: &Log, key: &str, holder: &str, named: bool) -> Result<bool, ExecuteError<LimitPassed>> {
    let unit = Unit::new(anyone());
    let unit = if named { unit.claims("name", key) } else { unit };
    let (key, holder) = (key.to_owned(), holder.to_owned());
    log.execute(unit, move |decision| {
        match decision.claim("name", &key, &holder)? {
            ClaimOutcome::Taken(_) => return Err(Declined::Refused(LimitPassed)),
            ClaimOutcome::Held => {}
        }
        decision.decide::<Tally>(&holder, Add { units: 1, limit: 10 })?.map_err(Declined::Refused)?;
        Ok(true)
    })
    .await
    .map(|done| done.result)
}

#[tokio::test]
async fn one_of_many_wins_on_two_nodes() {
    let database = TestDatabase::create().await;
    let nodes = [node(&database).await, node(&database).await];
    let tries: Vec<_> = (0..60)
        .map(|n| {
            let log = nodes[n % 2].clone();
            tokio::spawn(async move { claim(&log, "the-name", &format!("holder-{n}"), n % 3 == 0).await })
        })
        .collect();
    let mut won = 0;
    for task in tries {
        won += usize::from(task.await.unwrap().is_ok());
    }
    assert_eq!(won, 1);
    assert_eq!(rows(&database).await.len(), 1);
}

#[tokio::test]
async fn a_released_claim_can_be_taken_again_in_the_same_unit() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    claim(&log, "x", "first", true).await.unwrap();
    assert!(claim(&log, "x", "second", true).await.is_err());
    let moved = log
        .execute(Unit::new(anyone()), |decision| {
            decision.release_claim("name", "x");
            let outcome = decision.claim("name", "x", "second")?;
            decision.decide::<Tally>("second", Add { units: 1, limit: 10 })?.map_err(Declined::Refused)?;
            Ok::<bool, Declined<LimitPassed>>(outcome == ClaimOutcome::Held)
        })
        .await
        .unwrap();
    assert!(moved.result);
    assert!(claim(&log, "x", "first", false).await.is_err());
    assert!(claim(&log, "x", "second", false).await.unwrap(), "the holder may claim again");
}
