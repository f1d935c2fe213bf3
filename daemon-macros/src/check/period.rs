//! Durations written as text, such as `30s` or `1h 30m`.

use std::time::Duration;

use syn::LitStr;

use crate::errors::Errors;

/// Reads a duration, which may be zero.
pub(crate) fn duration(text: &LitStr, errors: &mut Errors) -> Option<Duration> {
    match humantime::parse_duration(&text.value()) {
        Ok(duration) => Some(duration),
        Err(_) => {
            errors
                .at(text, "this is not a duration; write one such as `\"30s\"`, `\"5min\"` or `\"1h 30m\"`");
            None
        }
    }
}

/// Reads the interval of something that repeats: not zero.
pub(crate) fn period(text: &LitStr, errors: &mut Errors) -> Option<Duration> {
    let period = duration(text, errors)?;
    if period.is_zero() {
        errors.at(text, "an interval must be longer than zero; write one such as `\"1s\"` or `\"50ms\"`");
    }
    Some(period)
}

/// Reads how long something may take: not zero.
pub(crate) fn longest(text: &LitStr, errors: &mut Errors) -> Option<Duration> {
    let longest = duration(text, errors)?;
    if longest.is_zero() {
        errors.at(text, "zero time is too short; write how long it may take, such as `\"5s\"`");
    }
    Some(longest)
}

/// Reads how many calls a caller may make in how much time.
pub(crate) fn rate(text: &LitStr, errors: &mut Errors) -> Option<(u32, Duration)> {
    let value = text.value();
    let read = value.split_once('/').and_then(|(calls, per)| {
        let calls = calls.trim().parse().ok().filter(|calls| *calls > 0)?;
        let per = per.trim();
        // A unit alone stands for one of it.
        let per = if per.starts_with(|first: char| first.is_ascii_digit()) {
            per.to_owned()
        } else {
            format!("1{per}")
        };
        Some((calls, humantime::parse_duration(&per).ok().filter(|per| !per.is_zero())?))
    });
    if read.is_none() {
        errors.at(
            text,
            "write how many calls in how much time, such as `\"10/s\"`, `\"100/min\"` or `\"1/5s\"`",
        );
    }
    read
}

/// Reads the first delay before a restart, and the longest one.
pub(crate) fn backoff((from, to): (LitStr, LitStr), errors: &mut Errors) -> Option<(Duration, Duration)> {
    let first = duration(&from, errors).inspect(|first| {
        if first.is_zero() {
            errors.at(
                &from,
                "without a delay it would be restarted without end; write one such as `\"100ms\"`",
            );
        }
    });
    let longest = duration(&to, errors);
    let (first, longest) = first.zip(longest)?;
    if first > longest {
        let advice =
            "the delay grows: write the first one, then the longest, as in `backoff(\"100ms\", \"30s\")`";
        errors.at(&to, advice);
    }
    Some((first, longest))
}
