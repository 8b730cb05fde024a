//! The real month, end to end, and everything that later months of it hold.

use std::{collections::BTreeMap, io::Write, path::PathBuf};

use commands::import::{Figures, Phase, Reconciliation, online_retail, online_retail_with};
use domain::orders::{Counter, CounterState};
use event_store::{AsOf, EventFilter, RecordedEvent};
use serde_json::Value;

use crate::{
    month::{Sums, copy, rows, sums},
    shop::Shop,
};

pub(crate) fn month() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/data/online-retail-2010-12.csv.gz")
}

async fn import(shop: &Shop, file: &std::path::Path) -> Reconciliation {
    online_retail(&shop.log, file, &mut |_| {}).await.unwrap()
}

async fn all_events(shop: &Shop) -> Vec<RecordedEvent> {
    let mut all = Vec::new();
    loop {
        let after = all.last().map_or(0, |event: &RecordedEvent| event.position);
        let some =
            shop.log.reader().read(&EventFilter { after, ..EventFilter::default() }, 20_000).await.unwrap();
        if some.is_empty() {
            return all;
        }
        all.extend(some);
    }
}

/// Pence of a line's total, without our own money: `"1.50"`, or `{"amount":"1.50",…}`.
fn pence(line: &Value) -> i64 {
    let total = &line["total"];
    let text = total.as_str().or_else(|| total["amount"].as_str()).unwrap();
    let (pounds, pence) = text.split_once('.').unwrap();
    assert_eq!(pence.len(), 2);
    format!("{pounds}{pence}").parse().unwrap()
}

/// The figures by the stored JSON alone.
fn fold(events: &[RecordedEvent]) -> Sums {
    let mut sums = Sums::default();
    for event in events {
        let payload: Value = serde_json::from_str(&event.payload).unwrap();
        let body = &payload[&event.event_type];
        let sign = match event.event_type.as_str() {
            "OrderPlaced" => 1,
            "ReturnRequested" => -1,
            "StockAdjusted" => {
                sums.adjustments += 1;
                sums.net_units += body["delta"].as_i64().unwrap();
                continue;
            }
            _ => continue,
        };
        let lines = body["lines"].as_array().unwrap();
        for line in lines {
            let (amount, units) = (sign * pence(line), sign * line["quantity"].as_i64().unwrap());
            *sums.by_country.entry(body["country"].as_str().unwrap().to_owned()).or_default() += amount;
            sums.net_units += units;
            if sign > 0 {
                sums.order_lines += 1;
                sums.order_amount += amount;
            } else {
                sums.credit_lines += 1;
                sums.credit_amount += amount;
            }
        }
        if sign > 0 {
            sums.orders += 1
        } else {
            sums.credits += 1
        }
    }
    sums
}

fn as_sums(figures: &Figures) -> Sums {
    Sums {
        orders: figures.orders,
        order_lines: figures.order_lines,
        order_amount: figures.order_amount,
        credits: figures.credits,
        credit_lines: figures.credit_lines,
        credit_amount: -figures.credit_amount,
        adjustments: figures.adjustments,
        net_units: figures.net_units(),
        by_country: figures.net_by_country.clone(),
    }
}

#[tokio::test]
async fn the_real_month_reads_back_to_the_penny() {
    let shop = Shop::open().await;
    let mut phases = Vec::new();
    let outcome = online_retail(&shop.log, &month(), &mut |progress| {
        if phases.last() != Some(&progress.phase) {
            phases.push(progress.phase);
        }
    })
    .await
    .unwrap();
    assert_eq!(phases, [Phase::Reading, Phase::Products, Phase::Invoices, Phase::Checking]);
    assert!(outcome.agrees(), "{outcome}");
    assert_eq!(outcome.unplaced, []);
    assert_eq!((outcome.rows, outcome.rows_without_customer), (42_481, 15_631));
    let log = &outcome.log;
    assert_eq!((log.orders, log.order_lines, log.order_amount), (1_559, 41_613, 82_374_614));
    assert_eq!((log.credits, log.credit_lines, log.credit_amount), (326, 728, 7_478_912));
    assert_eq!((log.adjustments, log.free_order_lines), (140, 133));
    assert_eq!((log.net_amount(), log.net_units()), (74_895_702, 342_228));
    assert_eq!(log.net_by_country.len(), 24);
    for (country, amount) in [
        ("United Kingdom", 67_674_262),
        ("Germany", 1_456_284),
        ("France", 957_536),
        ("EIRE", 902_995),
        ("Netherlands", 878_448),
    ] {
        assert_eq!(log.net_by_country[country], amount, "{country}");
    }
    let best = log.units_by_code.iter().max_by_key(|(_, units)| **units).unwrap();
    assert_eq!((best.0.as_str(), *best.1), ("84077", 5_195));
    assert_eq!(outcome.matched_credit_lines, 289);

    let events = all_events(&shop).await;
    assert_eq!(fold(&events), as_sums(log), "the stored JSON says the same");
    assert_eq!(fold(&events), sums(&rows(&month())), "and so does a reading of the file of its own");
    check_history(&events);
    let last = |series: &'static str| {
        let reader = shop.log.reader().clone();
        async move { reader.load::<Counter>(series, AsOf::Now).await.unwrap().state }
    };
    assert_eq!(last("invoice").await, CounterState { last: 1_559 });
    assert_eq!(last("credit").await, CounterState { last: 326 });

    let again = import(&shop, &month()).await;
    assert_eq!(again.units_found_done, again.units);
    assert_eq!(again.log, outcome.log);
    assert_eq!(shop.events().await, i64::try_from(events.len()).unwrap(), "nothing was doubled");
}

