//! The same loop drives what acts outside of the database: at least once, from the head on, checkpoint afterwards.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use event_store::{
    RecordedEvent,
    subscription::{Effect, StartAt, Subscriber, SubscriberError, Subscriptions},
};
use sqlx::PgConnection;

use crate::world::{World, append, options};

#[derive(Default)]
struct Mailer {
    sent: Mutex<Vec<i64>>,
    outages: AtomicU32,
}

#[async_trait]
impl Subscriber for Mailer {
    fn key(&self) -> String {
        "mailer".to_owned()
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[]
    }

    fn effect(&self) -> Effect {
        Effect::Outside
    }

    fn starts_at(&self) -> StartAt {
        StartAt::Head
    }

    async fn handle(
        &self,
        _: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), SubscriberError> {
        if self.outages.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
            return Err(SubscriberError::Unavailable("no mail today".to_owned()));
        }
        self.sent.lock().unwrap().extend(batch.iter().map(|event| event.position));
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reactor_starts_at_the_head_and_waits_outages_out() {
    let world = World::create().await;
    let log = world.node().await;
    append(&log, 1..=10).await;
    let mailer = Arc::new(Mailer::default());
    mailer.outages.store(5, Ordering::Relaxed);
    for _ in 0..2 {
        let reactor: Arc<dyn Subscriber> = Arc::<Mailer>::clone(&mailer);
        let subscriptions = Subscriptions::start_with(&log, vec![], vec![reactor], options()).await.unwrap();
        let last = append(&log, [1, 0, 2]).await;
        subscriptions.wait_for("mailer", last, Duration::from_secs(20)).await.unwrap();
        subscriptions.stop().await;
    }
    assert_eq!(*mailer.sent.lock().unwrap(), [11, 12, 13, 14, 15, 16]);
}
