//! Background jobs, run from the table alone and through the broker: the same promises.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use commands::jobs::{self, Job, JobBroker, JobError, JobHandler, JobOptions, Jobs};
use integrations::broker::{AmqpUrl, Broker, RabbitMq};
use serde_json::json;
use souk_tests::{TestDatabase, TestRabbitMq};
use sqlx::PgPool;
use uuid::Uuid;

use super::until;

const KIND: &str = "trial";

/// Does what a job's payload says, and notes every attempt.
#[derive(Default)]
struct Trial {
    attempts: Mutex<Vec<(Uuid, u32, Instant)>>,
    /// While it is above zero, jobs that say `fail` fail.
    is_mended: AtomicUsize,
}

#[async_trait]
impl JobHandler for Trial {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        self.attempts.lock().unwrap().push((job.id, job.attempt, Instant::now()));
        if self.is_mended.load(Ordering::Relaxed) > 0 {
            return Ok(());
        }
        match job.payload["do"].as_str().unwrap() {
            "fail" => Err(JobError::Retry("out of luck".to_owned())),
            "refuse" => Err(JobError::Never("out of the question".to_owned())),
            "panic" => panic!("out of order"),
            "hang" => std::future::pending().await,
            _ => {
                tokio::time::sleep(Duration::from_millis(5)).await;
                Ok(())
            }
        }
    }
}

impl Trial {
    fn of(&self, id: Uuid) -> Vec<(u32, Instant)> {
        let attempts = self.attempts.lock().unwrap();
        attempts.iter().filter(|(of, _, _)| *of == id).map(|(_, attempt, at)| (*attempt, *at)).collect()
    }
}

/// A database, and perhaps a broker, that nodes share.
struct Stage<'a> {
    database: TestDatabase,
    rabbit: Option<&'a TestRabbitMq>,
    prefix: String,
    options: JobOptions,
}

struct Node {
    jobs: Jobs,
    trial: Arc<Trial>,
    broker: Option<Arc<RabbitMq>>,
}

impl<'a> Stage<'a> {
    async fn new(rabbit: Option<&'a TestRabbitMq>) -> Self {
        Self {
            database: TestDatabase::create().await,
            rabbit,
            prefix: format!("test-{}", event_store::ids::uuid().simple()),
            options: JobOptions {
                retry_delays_s: vec![1, 2],
                timeout: Duration::from_secs(2),
                poll: Duration::from_millis(50),
                upkeep: Duration::from_millis(200),
                ..JobOptions::default()
            },
        }
    }

    fn pool(&self) -> PgPool {
        self.database.pool()
    }

    fn node(&self) -> Node {
        let trial = Arc::new(Trial::default());
        let broker = self.rabbit.map(|rabbit| {
            let topology = jobs::topology(&self.prefix, &[KIND], &self.options);
            Arc::new(RabbitMq::new(AmqpUrl::parse(&rabbit.url()).unwrap(), topology))
        });
        let job_broker = broker.clone().map(|broker| JobBroker { broker, prefix: self.prefix.clone() });
        let handlers: Vec<Arc<dyn JobHandler>> = vec![Arc::<Trial>::clone(&trial)];
        let jobs = Jobs::start(self.pool(), handlers, self.options.clone(), job_broker);
        Node { jobs, trial, broker }
    }

    async fn enqueue(&self, what: &str) -> Uuid {
        let id = event_store::ids::uuid();
        sqlx::query(
            "insert into jobs (id, kind, payload, event_id, correlation_id) values ($1, $2, $3, $1, $1)",
        )
        .bind(id)
        .bind(KIND)
        .bind(json!({"do": what}))
        .execute(&self.pool())
        .await
        .unwrap();
        id
    }

    async fn state(&self, id: Uuid) -> (String, i32) {
        sqlx::query_as("select state, attempts from jobs where id = $1")
            .bind(id)
            .fetch_one(&self.pool())
            .await
            .unwrap()
    }

    async fn until_state(&self, id: Uuid, state: &str) {
        until(&format!("the job is {state}"), || async { self.state(id).await.0 == state }).await;
    }
}

impl Node {
    async fn stop(&self) {
        self.jobs.stop(Duration::from_secs(10)).await;
        if let Some(broker) = &self.broker {
            broker.close().await;
        }
    }
}

