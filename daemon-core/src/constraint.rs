//! What a value must be beyond its type: in a range, of a length, like a pattern.
//!
//! The macros write the constraints of a parameter or of a field, and name a type that carries them ([`Constrained`]).
//! They are checked when the value is read, whoever reads it: [`Checked`] reads a parameter, [`read_field`] a field. What
//! a JSON Schema says about them comes from the same words.
//!
//! Only generated code uses this.

#![allow(missing_docs)]

mod measure;
mod reading;

use std::fmt;
use std::sync::OnceLock;

use regex_lite::Regex;
use serde_json::Value;

use self::measure::Number;
pub use self::measure::{Matched, Measured, Ranged, Unit};
#[cfg(feature = "schema")]
pub use self::reading::describe_field;
pub use self::reading::{Checked, Constrained, read_field};

/// The constraints of values of the type `T`, named one after the other, for whoever wants to know them.
#[derive(Debug)]
pub struct Rules<'v, T> {
    purpose: Purpose<'v, T>,
}

/// What constraints are named for.
#[derive(Debug)]
enum Purpose<'v, T> {
    /// To check a value; after the first one that it breaks, the others do not matter.
    Check(&'v T, Result<(), Broken>),
    /// To describe them by keywords of JSON Schema.
    Describe(Vec<Keyword>),
}

/// A keyword of JSON Schema, with its value.
pub(crate) type Keyword = (&'static str, Value);

/// How a value breaks a constraint, in words that follow its name: `is 0; the least is 1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken(String);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<T> Rules<'_, T> {
    /// The number is not less than this.
    #[must_use]
    pub fn least(self, least: T::Number) -> Self
    where
        T: Ranged,
    {
        let low = |value: &T| value.number().filter(|number| *number < least);
        let check = |value: &T| low(value).map(|number| format!("is {number}; the least is {least}"));
        self.rule(check, || keyword("minimum", least))
    }

    /// The number is not more than this.
    #[must_use]
    pub fn most(self, most: T::Number) -> Self
    where
        T: Ranged,
    {
        let high = |value: &T| value.number().filter(|number| *number > most);
        let check = |value: &T| high(value).map(|number| format!("is {number}; the most is {most}"));
        self.rule(check, || keyword("maximum", most))
    }

    /// There are not fewer characters or items than this.
    #[must_use]
    pub fn shortest(self, least: usize) -> Self
    where
        T: Measured,
    {
        let check = length(move |length| length < least, ("the least is", least));
        self.rule(check, || keyword(T::UNIT.keywords()[0], least))
    }

    /// There are not more characters or items than this.
    #[must_use]
    pub fn longest(self, most: usize) -> Self
    where
        T: Measured,
    {
        let check = length(move |length| length > most, ("the most is", most));
        self.rule(check, || keyword(T::UNIT.keywords()[1], most))
    }

    /// There are exactly as many characters or items.
    #[must_use]
    pub fn exactly(self, count: usize) -> Self
    where
        T: Measured,
    {
        let check = length(move |length| length != count, ("it must have", count));
        let both = || T::UNIT.keywords().into_iter().flat_map(|name| keyword(name, count));
        self.rule(check, both)
    }

    /// The text matches.
    #[must_use]
    pub fn like(self, pattern: &Pattern) -> Self
    where
        T: Matched,
    {
        self.rule(
            |value| value.text().and_then(|text| pattern.mismatch(text)),
            || Some(("pattern", pattern.text.into())),
        )
    }

    /// Adds a constraint; `check` says how a value breaks it, if it does.
    fn rule<K: IntoIterator<Item = Keyword>>(
        mut self,
        check: impl FnOnce(&T) -> Option<String>,
        keywords: impl FnOnce() -> K,
    ) -> Self {
        match &mut self.purpose {
            Purpose::Check(value, outcome) if outcome.is_ok() => {
                *outcome = check(value).map_or(Ok(()), |how| Err(Broken(how)));
            }
            Purpose::Check(..) => {}
            Purpose::Describe(found) => found.extend(keywords()),
        }
        self
    }
}

/// Checks a length: `is_wrong` says whether it breaks the bound.
fn length<T: Measured>(
    is_wrong: impl FnOnce(usize) -> bool,
    (bound, number): (&str, usize),
) -> impl FnOnce(&T) -> Option<String> {
    move |value| {
        let length = value.length().filter(|length| is_wrong(*length))?;
        Some(format!("has {length} {}; {bound} {number}", T::UNIT.word(length)))
    }
}

/// Returns a keyword whose value is a number; `None` if JSON has no such number.
fn keyword(name: &'static str, number: impl Number) -> Option<Keyword> {
    Some((name, serde_json::from_str(&number.to_string()).ok()?))
}

/// A regular expression, which matches somewhere in a text; compiled when it is first needed.
#[derive(Debug)]
pub struct Pattern {
    text: &'static str,
    compiled: OnceLock<Result<Regex, regex_lite::Error>>,
}

impl Pattern {
    pub const fn new(text: &'static str) -> Self {
        Pattern { text, compiled: OnceLock::new() }
    }

    /// Returns why a text does not match; `None` if it does.
    fn mismatch(&self, text: &str) -> Option<String> {
        // The macro has compiled it before, with the same crate.
        match self.compiled.get_or_init(|| Regex::new(self.text)) {
            Ok(pattern) if pattern.is_match(text) => None,
            Ok(_) => Some(format!("does not match `{}`", self.text)),
            Err(error) => Some(format!("can't be compared with `{}`: {error}", self.text)),
        }
    }
}

#[cfg(test)]
mod tests;
