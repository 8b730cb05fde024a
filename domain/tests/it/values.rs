//! Ids, texts, quantities and amounts at their edges.

use std::collections::BTreeMap;

use domain::{
    fixtures::{localized, must, order, price, units},
    ids::{OrderId, ProductId},
    money::{BasisPoints, Currency, Money, MoneyError, UnitPrice, split_by_weight},
    quantity::Quantity,
    slug::{Slug, SlugError},
    text::{LocalizedText, Sku, TextError},
};

use proptest::prelude::*;

fn json_money(text: &str) -> Option<Money> {
    serde_json::from_str(text).ok()
}

#[test]
fn an_id_is_prefixed_for_people_and_a_uuid_in_the_log() {
    let id = order(1);
    assert_eq!(id.to_string(), format!("ord_{}", id.as_uuid().simple()));
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(id.stream(), id.as_uuid().hyphenated().to_string());
    assert_eq!(serde_json::to_value(id).unwrap(), id.stream());
    assert_eq!(id.as_uuid().get_version_num(), 7);
}

#[test]
fn an_id_of_another_kind_or_form_is_refused() {
    let id = order(1);
    assert_eq!(id.to_string().parse::<ProductId>().map_err(|error| error.expected), Err("prd"));
    for text in [
        "",
        "ord_",
        &id.stream(),
        &format!("ord_{}", id.stream()),
        &format!("ORD_{}", id.as_uuid().simple()),
    ] {
        assert!(text.parse::<OrderId>().is_err(), "{text}");
    }
}

#[test]
fn a_quantity_of_nothing_does_not_exist() {
    assert_eq!(Quantity::new(0), None);
    assert!(serde_json::from_str::<Quantity>("0").is_err());
    assert!(serde_json::from_str::<Quantity>("-1").is_err());
    assert_eq!(units(u32::MAX).checked_add(Quantity::ONE), None);
    assert_eq!(units(2).checked_add(units(3)), Some(units(5)));
}

#[test]
fn a_text_is_trimmed_and_bounded() {
    assert_eq!(Sku::parse("  85123A ").map(|sku| sku.to_string()), Ok("85123A".to_owned()));
    assert_eq!(Sku::parse(" \t "), Err(TextError::Empty));
    assert_eq!(Sku::parse("a\0b"), Err(TextError::ControlCharacter));
    assert_eq!(Sku::parse(&"é".repeat(64)).map(|sku| sku.as_str().len()), Ok(128));
    assert_eq!(Sku::parse(&"a".repeat(65)), Err(TextError::TooLong { max: 64 }));
}

#[test]
fn a_localized_text_needs_a_language_and_well_formed_tags() {
    assert_eq!(LocalizedText::try_new(BTreeMap::new()), Err(TextError::Empty));
    for tag in ["", "e", "en_GB", "en-", "englishlanguage"] {
        assert_eq!(LocalizedText::single(tag, "Rice"), Err(TextError::LanguageTag), "{tag}");
    }
    assert!(LocalizedText::single("zh-Hant-TW", "米").is_ok());
}

#[test]
fn the_best_language_is_picked() {
    let rice = localized(&[("en", "Rice"), ("ar", "أرز"), ("pt-BR", "Arroz")]);
    assert_eq!(rice.pick(&["ar"]), ("ar", "أرز"));
    assert_eq!(rice.pick(&["AR-IQ"]), ("ar", "أرز"));
    assert_eq!(rice.pick(&["pt"]), ("pt-BR", "Arroz"));
    assert_eq!(rice.pick(&["ku", "ar"]), ("ar", "أرز"));
    assert_eq!(rice.pick(&["ku"]), ("en", "Rice"));
    assert_eq!(localized(&[("ku", "برنج")]).pick(&["fr"]), ("ku", "برنج"));
}

#[test]
fn an_amount_is_a_plain_decimal_of_its_currency() {
    let parse = |text| Money::parse(text, Currency::GBP).map(Money::minor);
    assert_eq!(parse("2.5"), Ok(250));
    assert_eq!(parse("-0.01"), Ok(-1));
    assert_eq!(parse("2.5500"), Ok(255));
    assert_eq!(parse("2.555"), Err(MoneyError::TooManyDecimals { max: 2 }));
    assert_eq!(parse("92233720368547758.08"), Err(MoneyError::OutOfRange));
    assert_eq!(parse("-92233720368547758.08"), Ok(i64::MIN));
    for text in ["", "-", ".5", "1.", "+1", "1e3", " 1", "1,5", "٣", "--1", "1.-5"] {
        assert_eq!(parse(text), Err(MoneyError::NotDecimal), "{text}");
    }
}

