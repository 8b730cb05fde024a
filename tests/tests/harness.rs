//! The harness keeps what it promises: every test has a migrated database of its own, and leaves none behind.
#![cfg(test)]

use souk_tests::{PrivatePostgres, TestDatabase, server_url};
use sqlx::{Connection, PgConnection};

async fn databases(name: &str) -> i64 {
    let mut server = PgConnection::connect(&server_url().await.unwrap()).await.unwrap();
    sqlx::query_scalar("select count(*) from pg_database where datname = $1")
        .bind(name)
        .fetch_one(&mut server)
        .await
        .unwrap()
}

#[tokio::test]
async fn every_test_has_a_migrated_database_of_its_own() {
    let (one, two) = tokio::join!(TestDatabase::create(), TestDatabase::create());
    assert_ne!(one.url(), two.url());
    for database in [&one, &two] {
        let events: i64 =
            sqlx::query_scalar("select count(*) from events").fetch_one(&database.pool()).await.unwrap();
        assert_eq!(events, 0);
    }
    sqlx::raw_sql("create table mine (id int)").execute(&one.pool()).await.unwrap();
    assert!(sqlx::raw_sql("select from mine").execute(&two.pool()).await.is_err());
    let mut by_url = PgConnection::connect(one.url()).await.unwrap();
    sqlx::raw_sql("select from mine").execute(&mut by_url).await.unwrap();
}

#[tokio::test]
async fn a_database_goes_with_its_test() {
    let database = TestDatabase::create().await;
    let name: String =
        sqlx::query_scalar("select current_database()::text").fetch_one(&database.pool()).await.unwrap();
    assert_eq!(databases(&name).await, 1);
    // With sessions still open.
    drop(database);
    assert_eq!(databases(&name).await, 0);
}

#[tokio::test]
async fn a_private_server_is_durable_and_keeps_its_data_through_a_restart() {
    let mut server = PrivatePostgres::start().await.unwrap();
    let mut connection = PgConnection::connect(server.embedded().unwrap().url()).await.unwrap();
    let fsync: String = sqlx::query_scalar("show fsync").fetch_one(&mut connection).await.unwrap();
    assert_eq!(fsync, "on");
    sqlx::raw_sql("create table kept (id int)").execute(&mut connection).await.unwrap();
    drop(connection);
    server.restart().await.unwrap();
    let mut connection = PgConnection::connect(server.embedded().unwrap().url()).await.unwrap();
    sqlx::raw_sql("select from kept").execute(&mut connection).await.unwrap();
    server.stop().await.unwrap();
}
