//! A file of services, in TOML: `[service.NAME]` and `[descriptor.NAME]`.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::Service;
use super::descriptor::Descriptor;
use super::name::Name;
use super::order::check_order;
use crate::error::{Error, OrError, Result};

/// The most bytes of such a file.
const LONGEST: u64 = 16 * 1024 * 1024;

/// What a file declares.
#[derive(Debug, Default)]
pub(crate) struct ServiceFile {
    pub(crate) services: BTreeMap<Name, Service>,
    pub(crate) descriptors: BTreeMap<Name, Descriptor>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    #[serde(default)]
    service: BTreeMap<Name, Spanned<Service>>,
    #[serde(default)]
    descriptor: BTreeMap<Name, Descriptor>,
}

impl ServiceFile {
    /// Reads a file. Its services may need `others`, and replace those of the same names.
    ///
    /// # Errors
    ///
    /// If it can't be read, or something in it is wrong; the message has the line and the column.
    pub(crate) fn read(path: &Path, others: &BTreeMap<Name, Service>) -> Result<Self> {
        let what = || format!("cannot read the services in `{}`", path.display());
        let length = fs::metadata(path).or_error(what)?.len();
        if length > LONGEST {
            return Err(Error::new(format!("{}: it has {length} bytes; the limit is {LONGEST}", what())));
        }
        let text = fs::read_to_string(path).or_error(what)?;
        ServiceFile::parse(&text, others).map_err(|(place, reason)| {
            let place = place.map_or_else(String::new, |place| format!(", {}", position(&text, place.start)));
            Error::new(format!("{}{place}: {reason}", what()))
        })
    }

    fn parse(text: &str, others: &BTreeMap<Name, Service>) -> Result<Self, (Option<Range<usize>>, String)> {
        let tables: Tables =
            toml::from_str(text).map_err(|error| (error.span(), error.message().replace('\n', ", ")))?;
        let others = others.iter().map(|(name, service)| (&**name, service));
        let services = tables.service.iter().map(|(name, service)| (&**name, service.get_ref()));
        if let Err((name, reason)) = check_order(others.chain(services)) {
            return Err((tables.service.get(name).map(Spanned::span), reason));
        }
        Ok(ServiceFile {
            services: tables
                .service
                .into_iter()
                .map(|(name, service)| (name, service.into_inner()))
                .collect(),
            descriptors: tables.descriptor,
        })
    }
}

/// Returns a place in a text as people count it.
fn position(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}")
}
