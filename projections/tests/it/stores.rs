//! Stores are what an independent fold says, and distances are those of the globe.

use domain::{
    inventory::{Location, StoreFront, StoreStatus},
    text::TimeZone,
};
use projections::inventory::stock_levels::{self, StoreRow};

use crate::support::{
    Bench,
    stores::{appended, expected_stores},
};

const fn place(latitude_e6: i32, longitude_e6: i32) -> Location {
    Location { latitude_e6, longitude_e6 }
}

fn front(row: &StoreRow) -> (StoreFront, StoreStatus) {
    let front = StoreFront {
        time_zone: TimeZone::parse(&row.time_zone).unwrap(),
        hours: row.hours.clone(),
        radius_m: u32::try_from(row.radius_m).unwrap(),
    };
    (front, row.status)
}

#[tokio::test]
async fn stores_are_what_an_independent_fold_says() {
    for (seed, batch) in [(71, 1), (72, 11), (73, 9_000)] {
        let events = appended(seed, Vec::new(), 250);
        let expected = expected_stores(&events);
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        let pool = &bench.pool();
        let mut stores = 0;
        for (id, wanted) in &expected {
            let row = stock_levels::store(pool, *id, None).await.unwrap();
            let warehouse = stock_levels::warehouse(pool, *id).await.unwrap().unwrap();
            assert_eq!(row.as_ref().map(front), wanted.front, "{id}");
            let zones: Vec<String> = wanted.zones.iter().map(ToString::to_string).collect();
            assert_eq!((warehouse.zones, warehouse.location), (zones, wanted.location));
            assert_eq!((warehouse.shipping, warehouse.version), (wanted.shipping.clone(), wanted.version));
            assert_eq!(warehouse.store, wanted.front.as_ref().map(|front| front.1));
            stores += usize::from(row.is_some());
        }
        assert!(stores > 3, "the history is too poor");
    }
}

/// Against distances that were worked out elsewhere, with the same mean radius.
#[tokio::test]
async fn the_nearest_come_first_and_none_is_beyond_the_radius() {
    let events = appended(74, Vec::new(), 250);
    let bench = Bench::with(&events).await;
    bench.install_and_project(5_000).await;
    let pool = &bench.pool();
    let expected = expected_stores(&events);
    let (id, at) = expected
        .iter()
        .find_map(|(id, store)| Some((*id, store.front.is_some().then_some(store.location)??)))
        .expect("a store");
    let distance = async |from: Location| {
        stock_levels::store(pool, id, Some(from)).await.unwrap().unwrap().distance_m.unwrap()
    };
    assert_eq!(distance(at).await, 0);
    // A degree along a meridian, wherever that is.
    let north =
        place(at.latitude_e6 + if at.latitude_e6 > 0 { -1_000_000 } else { 1_000_000 }, at.longitude_e6);
    assert_eq!(distance(north).await, 111_195);
    // The other end of the globe, over the date line and the poles.
    let antipode = place(
        -at.latitude_e6,
        at.longitude_e6
            + if at.longitude_e6 > 0 {
                -180_000_000
            } else {
                180_000_000
            },
    );
    assert!((20_015_113..=20_015_116).contains(&distance(antipode).await));
    let rows = stock_levels::stores_nearby(pool, at, 20_100_000, 200).await.unwrap();
    let open = |status: StoreStatus| status != StoreStatus::Closed;
    let wanted = expected.values().filter(|store| store.front.as_ref().is_some_and(|front| open(front.1)));
    assert_eq!(rows.len(), wanted.count());
    assert!(rows.is_sorted_by_key(|row| row.distance_m));
    if let Some(middle) = rows.get(rows.len() / 2) {
        let radius = u32::try_from(middle.distance_m.unwrap()).unwrap();
        let near = stock_levels::stores_nearby(pool, at, radius, 200).await.unwrap();
        assert!(near.len() <= rows.len() && near.iter().all(|row| row.distance_m <= middle.distance_m));
        assert_eq!(stock_levels::stores_nearby(pool, at, radius, 1).await.unwrap().len(), 1);
    }
}
