//! Splitting an amount exactly: the parts always sum to the whole.

use super::{Money, MoneyError};

/// Splits `whole` over `weights` by largest remainder; ties go to the earlier part. With all weights zero, the
/// first part takes it all.
///
/// # Errors
/// When `whole` or a weight is negative, there is no weight, or a sum does not fit.
pub fn split_by_weight(whole: Money, weights: &[u64]) -> Result<Vec<Money>, MoneyError> {
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if whole.is_negative() || weights.is_empty() {
        return Err(MoneyError::OutOfRange);
    }
    let minor = i128::from(whole.minor());
    let mut parts: Vec<i128> = Vec::with_capacity(weights.len());
    let mut remainders: Vec<(i128, usize)> = Vec::with_capacity(weights.len());
    for (index, weight) in weights.iter().enumerate() {
        let product = minor.checked_mul(i128::from(*weight)).ok_or(MoneyError::OutOfRange)?;
        parts.push(product.checked_div(total).unwrap_or(0));
        remainders.push((product.checked_rem(total).unwrap_or(0), index));
    }
    let mut left = minor - parts.iter().sum::<i128>();
    if total == 0 {
        if let Some(first) = parts.first_mut() {
            *first = left;
        }
        left = 0;
    }
    remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, index) in remainders {
        if left == 0 {
            break;
        }
        if let Some(part) = parts.get_mut(index) {
            *part += 1;
            left -= 1;
        }
    }
    parts
        .into_iter()
        .map(|part| {
            i64::try_from(part)
                .map(|part| Money::from_minor(part, whole.currency()))
                .map_err(|_| MoneyError::OutOfRange)
        })
        .collect()
}
