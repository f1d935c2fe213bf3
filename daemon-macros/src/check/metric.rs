//! A field with `#[metric]`, checked.

use proc_macro2::Ident;
use syn::{Attribute, Type};

use super::name::Taken;
use crate::errors::Errors;
use crate::features::{METRICS, require};
use crate::side::Side;
use crate::{model, spell};

/// The ending of counters.
const TOTAL: &str = "_total";
/// The endings that OpenMetrics gives to samples (OpenMetrics 1.0, section "Suffixes").
const ENDINGS: [&str; 7] = [TOTAL, "_created", "_info", "_bucket", "_count", "_sum", "_gcount"];

/// A field that is a metric.
pub(crate) struct Metric {
    pub(crate) field: Ident,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) ty: Type,
    pub(crate) name: String,
    pub(crate) doc: String,
    /// Whether it only grows.
    pub(crate) is_counter: bool,
}

impl Metric {
    /// Checks one field of the state of a daemon; in other structs there are none.
    pub(super) fn check(
        metric: model::Metric,
        side: Option<Side>,
        taken: &mut Taken<String>,
        errors: &mut Errors,
    ) -> Option<Self> {
        if side != Some(Side::Daemon) {
            errors.at(&metric.place, "metrics are fields of the state of a daemon: put it there");
            return None;
        }
        let name = name(&metric, errors)?;
        let new = taken.take(name.clone(), &metric.ident, &metric.place, errors, |first| {
            format!("`{name}` is already the metric of `{first}`; write another name")
        });
        if new {
            require(METRICS, &metric.place, errors);
        }
        new.then(|| Metric {
            name,
            doc: metric.doc,
            conditions: metric.conditions,
            is_counter: metric.args.counter.is_some(),
            field: metric.ident,
            ty: metric.ty,
        })
    }
}

/// Returns the name of a metric, without the ending that counters get.
fn name(metric: &model::Metric, errors: &mut Errors) -> Option<String> {
    let written = &metric.args.name;
    let name = written.as_ref().map_or_else(|| spell::public(&metric.ident), syn::LitStr::value);
    let mut bytes = name.bytes();
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    let is_name =
        bytes.next().is_some_and(is_letter) && bytes.all(|byte| is_letter(byte) || byte.is_ascii_digit());
    let ending = ENDINGS.iter().find(|ending| name.ends_with(**ending));
    let message = match (is_name, ending) {
        (false, _) => "the name of a metric has letters, digits and `_`, and starts with no digit".to_owned(),
        (true, Some(&TOTAL)) if metric.args.counter.is_some() => {
            return name.strip_suffix(TOTAL).map(str::to_owned);
        }
        (true, Some(ending)) => format!("`{ending}` is an ending of other kinds of metrics"),
        (true, None) => return Some(name),
    };
    match written {
        Some(written) => errors.at(written, message),
        None => errors.at(&metric.ident, format!("{message}: write `#[metric(name = \"…\")]`")),
    }
    None
}