/// What holds for every imported history: all is delivered or credited, at its time, and nothing stays reserved.
fn check_history(events: &[RecordedEvent]) {
    let count = |name: &str| events.iter().filter(|event| event.event_type == name).count();
    assert_eq!(count("OrderPlaced"), count("OrderConfirmed"));
    assert_eq!(count("PartProcessed"), count("PartDelivered"));
    assert_eq!(count("PartShipped"), count("PartDelivered"));
    assert!(count("PartDelivered") >= count("OrderPlaced"));
    assert_eq!(count("ReturnRequested"), count("CreditIssued"));
    assert_eq!(count("StockReserved"), count("StockDeducted"));
    let mut on_hand: BTreeMap<&str, i64> = BTreeMap::new();
    for event in events.iter().filter(|event| event.aggregate_type == "stock") {
        let payload: Value = serde_json::from_str(&event.payload).unwrap();
        let body = &payload[&event.event_type];
        let units = || -> i64 {
            body["allocations"].as_array().unwrap().iter().map(|one| one["quantity"].as_i64().unwrap()).sum()
        };
        let delta = match event.event_type.as_str() {
            "StockReceived" | "StockReturned" => body["quantity"].as_i64().unwrap(),
            "StockAdjusted" => body["delta"].as_i64().unwrap(),
            "StockDeducted" => -units(),
            _ => 0,
        };
        let level = on_hand.entry(&event.aggregate_id).or_default();
        *level += delta;
        assert!(*level >= 0, "{} fell below zero at {}", event.aggregate_id, event.position);
    }
    let first = events.iter().find(|event| event.event_type == "OrderPlaced").unwrap();
    assert_eq!(first.effective_at().to_rfc3339(), "2010-12-01T08:26:00+00:00");
    let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
    assert_eq!(positions, (1..=i64::try_from(events.len()).unwrap()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_shuffled_renamed_and_rescaled_copy_reads_back_too() {
    let shop = Shop::open().await;
    let copy = copy(&rows(&month())[..9_000], 7);
    let outcome = import(&shop, copy.path()).await;
    assert!(outcome.agrees(), "{outcome}");
    assert_eq!(outcome.unplaced, []);
    let wanted = sums(&rows(copy.path()));
    assert_eq!(as_sums(&outcome.log), wanted);
    assert_eq!(fold(&all_events(&shop).await), wanted);
    assert!(wanted.credits > 0 && wanted.adjustments > 0);
}

#[tokio::test]
async fn an_import_that_was_cut_off_is_resumed_without_doubling() {
    let file = copy(&rows(&month())[..6_000], 1);
    let whole = Shop::open().await;
    let wanted = import(&whole, file.path()).await;
    let shop = Shop::open().await;
    for cut_after in [300, 900, 1_100] {
        let (stop, mut stopped) = tokio::sync::mpsc::unbounded_channel();
        let mut calls = 0;
        let mut progress = move |_| {
            calls += 1;
            if calls == cut_after {
                stop.send(()).unwrap();
            }
        };
        tokio::select! {
            _ = online_retail(&shop.log, file.path(), &mut progress) => panic!("it was not cut off"),
            _ = stopped.recv() => {}
        }
    }
    let resumed = import(&shop, file.path()).await;
    assert!(resumed.units_found_done > 0 && resumed.units_found_done < resumed.units);
    assert_eq!(resumed.log, wanted.log);
    assert_eq!(shop.events().await, whole.events().await);
}

#[tokio::test]
async fn the_history_is_the_same_however_many_units_are_on_their_way() {
    let file = copy(&rows(&month())[..4_000], 3);
    let mut histories = Vec::new();
    for in_flight in [1, 200] {
        let shop = Shop::open().await;
        online_retail_with(&shop.log, file.path(), in_flight, &mut |_| {}).await.unwrap();
        let history: Vec<(String, String)> =
            all_events(&shop).await.into_iter().map(|event| (event.aggregate_id, event.payload)).collect();
        histories.push(history);
    }
    assert!(histories[0] == histories[1]);
}

fn file_of(text: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text).unwrap();
    file
}

#[tokio::test]
async fn the_oddities_of_later_months_are_booked_or_listed() {
    let shop = Shop::open().await;
    let mut text = b"Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n".to_vec();
    text.extend_from_slice(
        b"536365,22423,CAKE STAND,3,12/1/2010 8:26,1.115,17850,United Kingdom\n\
          536365,22423x,cake stand,1,12/1/2010 8:26,0.001,17850,United Kingdom\n\
          536365,m,Manual,1,12/1/2010 8:26,10,17850,United Kingdom\n\
          A563185,B,Adjust bad debt,1,8/12/2011 14:50,11062.06,,United Kingdom\n\
          A563186,B,Adjust bad debt,1,8/12/2011 14:51,-11062.06,,United Kingdom\n\
          536366,22423,CAKE STAND,2,12/2/2010 9:00,-1.00,17850,United Kingdom\n\
          536366,22423,CAKE STAND,-2,12/2/2010 9:00,1.00,17850,United Kingdom\n\
          536366,22423,CAKE STAND,4,12/2/2010 9:00,1.00,17850,United Kingdom\n\
          536366,22423,CAKE STAND,1,12/2/2010 9:00,1.00,99,United Kingdom\n\
          C536367,22423,CAKE STAND,-2,12/3/2010 9:00,1.115,17850,United Kingdom\n\
          C536367,22423,CAKE STAND,-2,12/3/2010 9:00,7.77,17850,United Kingdom\n\
          536368,22423,water damage,-1,12/4/2010 9:00,0,,United Kingdom\n\
          536368,22423,,-1,12/4/2010 9:00,0,,United Kingdom\n\
          536369,POST,,-1,12/4/2010 9:00,0,,United Kingdom\n\
          536370,22423,CAKE STAND,some,12/4/2010 9:00,1,,United Kingdom\n\
          536371,VOUCHER,\xa310 VOUCHER,1,12/4/2010 9:00,8.5,,United Kingdom\n",
    );
    let outcome = import(&shop, file_of(&text).path()).await;
    assert!(outcome.agrees(), "{outcome}");
    let unplaced: Vec<(&str, &[u64])> =
        outcome.unplaced.iter().map(|one| (one.invoice.as_str(), one.rows.as_slice())).collect();
    assert_eq!(
        unplaced,
        [
            ("A563185", [4].as_slice()),
            ("A563186", &[5]),
            ("536366", &[6]),
            ("536366", &[7]),
            ("536366", &[9]),
            ("536369", &[14]),
            ("536370", &[15]),
        ]
    );
    let log = &outcome.log;
    // 3 × 1.115 = 3.345 and 2 × 1.115 = 2.23, each line rounded once, half to even; 0.001 is nothing.
    assert_eq!((log.orders, log.order_lines, log.order_amount), (3, 5, 334 + 1_000 + 400 + 850));
    assert_eq!((log.credits, log.credit_lines, log.credit_amount), (1, 2, 223 + 1_554));
    assert_eq!((log.adjustments, log.units_adjusted), (1, -2));
    assert_eq!(outcome.matched_credit_lines, 1);
    assert_eq!(
        log.units_by_code["22423x"], 1,
        "codes that differ in case or a letter are products of their own"
    );
    let events = all_events(&shop).await;
    let has = |text: &str| events.iter().any(|event| event.payload.contains(text));
    assert!(has("\u{a3}10 VOUCHER"), "Latin-1 is read as what it is");
    assert!(has(r#""reason":"water damage""#) && has(r#""reason":"unspecified""#));
    let shown = outcome.to_string();
    assert!(shown.contains("file and log agree") && shown.contains("invoice A563185, rows [4]"), "{shown}");
}

#[tokio::test]
async fn another_file_with_a_known_invoice_is_refused_by_its_rows() {
    let shop = Shop::open().await;
    let header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
    let sale = |price: &str| format!("{header}1,A1,THING,2,2010-12-01 08:00:00,{price},5.0,France\n");
    import(&shop, file_of(sale("1").as_bytes()).path()).await;
    let changed = import(&shop, file_of(sale("2").as_bytes()).path()).await;
    assert!(!changed.agrees());
    assert_eq!(changed.unplaced[0].rows, [1]);
    assert!(changed.to_string().contains("FILE AND LOG DIFFER"));
    let two_files = format!("{}2,A1,THING,1,2010-12-02 08:00:00,1,5.0,France\n", sale("1"));
    let longer = import(&shop, file_of(two_files.as_bytes()).path()).await;
    assert!(longer.agrees(), "{longer}");
    assert_eq!((longer.log.orders, longer.log.order_amount), (2, 300));
    let not_a_table = online_retail(&shop.log, file_of(b"a,b\n1,2\n").path(), &mut |_| {}).await;
    assert!(not_a_table.unwrap_err().to_string().contains("InvoiceNo"));
}
