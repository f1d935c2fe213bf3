//! The file: a program for each name, as a command or as a table with all that a service can have.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use daemon_core::service::{CommandLine, Service};
use daemon_core::{Error, Result};
use serde::Deserialize;
use toml::{Table, Value};

/// Reads the services of a file.
pub(crate) fn read(path: &Path) -> Result<BTreeMap<String, Service>> {
    let text = fs::read_to_string(path).map_err(|error| {
        let what = format!("cannot read `{}`; name another file with --file", path.display());
        Error::new(what).because(error)
    })?;
    let wrong = |error: String| Error::new(format!("`{}` is wrong: {error}", path.display()));
    let table: Table = text.parse().map_err(|error: toml::de::Error| wrong(error.to_string()))?;
    let named = |(name, value)| match service(value) {
        Ok(service) => Ok((name, service)),
        Err(error) => Err(wrong(format!("`{name}`: {}", error.message()))),
    };
    table.into_iter().map(named).collect()
}

fn service(value: Value) -> Result<Service, toml::de::Error> {
    match value {
        Value::String(_) => Ok(Service::new(CommandLine::deserialize(value)?.words())),
        _ => Service::deserialize(value),
    }
}