#[test]
fn an_amount_in_json_names_currency_and_exponent() {
    let dinars = must(Money::parse("250000", Currency::IQD));
    assert_eq!(
        serde_json::to_string(&dinars).unwrap(),
        r#"{"amount":"250000","currency":"IQD","exponent":0}"#
    );
    assert_eq!(json_money(r#"{"amount":"2.55","currency":"GBP"}"#).map(Money::minor), Some(255));
    assert_eq!(json_money(r#"{"amount":"1.000","currency":"IQD","exponent":3}"#).map(Money::minor), Some(1));
    for refused in [
        r#"{"amount":2.55,"currency":"GBP"}"#,
        r#"{"amount":"2.55","currency":"gbp"}"#,
        r#"{"amount":"2.55","currency":"XXX"}"#,
        r#"{"amount":"2.555","currency":"GBP","exponent":2}"#,
        r#"{"amount":"1.500","currency":"IQD","exponent":3}"#,
        r#"{"amount":"2.55","currency":"GBP","note":"x"}"#,
    ] {
        assert_eq!(json_money(refused), None, "{refused}");
    }
}

#[test]
fn a_unit_price_has_up_to_six_decimals() {
    assert_eq!(price("0.001").decimal(), "0.001");
    assert_eq!(price("2.5").decimal(), "2.50");
    assert_eq!(UnitPrice::parse("0.0000001", Currency::GBP), Err(MoneyError::TooManyDecimals { max: 6 }));
}

#[test]
fn a_split_needs_parts_and_something_to_split() {
    let pence = |minor| Money::from_minor(minor, Currency::GBP);
    assert_eq!(split_by_weight(pence(-1), &[1]), Err(MoneyError::OutOfRange));
    assert_eq!(split_by_weight(pence(1), &[]), Err(MoneyError::OutOfRange));
    assert_eq!(split_by_weight(pence(3), &[0, 0]), Ok(vec![pence(3), pence(0)]));
    assert_eq!(split_by_weight(pence(2), &[1, 1, 1]), Ok(vec![pence(1), pence(1), pence(0)]));
}

#[test]
fn a_rate_is_read_and_written_as_percent() {
    let percent = |text| BasisPoints::parse_percent(text).map(BasisPoints::get);
    assert_eq!(percent("12.5"), Ok(1_250));
    assert_eq!(percent("100"), Ok(10_000));
    assert_eq!(percent("0.01"), Ok(1));
    for wrong in ["100.01", "-1", "1.234", "ten", "", "700000"] {
        assert!(percent(wrong).is_err(), "{wrong}");
    }
    for text in ["0", "0.01", "12.5", "100"] {
        assert_eq!(BasisPoints::parse_percent(text).map(BasisPoints::percent).as_deref(), Ok(text));
    }
}

#[test]
fn a_slug_is_what_people_can_type() {
    for good in ["rice", "basmati-rice-5", "أرز-بسمتي", "برنج", "7up"] {
        assert_eq!(Slug::parse(good).map(|slug| slug.to_string()), Ok(good.to_owned()));
    }
    for bad in [
        "Rice",
        "rice ",
        "-rice",
        "rice-",
        "basmati--rice",
        "a/b",
        "a.b",
        "rice%20",
        "أَرز",
        "a\u{202e}b",
    ] {
        assert_eq!(Slug::parse(bad), Err(SlugError::Form), "{bad}");
    }
    assert_eq!(Slug::parse(""), Err(SlugError::Length));
    assert!(Slug::parse(&"ز".repeat(120)).is_ok());
    assert_eq!(Slug::parse(&"ز".repeat(121)), Err(SlugError::Length));
}

#[test]
fn a_slug_is_made_of_a_title() {
    let of = |title: &str| Slug::of(title).map(|slug| slug.to_string());
    assert_eq!(of("  Basmati RICE, 5 kg!").as_deref(), Some("basmati-rice-5-kg"));
    assert_eq!(of("Shop owner's tea").as_deref(), Some("shop-owners-tea"));
    assert_eq!(of("أَرُزّ بَسـمَتي").as_deref(), Some("أرز-بسمتي"));
    assert_eq!(of("Café crème").as_deref(), Some("café-crème"));
    assert_eq!(of("— !"), None);
    let long = Slug::of(&"word ".repeat(60)).unwrap();
    assert!(long.as_str().chars().count() <= Slug::MAX_CHARS && Slug::parse(long.as_str()).is_ok());
    let numbered = long.numbered(12);
    assert!(numbered.as_str().ends_with("-12") && Slug::parse(numbered.as_str()).is_ok());
}

proptest! {
    #[test]
    fn whatever_the_title_its_slug_is_one(title in "\\PC{0,200}", number in 2_u32..100_000) {
        if let Some(slug) = Slug::of(&title) {
            prop_assert_eq!(Slug::parse(slug.as_str()), Ok(slug.clone()));
            let numbered = slug.numbered(number);
            prop_assert_eq!(Slug::parse(numbered.as_str()), Ok(numbered.clone()));
        }
    }
}
