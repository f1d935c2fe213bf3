//! What the services of a daemon are made from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::service::{Name, Service};

/// The services that a program declares, and the file that declares more.
pub(crate) struct ServicesConfig {
    /// Whether the daemon has services at all.
    pub(super) is_enabled: bool,
    pub(super) declared: BTreeMap<Name, Service>,
    pub(super) file: Option<PathBuf>,
    /// Whether outputs without a log go to /dev/null.
    pub(super) silent: bool,
    /// How many descriptors the daemon needs besides those for its services.
    pub(super) descriptors: u64,
}

impl ServicesConfig {
    /// Reads what a program declares: names, and services as JSON; `None` if it has no services.
    ///
    /// # Errors
    ///
    /// If something in it is wrong. The macros have checked it, as far as they can.
    pub(crate) fn new(
        declared: Option<&[(&str, &str)]>,
        file: Option<PathBuf>,
        silent: bool,
        descriptors: u64,
    ) -> Result<Self> {
        let is_enabled = declared.is_some();
        let read = |(name, json): &(&str, &str)| {
            let wrong = |why: String| Error::new(format!("the service `{name}` is declared wrongly: {why}"));
            let service = serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
            Ok((name.parse().map_err(wrong)?, service))
        };
        let declared = declared.unwrap_or_default().iter().map(read).collect::<Result<_>>()?;
        Ok(ServicesConfig { is_enabled, declared, file, silent, descriptors })
    }

    /// Adds a service of the daemon's own.
    ///
    /// # Errors
    ///
    /// If the program declares one of this name.
    #[cfg(feature = "nats")]
    pub(crate) fn add(&mut self, name: Name, service: Service) -> Result<()> {
        self.is_enabled = true;
        let text = name.to_string();
        match self.declared.insert(name, service) {
            None => Ok(()),
            Some(_) => Err(Error::new(format!(
                "a service is called `{text}`, as the daemon calls one of its own; give it another name"
            ))),
        }
    }
}
