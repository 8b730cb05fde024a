//! A database that cannot be reached.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use event_store::{ExecuteError, Log, LogOptions};
use souk_tests::TestDatabase;
use sqlx::postgres::PgConnectOptions;
use tokio::net::{TcpListener, TcpStream};

use super::{anyone, tally::add};

/// Passes connections on until it is closed; then it counts and refuses them.
struct Gate {
    port: u16,
    is_closed: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
}

async fn gate(server: &PgConnectOptions) -> Gate {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (is_closed, refused) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (closed, count) = (Arc::clone(&is_closed), Arc::clone(&refused));
    let server = (server.get_host().to_owned(), server.get_port());
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            if closed.load(Ordering::SeqCst) {
                count.fetch_add(1, Ordering::SeqCst);
                continue;
            }
            let mut upstream = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut client, &mut upstream).await });
        }
    });
    Gate { port, is_closed, refused }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_reached_is_not_hammered_and_then_used_again() {
    let database = TestDatabase::create().await;
    let server: PgConnectOptions = database.url().parse().unwrap();
    let gate = gate(&server).await;
    let log = Log::open(LogOptions::new(server.host("127.0.0.1").port(gate.port))).await.unwrap();
    add(&log, anyone(), &["a"], 1, 10).await.unwrap();
    gate.is_closed.store(true, Ordering::SeqCst);
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity \
          where application_name = 'souk-writer' and datname = current_database()",
    )
    .execute(&database.pool())
    .await
    .unwrap();
    let ends = tokio::time::Instant::now() + Duration::from_secs(1);
    let mut refused = 0;
    while tokio::time::Instant::now() < ends {
        match add(&log, anyone(), &["a"], 1, 10).await {
            Err(ExecuteError::Unavailable) => refused += 1,
            other => panic!("unexpected {other:?}"),
        }
    }
    // The writer ten times a second; the listener and the pool now and then.
    assert!(refused > 0);
    assert!(gate.refused.load(Ordering::SeqCst) < 30, "{}", gate.refused.load(Ordering::SeqCst));
    gate.is_closed.store(false, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(add(&log, anyone(), &["a"], 1, 10).await.unwrap().result, 2);
    log.close().await;
}

#[tokio::test]
async fn an_ended_session_is_no_fault_of_the_statement() {
    // The database goes with its handle.
    let database = TestDatabase::create().await;
    let pool = database.pool();
    let ended =
        sqlx::query("select pg_terminate_backend(pg_backend_pid())").execute(&pool).await.unwrap_err();
    assert!(event_store::is_transient(&ended), "{ended:?}");
    let silent = sqlx::Error::Protocol("unexpected response from SSLRequest".to_owned());
    assert!(event_store::is_transient(&silent));
    let wrong = sqlx::query("select 1 / 0").execute(&pool).await.unwrap_err();
    assert!(!event_store::is_transient(&wrong), "{wrong:?}");
}
