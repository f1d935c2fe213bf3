//! A field with `#[metric]`, checked.

use proc_macro2::Ident;
use syn::{Attribute, Type};

use super::name::Taken;
use crate::errors::Errors;
use crate::features::{METRICS, require};
use crate::side::Side;
use crate::{model, spell};

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
        require(METRICS, &metric.place, errors);
        let (written, field) = (&metric.args.name, &metric.ident);
        let name = written.as_ref().map_or_else(|| spell::public(field), syn::LitStr::value);
        let mut bytes = name.bytes();
        let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
        if !bytes.next().is_some_and(is_letter) || !bytes.all(|byte| is_letter(byte) || byte.is_ascii_digit())
        {
            let message = "the name of a metric has letters, digits and `_`, and starts with no digit";
            match written {
                Some(written) => errors.at(written, message),
                None => errors.at(field, format!("{message}: write `#[metric(name = \"…\")]`")),
            }
            return None;
        }
        let new = taken.take(name.clone(), field, &metric.place, errors, |first| {
            format!("`{name}` is already the metric of `{first}`; write another name")
        });
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
