//! Fractions: nothing is rounded but money, and that once.

use domain::{
    fixtures::{must, price, units},
    ratio::Ratio,
};
use proptest::prelude::*;

#[test]
fn a_fraction_is_kept_in_lowest_terms() {
    let half = must(Ratio::try_new(500, 1_000));
    assert_eq!((half.numerator(), half.denominator(), half.to_string().as_str()), (1, 2, "1/2"));
    assert_eq!(serde_json::to_string(&half).unwrap(), r#"{"numerator":1,"denominator":2}"#);
    assert_eq!(serde_json::from_str::<Ratio>(r#"{"numerator":2,"denominator":4}"#).unwrap(), half);
    for wrong in [
        r#"{"numerator":0,"denominator":1}"#,
        r#"{"numerator":1,"denominator":0}"#,
        r#"{"numerator":1}"#,
    ] {
        assert!(serde_json::from_str::<Ratio>(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn only_whole_base_units_are_counted() {
    let half = must(Ratio::try_new(1, 2));
    assert_eq!(half.in_base_units(units(3)), None);
    assert_eq!(half.in_base_units(units(4)), Some(units(2)));
    assert_eq!((half.whole_units(3), half.whole_units(-1)), (6, 0));
    let dozen = must(Ratio::try_new(12, 1));
    assert_eq!((dozen.in_base_units(units(2)), dozen.whole_units(35)), (Some(units(24)), 2));
    assert_eq!(dozen.in_base_units(units(u32::MAX)), None);
    assert_eq!(dozen.price_of(price("0.001")).unwrap().decimal(), "0.012");
    assert_eq!(must(Ratio::try_new(1, 3)).price_of(price("1")).unwrap().decimal(), "0.333333");
}

proptest! {
    #[test]
    fn units_and_base_units_come_to_the_same(n in 1..2_000_u32, d in 1..2_000_u32, count in 1..2_000_u32) {
        let ratio = must(Ratio::try_new(n, d));
        let exact = u64::from(count) * u64::from(n) % u64::from(d) == 0;
        let base = ratio.in_base_units(units(count));
        prop_assert_eq!(base.is_some(), exact);
        if let Some(base) = base {
            prop_assert_eq!(u64::from(base.get()) * u64::from(d), u64::from(count) * u64::from(n));
            prop_assert_eq!(ratio.whole_units(base.get().into()), i64::from(count));
        }
        let whole = ratio.whole_units(count.into());
        // No more than there is, and one more would be too many.
        prop_assert!(whole * i64::from(n) <= i64::from(count) * i64::from(d));
        prop_assert!((whole + 1) * i64::from(n) > i64::from(count) * i64::from(d));
    }

    #[test]
    fn a_price_is_rounded_by_half_a_millionth_at_most(micros in 0..9_000_000_i64, n in 1..500_u32, d in 1..500_u32) {
        let one = domain::money::UnitPrice::from_micros(micros, domain::money::Currency::GBP);
        let scaled = must(must(Ratio::try_new(n, d)).price_of(one));
        let error = i128::from(scaled.micros()) * i128::from(d) - i128::from(micros) * i128::from(n);
        prop_assert!(error.abs() * 2 <= i128::from(d), "{}", error);
    }
}
