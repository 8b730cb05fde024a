//! Personal data at their edges: what is taken, and what is never shown.

use domain::{
    customers::{AddressDetails, GeoPoint},
    fixtures::{account, data_key, must, sealed},
    identity::{DisplayName, Locale, PersonalDetails, Phone},
    sealed::{Sealed, SealedError},
};

#[test]
fn a_phone_is_stored_in_one_form() {
    for text in [" +964 750 123 4567", "+964-750-123.4567", "+(964) 7501234567"] {
        assert_eq!(must(Phone::parse(text)).as_str(), "+9647501234567", "{text}");
    }
    for text in [
        "0750 123 4567",
        "+0750 123 4567",
        "+123",
        "+1234567890123456",
        "+964 750 CALL",
        "",
        "+",
    ] {
        assert!(Phone::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_point_keeps_its_decimals() {
    for (latitude, longitude) in [
        ("36.191113", "44.009167"),
        ("-33.9", "-0.0000001"),
        ("90", "180"),
        ("0", "0"),
    ] {
        let point = must(GeoPoint::parse(latitude, longitude));
        assert_eq!((point.latitude().as_str(), point.longitude().as_str()), (latitude, longitude));
    }
    for (latitude, longitude) in [
        ("90.1", "0"),
        ("0", "-180.0000001"),
        ("1e1", "0"),
        (".5", "0"),
        ("36.12345678", "0"),
        ("", ""),
    ] {
        assert!(GeoPoint::parse(latitude, longitude).is_err(), "{latitude}, {longitude}");
    }
}

#[test]
fn a_sealed_value_has_a_form_and_a_limit() {
    let make = |nonce: &str, ciphertext: &str| {
        Sealed::try_new(account(1), data_key(1), nonce.to_owned(), ciphertext.to_owned())
    };
    let nonce = "AAAAAAAAAAAAAAAA";
    assert!(make(nonce, "AAAAAAAAAAAAAAAAAAAAAA==").is_ok());
    for wrong in ["AAAA", "AAAAAAAAAAAAAA==", "AAAAAAAAAAAAAAA\n", ""] {
        assert_eq!(make(wrong, "AAAA"), Err(SealedError::Nonce), "{wrong}");
    }
    let long = "A".repeat(Sealed::MAX_CIPHERTEXT_CHARS + 4);
    for wrong in ["", "A", "AAA\"", "A===", "AA=A", long.as_str()] {
        assert_eq!(make(nonce, wrong), Err(SealedError::Ciphertext), "{wrong}");
    }
    assert_ne!(sealed(1, 1), sealed(1, 2));
    assert!(serde_json::from_str::<Sealed>(r#"{"person":1}"#).is_err());
}

#[test]
fn nothing_personal_is_shown_by_accident() {
    let details: AddressDetails = must(serde_json::from_value(serde_json::json!({
        "recipient": "Shirin Aziz", "phone": "+9647501234567", "street": "Gulan Street 7", "city": "Erbil",
        "note": "the blue door", "label": "Home", "point": {"latitude_e7": 361911130, "longitude_e7": 440091670},
    })));
    let person = PersonalDetails {
        display_name: Some(must(DisplayName::parse("Shirin Aziz"))),
        phone: Some(must(Phone::parse("+9647501234567"))),
        locale: Some(must(Locale::parse("ku-IQ"))),
    };
    let shown = format!(
        "{details:?} {person:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        person.display_name,
        person.phone,
        person.locale,
        details.street,
        details.note,
        details.label,
        details.point
    );
    for part in ["Shirin", "964", "Gulan", "blue", "Home", "3619", "ku-IQ"] {
        assert!(!shown.contains(part), "{shown}");
    }
}
