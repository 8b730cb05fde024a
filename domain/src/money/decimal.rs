//! Decimal text to scaled integers and back, exactly.

use super::MoneyError;

/// Reads `-12.50` with at most `scale` decimals into units of 10^-scale. No exponent, no sign but `-`, no blanks.
pub(super) fn parse(text: &str, scale: u8) -> Result<i64, MoneyError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) {
        return Err(MoneyError::NotDecimal);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > usize::from(scale) {
        return Err(MoneyError::TooManyDecimals { max: scale });
    }
    let padding = usize::from(scale) - fraction.len();
    let mut units: i64 = 0;
    let zeros = std::iter::repeat_n(b'0', padding);
    // Counted downwards, since the least number has no positive counterpart.
    for digit in whole.bytes().chain(fraction.bytes()).chain(zeros) {
        units = units
            .checked_mul(10)
            .and_then(|u| u.checked_sub(i64::from(digit - b'0')))
            .ok_or(MoneyError::OutOfRange)?;
    }
    if negative {
        return Ok(units);
    }
    units.checked_neg().ok_or(MoneyError::OutOfRange)
}

/// Writes units of 10^-scale with at least `decimals` decimals, and no more than needed beyond them.
pub(super) fn format(units: i64, scale: u8, decimals: u8) -> String {
    // Every event holds many amounts, so this is written once, backwards, without any text in between.
    let (mut rest, mut place, scale) = (units.unsigned_abs(), 0, usize::from(scale));
    let mut reversed = String::with_capacity(scale + 24);
    while rest > 0 || place <= scale {
        let digit = u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        let is_needed =
            !reversed.is_empty() || digit > 0 || scale - place.min(scale) <= usize::from(decimals);
        if place == scale && !reversed.is_empty() {
            reversed.push('.');
        }
        if place >= scale || is_needed {
            reversed.push(char::from(b'0' + digit));
        }
        place += 1;
    }
    if units < 0 {
        reversed.push('-');
    }
    reversed.chars().rev().collect()
}

/// `numerator / denominator`, half to even. `denominator` is positive.
pub(super) fn divide_half_even(numerator: i128, denominator: i128) -> i128 {
    let quotient = numerator.div_euclid(denominator);
    let twice = numerator.rem_euclid(denominator) * 2;
    let up = twice > denominator || (twice == denominator && quotient.rem_euclid(2) == 1);
    quotient + i128::from(up)
}
