//! Numbers that have bounds.

use std::ops::RangeInclusive;

use crate::args::{Count, Number};
use crate::errors::Errors;

/// Reports a number outside a range; `advice` is the message.
pub(crate) fn check_range(
    number: Option<&Number>,
    range: RangeInclusive<i64>,
    advice: &str,
    errors: &mut Errors,
) {
    if let Some(number) = number.filter(|number| !range.contains(&number.value)) {
        errors.at(number, advice);
    }
}

/// Reports a niceness that the kernel does not support.
pub(crate) fn check_nice(number: Option<&Number>, errors: &mut Errors) {
    check_range(number, -20..=19, "a niceness is -20 (first served) to 19 (last)", errors);
}

/// Reports a number of processes that is zero or unreasonably large.
pub(crate) fn check_count(count: Option<&Count>, errors: &mut Errors) {
    if let Some(Count::Number(number)) = count {
        let advice =
            "there are 1 to 1024 processes: write `count = 4`, or `count = \"cores\"` for one a core";
        check_range(Some(number), 1..=1024, advice, errors);
    }
}
