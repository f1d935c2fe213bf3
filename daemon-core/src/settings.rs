//! The settings of a daemon: its own options, its limits and the user's flags, as rows of one kind.
//!
//! [`options`] and [`limits`] are the tables of the SDK; the macros write one for each struct with flags. [`layers`]
//! decides which value applies, and where it comes from. `daemon` reads the command line, and checks values that need
//! the network or files.

pub(crate) mod setting;
pub(crate) mod parse;
pub(crate) mod options;
pub(crate) mod limits;
pub(crate) mod layers;

use std::cell::RefCell;
use std::rc::Rc;

use self::layers::{Layer, Value};
use self::limits::{LIMITS, Limits};
use self::options::{Declared, Options};
use self::setting::{Setting, SettingSpec};
use crate::error::{Error, Result};

/// The value of every setting that has one, with its origin.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    values: Vec<Value>,
}

impl Settings {
    /// Resolves the SDK's own tables, for a daemon that declares this. [`apply`](Settings::apply) adds the user's flags.
    ///
    /// # Errors
    ///
    /// [`is_usage`](Error::is_usage) if a value is not of its kind; the message names its origin.
    pub(crate) fn resolve(layers: &[Layer<'_>], declared: Declared) -> Result<(Options, Settings)> {
        let (mut options, mut limits) = (Options::default(), Limits::unset());
        let mut settings = Settings { limits, values: Vec::new() };
        for table in options::tables(declared) {
            settings.apply(table, layers, &mut options).map_err(Error::usage)?;
        }
        settings.apply(LIMITS, layers, &mut limits).map_err(Error::usage)?;
        settings.limits = limits;
        Ok((options, settings))
    }

    /// Stores the values of a table in `target`. The error names the wrong value and its origin.
    pub(crate) fn apply<S>(
        &mut self,
        table: &'static [Setting<S>],
        layers: &[Layer<'_>],
        target: &mut S,
    ) -> Result<(), String> {
        table
            .iter()
            .try_for_each(|setting| self.add(&setting.spec, layers, |texts| (setting.set)(target, texts)))
    }

    /// Resolves one setting, and keeps its value if `set` accepts it.
    pub(crate) fn add(
        &mut self,
        spec: &'static SettingSpec,
        layers: &[Layer<'_>],
        set: impl FnOnce(&[String]) -> Result<(), String>,
    ) -> Result<(), String> {
        if let Some(value) = Value::resolve(spec, layers) {
            set(&value.texts).map_err(|reason| format!("{value}: {reason}"))?;
            self.values.push(value);
        }
        Ok(())
    }

    /// Returns the value of a setting, if it has one.
    pub(crate) fn value(&self, spec: &SettingSpec) -> Option<&Value> {
        self.values.iter().find(|value| value.spec.form == spec.form && value.spec.name == spec.name)
    }
}

/// The settings that are shared in the daemon's process. They are replaced as a whole.
#[derive(Debug, Clone)]
pub(crate) struct Shared(Rc<RefCell<Rc<Settings>>>);

impl Shared {
    pub(crate) fn new(settings: Settings) -> Self {
        Shared(Rc::new(RefCell::new(Rc::new(settings))))
    }

    /// Returns the current settings. Call this in each turn instead of keeping the result.
    pub(crate) fn get(&self) -> Rc<Settings> {
        Rc::clone(&self.0.borrow())
    }

    /// Whether these are the current settings.
    pub(crate) fn is_current(&self, settings: &Rc<Settings>) -> bool {
        Rc::ptr_eq(&self.0.borrow(), settings)
    }

    /// Replaces the settings. Code that still holds the old ones keeps them unchanged.
    #[cfg_attr(not(test), expect(dead_code, reason = "a reload will replace them"))]
    pub(crate) fn replace(&self, settings: Settings) {
        *self.0.borrow_mut() = Rc::new(settings);
    }
}

#[cfg(test)]
mod tests {
    use super::layers::Origin;
    use super::*;

    fn settings(origin: Origin, limit: &'static str, text: &'static str) -> Result<Settings> {
        let get = move |spec: &SettingSpec| (spec.name == limit).then(|| vec![text.to_owned()]);
        Settings::resolve(&[Layer::new(origin, get)], Declared::default()).map(|(_, settings)| settings)
    }

    #[test]
    fn a_setting_that_nobody_sets_has_the_default_of_its_table() {
        let settings = settings(Origin::CommandLine, "batch", "7").unwrap();
        let value = |name| {
            let row = LIMITS.iter().find(|row| row.spec.name == name).unwrap();
            let value = settings.value(&row.spec).unwrap();
            (value.texts.join(" "), value.origin)
        };
        assert_eq!(value("batch"), ("7".to_owned(), Origin::CommandLine));
        assert_eq!(value("frame"), ("1048576".to_owned(), Origin::Default));
        assert_eq!((settings.limits.batch, settings.limits.frame), (7, 1024 * 1024));
    }

    #[test]
    fn a_bad_value_is_refused_with_its_origin() {
        let refused = |origin, limit, text| settings(origin, limit, text).unwrap_err().to_string();
        for (origin, limit, text, message) in [
            (Origin::CommandLine, "frame", "x", "--limit frame=x: write a number above zero"),
            (Origin::CommandLine, "batch", "0", "--limit batch=0: write a number above zero"),
            (Origin::Declaration, "nesting", "129", "--limit nesting=129 (in `#[daemon(…)]`): "),
            (Origin::CommandLine, "idle", "30", "--limit idle=30: time unit needed"),
            (Origin::CommandLine, "timeout", "0s", "--timeout 0s: write a duration such as"),
            (Origin::CommandLine, "limit", "frame", "--limit frame: write NAME=VALUE"),
            (
                Origin::CommandLine,
                "limit",
                "=1",
                "--limit =1: there is no limit ``; there are frame, nesting",
            ),
        ] {
            let refused = refused(origin, limit, text);
            assert!(refused.starts_with(message), "{refused}");
        }
    }

    #[test]
    fn settings_are_exchanged_for_everybody_who_shares_them() {
        let shared = Shared::new(settings(Origin::CommandLine, "batch", "7").unwrap());
        let (other, held) = (shared.clone(), shared.get());
        shared.replace(settings(Origin::CommandLine, "batch", "8").unwrap());
        assert_eq!((held.limits.batch, other.get().limits.batch), (7, 8));
    }
}
