//! All rows of all tables, as texts.

use std::collections::BTreeMap;

use sqlx::PgPool;

/// Every row of every table of every projection, sorted, by table.
pub(crate) async fn dump(pool: &PgPool) -> BTreeMap<String, Vec<String>> {
    let tables: Vec<(String, String)> = sqlx::query_as(
        "select schemaname::text, tablename::text from pg_tables where schemaname ~ '_v[0-9]+$'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let mut dump = BTreeMap::new();
    for (schema, table) in tables {
        let name = format!("{schema}.{table}");
        let rows: Vec<String> = sqlx::query_scalar(&format!("select t::text from {name} t order by 1"))
            .fetch_all(pool)
            .await
            .unwrap();
        dump.insert(name, rows);
    }
    dump
}
