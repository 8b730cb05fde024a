use domain::{
    money::{Currency, Money, MoneyError, UnitPrice, split_by_weight},
    quantity::Quantity,
};
use proptest::prelude::*;

fn currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(Currency::ALL)
}

fn any_minor() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -1_000..=1_000_i64, Just(i64::MIN), Just(i64::MAX)]
}

/// Half to even by comparing the distances to the two neighbours.
fn half_even(numerator: i128, denominator: i128) -> i128 {
    let below = numerator.div_euclid(denominator);
    let (to_below, to_above) = (numerator - below * denominator, (below + 1) * denominator - numerator);
    match to_below.cmp(&to_above) {
        std::cmp::Ordering::Less => below,
        std::cmp::Ordering::Greater => below + 1,
        std::cmp::Ordering::Equal if below.rem_euclid(2) == 0 => below,
        std::cmp::Ordering::Equal => below + 1,
    }
}

proptest! {
    #[test]
    fn an_amount_reads_back_as_it_was_written(minor in any_minor(), currency in currency()) {
        let amount = Money::from_minor(minor, currency);
        prop_assert_eq!(Money::parse(&amount.decimal(), currency), Ok(amount));
        let json = serde_json::to_string(&amount).unwrap();
        prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), amount);
        let decimals = amount.decimal().split_once('.').map_or(0, |(_, decimals)| decimals.len());
        prop_assert_eq!(decimals, usize::from(currency.exponent()));
    }

    #[test]
    fn a_unit_price_reads_back_as_it_was_written(micros in any_minor(), currency in currency()) {
        let price = UnitPrice::from_micros(micros, currency);
        prop_assert_eq!(UnitPrice::parse(&price.decimal(), currency), Ok(price));
        let json = serde_json::to_string(&price).unwrap();
        prop_assert_eq!(serde_json::from_str::<UnitPrice>(&json).unwrap(), price);
    }

    #[test]
    fn no_text_makes_parsing_panic(text in ".{0,40}", currency in currency()) {
        if let Ok(amount) = Money::parse(&text, currency) {
            prop_assert_eq!(Money::parse(&amount.decimal(), currency), Ok(amount));
        }
    }

    #[test]
    fn a_total_is_rounded_once_half_to_even(micros in any_minor(), quantity in 1..=u32::MAX, currency in currency()) {
        let exact = i128::from(micros) * i128::from(quantity);
        let step = 10_i128.pow(u32::from(6 - currency.exponent()));
        let expected = i64::try_from(half_even(exact, step))
            .map(|minor| Money::from_minor(minor, currency))
            .map_err(|_| MoneyError::OutOfRange);
        let quantity = Quantity::new(quantity).expect("not zero");
        prop_assert_eq!(UnitPrice::from_micros(micros, currency).total(quantity), expected);
    }

    #[test]
    fn a_share_is_rounded_once_half_to_even(minor in any_minor(), part in 0..=1_000_u32, whole in 1..=1_000_u32) {
        let expected = i64::try_from(half_even(i128::from(minor) * i128::from(part), i128::from(whole)))
            .map(|minor| Money::from_minor(minor, Currency::EUR))
            .map_err(|_| MoneyError::OutOfRange);
        let whole = Quantity::new(whole).expect("not zero");
        prop_assert_eq!(Money::from_minor(minor, Currency::EUR).share(part, whole), expected);
    }

    #[test]
    fn a_split_sums_to_the_whole_and_each_part_is_within_a_unit_of_its_share(
        minor in 0..=i64::MAX,
        weights in prop::collection::vec(prop_oneof![0..=9_u64, any::<u64>()], 1..30),
    ) {
        let parts = split_by_weight(Money::from_minor(minor, Currency::USD), &weights).unwrap();
        prop_assert_eq!(parts.len(), weights.len());
        let sum: i128 = parts.iter().map(|part| i128::from(part.minor())).sum();
        prop_assert_eq!(sum, i128::from(minor));
        let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        if total > 0 {
            for (part, weight) in parts.iter().zip(&weights) {
                let floor = i128::from(minor) * i128::from(*weight) / total;
                prop_assert!((floor..=floor + 1).contains(&i128::from(part.minor())));
                prop_assert!(*weight > 0 || part.minor() == 0);
            }
        }
    }

    #[test]
    fn sums_and_differences_are_exact_or_refused(a in any_minor(), b in any_minor()) {
        let (left, right) = (Money::from_minor(a, Currency::IQD), Money::from_minor(b, Currency::IQD));
        let exact = |value: i128| {
            i64::try_from(value)
                .map(|minor| Money::from_minor(minor, Currency::IQD))
                .map_err(|_| MoneyError::OutOfRange)
        };
        prop_assert_eq!(left.checked_add(right), exact(i128::from(a) + i128::from(b)));
        prop_assert_eq!(left.checked_sub(right), exact(i128::from(a) - i128::from(b)));
        prop_assert_eq!(
            left.checked_add(Money::from_minor(b, Currency::USD)),
            Err(MoneyError::CurrencyMismatch)
        );
    }
}
