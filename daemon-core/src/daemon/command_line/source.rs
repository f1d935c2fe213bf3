//! Where the text of a value comes from: the argument itself, a file (`@path`), or standard input (`-`).
//!
//! Values that are large or secret are better not in an argument, which every user of the machine can read.

use std::borrow::Cow;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read};

use crate::error::{Error, Result};

/// Marks an argument as a number for clap, which takes `-1` as one, but not `-1e-3`. No argument can contain it.
const NUMBER: char = '\0';

/// Marks an argument if it is a negative number that clap would take as an option.
pub(in crate::daemon) fn marked(argument: OsString) -> OsString {
    match argument.to_str() {
        Some(text) if is_negative_with_exponent(text) => format!("{NUMBER}{text}").into(),
        _ => argument,
    }
}

/// Removes the mark.
pub(super) fn unmarked(text: &str) -> &str {
    text.strip_prefix(NUMBER).unwrap_or(text)
}

fn is_negative_with_exponent(text: &str) -> bool {
    let digits =
        text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    digits && text.contains(['e', 'E']) && text.parse::<f64>().is_ok()
}

/// Reads values. Standard input can be the value of one of them.
#[derive(Default)]
pub(super) struct Sources {
    stdin_is_taken: bool,
}

impl Sources {
    /// Reads the text that an argument means. A leading `@` of the text itself is written `@@`.
    ///
    /// # Errors
    ///
    /// If it can't be read or is not UTF-8, or if standard input was read before.
    pub(super) fn read<'t>(&mut self, argument: &'t str) -> Result<Cow<'t, str>> {
        let argument = unmarked(argument);
        if argument == "-" {
            return self.stdin().map(Cow::Owned);
        }
        match argument.strip_prefix('@') {
            Some(text) if text.starts_with('@') => Ok(Cow::Borrowed(text)),
            Some(path) => file(path).map(Cow::Owned),
            None => Ok(Cow::Borrowed(argument)),
        }
    }

    fn stdin(&mut self) -> Result<String> {
        if std::mem::replace(&mut self.stdin_is_taken, true) {
            return Err(Error::usage("`-` is given twice, and standard input can be read only once"));
        }
        let mut text = String::new();
        let read = io::stdin().read_to_string(&mut text);
        read.map_err(|error| Error::usage("cannot read standard input").because(error))?;
        Ok(text)
    }
}

fn file(path: &str) -> Result<String> {
    let what = || format!("cannot read `{path}`; write `@@` for a text that begins with `@`");
    fs::read_to_string(path).map_err(|error| Error::usage(what()).because(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_clap_takes_as_options_are_marked() {
        for (argument, is_marked) in [
            ("-1e-3", true),
            ("-1.5E+3", true),
            ("-1", false),
            ("1e-3", false),
            ("-e", false),
            ("--1e-3", false),
            ("-1e", false),
            ("-inf", false),
        ] {
            let text = marked(argument.into()).into_string().unwrap();
            assert_eq!(text != argument, is_marked, "{argument}");
            assert_eq!(unmarked(&text), argument);
        }
    }
}