/// Waits grow; then a job is given up, listed, and may be retried as if it were new.
async fn failing_jobs_are_retried_given_up_listed_and_retried(rabbit: Option<&TestRabbitMq>) {
    let stage = Stage::new(rabbit).await;
    let node = stage.node();
    let failing = stage.enqueue("fail").await;
    let panicking = stage.enqueue("panic").await;
    let refused = stage.enqueue("refuse").await;
    stage.until_state(refused, "dead").await;
    assert_eq!(node.trial.of(refused).len(), 1, "what will never work is not tried again");
    for id in [failing, panicking] {
        stage.until_state(id, "dead").await;
        let attempts = node.trial.of(id);
        let numbers: Vec<u32> = attempts.iter().map(|(attempt, _)| *attempt).collect();
        assert_eq!(numbers, [1, 2, 3]);
        let waits: Vec<Duration> = attempts.windows(2).map(|pair| pair[1].1 - pair[0].1).collect();
        // Clocks of two servers, to a tenth of a second.
        assert!(
            waits[0] >= Duration::from_millis(900) && waits[1] >= Duration::from_millis(1_900),
            "{waits:?}"
        );
    }
    let letters = node.jobs.dead_letters(None, 10).await.unwrap();
    let errors: HashMap<Uuid, (&str, u32)> = letters
        .iter()
        .map(|letter| (letter.id, (letter.error.as_deref().unwrap(), letter.attempts)))
        .collect();
    assert_eq!(errors[&failing], ("out of luck", 3));
    assert_eq!(errors[&panicking], ("it panicked: out of order", 3));
    assert_eq!(errors[&refused], ("out of the question", 1));
    let status = node.jobs.status().await.unwrap();
    assert_eq!((status[0].kind.as_str(), status[0].dead, status[0].retrying), (KIND, 3, 0));
    node.trial.is_mended.store(1, Ordering::Relaxed);
    assert!(node.jobs.retry(failing).await.unwrap());
    stage.until_state(failing, "done").await;
    assert!(!node.jobs.retry(failing).await.unwrap(), "what is not dead is not retried");
    assert_eq!(node.trial.of(failing).last().unwrap().0, 1, "a new round begins with its first attempt");
    assert_eq!(node.jobs.dead_letters(None, 10).await.unwrap().len(), 2);
    if let Some(broker) = &node.broker {
        for queue in ["jobs.dead", "jobs.trial", "jobs.retry.1s", "jobs.retry.2s"] {
            assert_eq!(broker.depth(&format!("{}.{queue}", stage.prefix)).await, Ok(0), "{queue}");
        }
    }
    node.stop().await;
}

/// Two nodes share the work, and no job is run twice.
async fn two_nodes_run_each_job_once(rabbit: Option<&TestRabbitMq>) {
    let stage = Stage::new(rabbit).await;
    let nodes = [stage.node(), stage.node()];
    for _ in 0..200 {
        stage.enqueue("work").await;
    }
    until("all is done", || async {
        let done: i64 = sqlx::query_scalar("select count(*) from jobs where state = 'done'")
            .fetch_one(&stage.pool())
            .await
            .unwrap();
        done == 200
    })
    .await;
    let shares = nodes.each_ref().map(|node| node.trial.attempts.lock().unwrap().len());
    assert_eq!(shares.iter().sum::<usize>(), 200, "{shares:?}");
    assert!(shares.iter().all(|share| *share > 0), "{shares:?}");
    for node in &nodes {
        node.stop().await;
    }
}

/// A node that stops gives back what it cannot finish; one that dies leaves it to its lease.
async fn jobs_survive_their_nodes(rabbit: Option<&TestRabbitMq>) {
    let mut stage = Stage::new(rabbit).await;
    // A lease of a minute: who waits for it has not been given the job.
    stage.options.timeout = Duration::from_secs(30);
    let first = stage.node();
    let id = stage.enqueue("hang").await;
    until("it hangs", || async { !first.trial.of(id).is_empty() }).await;
    let begun = Instant::now();
    first.jobs.stop(Duration::from_millis(200)).await;
    if let Some(broker) = &first.broker {
        broker.close().await;
    }
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    assert_eq!(stage.state(id).await.1, 0, "an attempt that was given back does not count");
    stage.options.timeout = Duration::from_secs(1);
    let second = stage.node();
    until("another node has it", || async { !second.trial.of(id).is_empty() }).await;
    assert_eq!(second.trial.of(id)[0].0, 1);
    // Without a word to anybody.
    let broker = second.broker.clone();
    drop(second);
    if let Some(broker) = broker {
        broker.close().await;
    }
    let third = stage.node();
    third.trial.is_mended.store(1, Ordering::Relaxed);
    stage.until_state(id, "done").await;
    assert!(third.trial.of(id)[0].0 >= 2, "{:?}", third.trial.of(id));
    third.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_broker_failing_jobs_are_retried_given_up_listed_and_retried() {
    failing_jobs_are_retried_given_up_listed_and_retried(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_broker_two_nodes_run_each_job_once() {
    two_nodes_run_each_job_once(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_broker_jobs_survive_their_nodes() {
    jobs_survive_their_nodes(None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn through_the_broker_the_promises_are_the_same() {
    let mut rabbit = TestRabbitMq::start().await;
    tokio::join!(
        failing_jobs_are_retried_given_up_listed_and_retried(Some(&rabbit)),
        two_nodes_run_each_job_once(Some(&rabbit)),
        jobs_survive_their_nodes(Some(&rabbit)),
    );
    jobs_wait_for_a_broker_that_is_away(&mut rabbit).await;
}

/// Written while the broker is away, and in its queues when it is killed: all are run.
async fn jobs_wait_for_a_broker_that_is_away(rabbit: &mut TestRabbitMq) {
    rabbit.kill().unwrap();
    let stage = Stage::new(Some(rabbit)).await;
    let node = stage.node();
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(stage.enqueue("work").await);
    }
    let late = stage.enqueue("fail").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(node.trial.attempts.lock().unwrap().is_empty());
    let Stage { database, prefix, options, .. } = stage;
    rabbit.restart().await.unwrap();
    let stage = Stage { database, rabbit: Some(rabbit), prefix, options };
    for id in ids {
        stage.until_state(id, "done").await;
    }
    until("it waits in a queue", || async { !node.trial.of(late).is_empty() }).await;
    let Stage { database, prefix, options, .. } = stage;
    rabbit.kill().unwrap();
    rabbit.restart().await.unwrap();
    let stage = Stage { database, rabbit: Some(rabbit), prefix, options };
    node.trial.is_mended.store(1, Ordering::Relaxed);
    stage.until_state(late, "done").await;
    node.stop().await;
}
