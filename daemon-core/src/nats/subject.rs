//! What a method is called on NATS, and which names and versions NATS takes.
//!
//! The rules are those of ADR-32 of NATS, "Service API": names are made of letters, digits, `-` and `_`; a version is one of
//! semver.org.

use crate::error::{Error, Result};

/// A method that is offered.
#[derive(Debug, Clone)]
pub(crate) struct Method {
    /// Its name on the daemon's own sockets.
    pub(crate) name: String,
    /// The first line of its help.
    pub(crate) help: String,
    pub(crate) read_only: bool,
}

impl Method {
    /// Returns a method of which only the name is known.
    pub(super) fn named(name: &str) -> Method {
        Method { name: name.to_owned(), help: String::new(), read_only: false }
    }

    /// Returns its subject: its name, below that of the daemon. `None` if a subject can't have this name.
    pub(super) fn subject(&self, daemon: &str) -> Option<String> {
        let is_token = |token: &str| {
            let wrong =
                |byte: u8| byte.is_ascii_whitespace() || byte.is_ascii_control() || b"*>".contains(&byte);
            !token.is_empty() && !token.bytes().any(wrong)
        };
        let is_below = self.name.strip_prefix(daemon).is_some_and(|rest| rest.starts_with('.'));
        self.name
            .split('.')
            .all(is_token)
            .then(|| if is_below { self.name.clone() } else { format!("{daemon}.{}", self.name) })
    }

    /// Returns the name of its endpoint.
    pub(super) fn endpoint(&self) -> String {
        let valid = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
        self.name.chars().map(|character| if valid(character) { character } else { '_' }).collect()
    }
}

/// Checks that NATS takes the name and the version of a daemon.
///
/// # Errors
///
/// If it does not.
pub(super) fn check(daemon: &str, version: &str) -> Result<()> {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if !daemon.bytes().all(valid) {
        return Err(Error::usage(format!(
            "cannot offer `{daemon}` on NATS: the name of a service has only letters, digits, `-` and `_`"
        )));
    }
    if !is_version(version) {
        return Err(Error::usage(format!(
            "cannot offer `{daemon}` on NATS: its version `{version}` is not one like 1.2.3; change `version` in Cargo.toml"
        )));
    }
    Ok(())
}

/// Whether a text is a version of semver.org: three numbers, and what may follow them.
fn is_version(text: &str) -> bool {
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let is_number = |number: &str| {
        let is_padded = number.len() > 1 && number.starts_with('0');
        !number.is_empty() && !is_padded && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-.+".contains(&byte);
    numbers.split('.').filter(|number| is_number(number)).count() == 3
        && numbers.split('.').count() == 3
        && rest.len() != 1
        && rest.bytes().all(is_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_has_its_subject_below_its_daemon() {
        let cases = [
            ("echo.say", Some("echo.say"), "echo_say"),
            ("my.echo", Some("echo.my.echo"), "my_echo"),
            ("echoes", Some("echo.echoes"), "echoes"),
            ("echo", Some("echo.echo"), "echo"),
            ("rpc.discover", Some("echo.rpc.discover"), "rpc_discover"),
            ("a..b", None, "a__b"),
            ("a.*", None, "a__"),
            ("a b", None, "a_b"),
            ("größe", Some("echo.größe"), "gr__e"),
        ];
        for (name, subject, endpoint) in cases {
            let method = Method::named(name);
            assert_eq!(
                (method.subject("echo").as_deref(), &*method.endpoint()),
                (subject, endpoint),
                "{name}"
            );
        }
    }

    #[test]
    fn only_versions_of_semver_are_taken() {
        for version in ["1.2.3", "0.0.0", "10.20.30-rc.1+build.7", "1.0.0+x"] {
            assert!(check("echo", version).is_ok(), "{version}");
        }
        for version in ["", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.x", "1.2.3-", "1.2.3 beta", "v1.2.3"] {
            assert!(check("echo", version).is_err(), "{version}");
        }
        assert!(check("my.echo", "1.2.3").is_err());
    }
}
