//! Old versions are lifted one step at a time; what is unknown stops the reader.

use domain::{
    decider::{DecodeError, Event, decode},
    orders::ReturnEvent,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// An event of a test: version 1 had a plain amount, version 2 a currency too, version 3 has whole pence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum TillEvent {
    CashTaken { pence: i64, currency: String },
    TillOpened { by: String },
    TillClosed,
}

impl Event for TillEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("CashTaken", 1),
        ("CashTaken", 2),
        ("CashTaken", 3),
        ("TillOpened", 1),
        ("TillOpened", 2),
        ("TillClosed", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::CashTaken { .. } => "CashTaken",
            Self::TillOpened { .. } => "TillOpened",
            Self::TillClosed => "TillClosed",
        }
    }

    fn upcast(name: &str, version: u16, mut data: Value) -> Value {
        match (name, version) {
            ("CashTaken", 1) => {
                data["currency"] = "GBP".into();
                data
            }
            ("CashTaken", 2) => {
                let pounds = data["pounds"].as_i64().unwrap_or_default();
                json!({"pence": pounds * 100, "currency": data["currency"]})
            }
            // Version 1 had no body.
            ("TillOpened", 1) => json!({"by": "unknown"}),
            _ => data,
        }
    }
}

fn taken(pence: i64, currency: &str) -> TillEvent {
    TillEvent::CashTaken { pence, currency: currency.to_owned() }
}

fn read(name: &str, version: u16, payload: &str) -> Result<TillEvent, DecodeError> {
    decode(name, version, payload)
}

#[test]
fn each_version_is_lifted_step_by_step_to_the_newest() {
    assert_eq!(read("CashTaken", 1, r#"{"CashTaken":{"pounds":5}}"#), Ok(taken(500, "GBP")));
    assert_eq!(read("CashTaken", 2, r#"{"CashTaken":{"pounds":5,"currency":"EUR"}}"#), Ok(taken(500, "EUR")));
    assert_eq!(read("CashTaken", 3, r#"{"CashTaken":{"pence":7,"currency":"EUR"}}"#), Ok(taken(7, "EUR")));
    assert_eq!(taken(1, "EUR").version(), 3);
}

#[test]
fn events_without_a_body_are_read_and_may_get_one() {
    assert_eq!(read("TillClosed", 1, r#""TillClosed""#), Ok(TillEvent::TillClosed));
    assert_eq!(
        read("TillOpened", 1, r#""TillOpened""#),
        Ok(TillEvent::TillOpened { by: "unknown".to_owned() })
    );
    assert_eq!(
        decode::<ReturnEvent>("ReturnApproved", 1, r#""ReturnApproved""#),
        Ok(ReturnEvent::ReturnApproved)
    );
}

#[test]
fn an_unknown_name_is_an_error() {
    let refused = DecodeError::UnknownName { name: "TillSmashed".to_owned() };
    assert_eq!(read("TillSmashed", 1, r#"{"TillSmashed":{}}"#), Err(refused));
}

#[test]
fn a_version_that_was_never_written_is_an_error() {
    for version in [0, 4] {
        let refused = DecodeError::UnknownVersion { name: "CashTaken".to_owned(), version, newest: 3 };
        assert_eq!(read("CashTaken", version, r#"{"CashTaken":{"pence":1,"currency":"EUR"}}"#), Err(refused));
    }
}

#[test]
fn a_payload_of_another_event_is_an_error() {
    let wrong = || DecodeError::WrongTag { name: "CashTaken".to_owned() };
    assert_eq!(read("CashTaken", 3, r#""TillClosed""#), Err(wrong()));
    assert_eq!(read("CashTaken", 1, r#""TillClosed""#), Err(wrong()));
    assert_eq!(read("CashTaken", 1, r#"{"TillOpened":{"by":"me"}}"#), Err(wrong()));
    assert_eq!(read("CashTaken", 1, r#"{"CashTaken":{"pounds":1},"TillOpened":{}}"#), Err(wrong()));
    assert_eq!(read("CashTaken", 1, "[]"), Err(wrong()));
}

#[test]
fn a_body_that_does_not_fit_is_an_error_that_says_what() {
    for (version, payload) in [
        (3, r#"{"CashTaken":{"pence":1}}"#),
        (1, "{"),
        (3, ""),
        (2, r#"{"CashTaken":null}"#),
    ] {
        let refused = read("CashTaken", version, payload).expect_err("it does not fit");
        assert!(matches!(refused, DecodeError::Malformed { .. }), "{refused:?}");
    }
    let refused = read("CashTaken", 3, r#"{"CashTaken":{"pence":1}}"#).expect_err("it does not fit");
    assert!(refused.to_string().contains("missing field `currency`"), "{refused}");
}
