//! Addresses are what an independent fold says, and nothing of an erased person is left in any table.

use std::collections::BTreeMap;

use domain::{ids::AccountId, sealed::Sealed};
use projections::customers::address_list::{self, AddressBookRow};
use sqlx::PgPool;

use crate::support::{
    Bench, dump,
    expected_customers::address_books,
    history::{History, Written},
};

#[tokio::test]
async fn address_tables_are_what_an_independent_fold_says() {
    for (seed, batch) in [(41, 1), (42, 17), (43, 9_000)] {
        let events = History::random(seed, 400);
        let expected = address_books(&events);
        assert!(expected.values().any(|book| book.addresses.len() > 1), "the history is too poor");
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        compare(&bench.pool(), &expected).await;
    }
}

async fn compare(pool: &PgPool, expected: &BTreeMap<AccountId, AddressBookRow>) {
    for (customer, book) in expected {
        assert_eq!(&address_list::of_customer(pool, *customer).await.unwrap(), book);
    }
    let count: i64 = sqlx::query_scalar("select count(*) from address_list_v1.address_books")
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(usize::try_from(count).unwrap(), expected.len());
    let count: i64 =
        sqlx::query_scalar("select count(*) from address_list_v1.addresses").fetch_one(pool).await.unwrap();
    let addresses: usize = expected.values().map(|book| book.addresses.len()).sum();
    assert_eq!(usize::try_from(count).unwrap(), addresses);
}

/// Every sealed value of a person, as its event has it.
fn sealed_of(events: &[Written], person: &str) -> Vec<String> {
    fn collect(value: &serde_json::Value, person: &str, into: &mut Vec<String>) {
        match serde_json::from_value::<Sealed>(value.clone()) {
            Ok(sealed) if sealed.person().stream() == person => into.push(sealed.ciphertext().to_owned()),
            Ok(_) => {}
            Err(_) => match value {
                serde_json::Value::Object(members) => members.values().for_each(|v| collect(v, person, into)),
                serde_json::Value::Array(items) => items.iter().for_each(|v| collect(v, person, into)),
                _ => {}
            },
        }
    }
    let mut found = Vec::new();
    for event in events {
        collect(&serde_json::from_str(&event.payload).unwrap(), person, &mut found);
    }
    found
}

#[tokio::test]
async fn no_table_keeps_what_was_sealed_for_an_erased_person() {
    let events = History::random(44, 400);
    let erased: Vec<&str> =
        events.iter().filter(|event| event.name == "AccountErased").map(|event| event.id.as_str()).collect();
    let bench = Bench::with(&events).await;
    bench.install_and_project(400).await;
    let tables = dump(&bench.pool()).await;
    let holds = |text: &str| tables.values().flatten().any(|row| row.contains(text));
    let gone: Vec<String> = erased.iter().flat_map(|person| sealed_of(&events, person)).collect();
    assert!(!gone.is_empty(), "the history is too poor");
    for text in gone {
        assert!(!holds(&text), "{text}");
    }
    // Whoever lives is there: the search finds what there is.
    let alive = events.iter().rev().find_map(|event| {
        (event.name == "ProfileRevised" && !erased.contains(&event.id.as_str())).then_some(event.id.as_str())
    });
    assert!(sealed_of(&events, alive.unwrap()).iter().any(|text| holds(text)));
}
