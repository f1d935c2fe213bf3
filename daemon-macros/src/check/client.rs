//! The client that an impl block asks for, checked: its name, and how patient it is when it is discovered.

use std::ops::RangeInclusive;
use std::time::Duration;

use proc_macro2::Ident;
use quote::ToTokens;

use super::{number, period};
use crate::args::{self, Number};
use crate::errors::Errors;
use crate::features;
use crate::side::Side;

/// The client of a block.
pub(crate) struct Client {
    pub(crate) name: Ident,
    /// The lengths of time that are given, by the name of the setting.
    pub(crate) times: Vec<(&'static str, Duration)>,
    /// The numbers that are given.
    pub(crate) counts: Vec<(&'static str, u32)>,
}

impl Client {
    /// Checks the argument `client`; `None` if there is none, or it has no name.
    pub(super) fn check(written: &args::Client, side: Side, errors: &mut Errors) -> Option<Self> {
        let name = written.name.clone()?;
        features::require(features::CLIENT, &name, errors);
        let settings = &written.settings;
        let times =
            [("timeout", &settings.timeout), ("wait", &settings.wait), ("deadline", &settings.deadline)];
        let counts = [
            ("retries", &settings.retries, 0..=100),
            ("failures", &settings.failures, 1..=1000),
            ("connections", &settings.connections, 1..=1000),
        ];
        let mut checked = Client { name, times: Vec::new(), counts: Vec::new() };
        for (name, text) in times {
            let Some(text) = text else { continue };
            check_side(text, side, errors);
            checked.times.extend(period::longest(text, errors).map(|time| (name, time)));
        }
        for (name, count, range) in counts {
            let Some(count) = count else { continue };
            check_side(count, side, errors);
            checked.counts.extend(bounded(count, range, errors).map(|count| (name, count)));
        }
        Some(checked)
    }
}

fn check_side(setting: impl ToTokens, side: Side, errors: &mut Errors) {
    if side != Side::Daemon {
        errors.at(
            setting,
            format!(
                "only the client of a daemon is discovered; that of a {side} has no settings: leave it out"
            ),
        );
    }
}

fn bounded(count: &Number, range: RangeInclusive<i64>, errors: &mut Errors) -> Option<u32> {
    let advice = format!("this is a number from {} to {}", range.start(), range.end());
    number::check_range(Some(count), range, &advice, errors);
    u32::try_from(count.value).ok()
}
