//! The methods that a console offers, and how a word leads to one of them. They come from introspection alone.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::client::Client;
use crate::daemon::command_line::callable::Callable;
use crate::daemon::command_line::failure::similar;
use crate::daemon::registry::is_built_in;
use crate::error::Result;
use crate::fault::{Fault, code};

/// A method of one of the daemons.
pub(super) struct Method {
    /// The index of the daemon.
    pub(super) member: usize,
    /// Its name in this console.
    pub(super) called: String,
    pub(super) callable: Callable,
    /// Whether its parameters are known.
    pub(super) is_described: bool,
}

/// The methods of all daemons.
#[derive(Default)]
pub(super) struct Methods(Vec<Method>);

/// What a word means.
pub(super) enum Found<'m> {
    One(&'m Method),
    /// It is the end of several names.
    Several(Vec<&'m str>),
    None,
}

#[derive(Deserialize)]
struct Document {
    methods: Vec<Value>,
    #[serde(default)]
    components: Components,
}

#[derive(Deserialize, Default)]
struct Components {
    #[serde(default)]
    schemas: Map<String, Value>,
}

impl Methods {
    /// Asks a daemon for its methods, and replaces those that are known of it. Their names begin with `prefix`, which may
    /// name an instance of the daemon: `kernel.say` of `kernel@blue` is `kernel@blue.say`.
    pub(super) fn learn(&mut self, member: usize, prefix: Option<&str>, client: &mut Client) -> Result<()> {
        let (callables, is_described) = ask(client)?;
        self.0.retain(|method| method.member != member);
        self.0.extend(callables.into_iter().map(|callable| Method {
            member,
            called: prefixed(prefix, &callable.name),
            callable,
            is_described,
        }));
        self.0.sort_by_key(|method| (is_built_in(&method.callable.name), method.member));
        Ok(())
    }

    /// Returns all, those that every daemon has last.
    pub(super) fn all(&self) -> impl Iterator<Item = &Method> {
        self.0.iter()
    }

    /// Returns all but those that every daemon has.
    pub(super) fn own(&self) -> impl Iterator<Item = &Method> {
        self.all().filter(|method| !is_built_in(&method.callable.name))
    }

    /// Finds a method by its name, or by the end of it, from a dot on, if that is unambiguous. The methods that every daemon
    /// has do not make a word ambiguous.
    pub(super) fn find(&self, word: &str) -> Found<'_> {
        if let Some(method) = self.all().find(|method| method.called == word) {
            return Found::One(method);
        }
        let is_end =
            |method: &&Method| method.called.strip_suffix(word).is_some_and(|start| start.ends_with('.'));
        let own: Vec<&Method> = self.own().filter(is_end).collect();
        let found = if own.is_empty() { self.all().filter(is_end).collect() } else { own };
        match found.as_slice() {
            [] => Found::None,
            [one] => Found::One(one),
            several => Found::Several(several.iter().map(|method| method.called.as_str()).collect()),
        }
    }

    /// Returns the name that is most like a word, among these and others.
    pub(super) fn similar<'m>(
        &'m self,
        word: &str,
        others: impl Iterator<Item = &'m str>,
    ) -> Option<&'m str> {
        similar(word, self.all().map(|method| method.called.as_str()).chain(others))
    }
}

fn prefixed(prefix: Option<&str>, name: &str) -> String {
    let Some(prefix) = prefix else { return name.to_owned() };
    let daemon = prefix.split('@').next().unwrap_or_default();
    let rest = name.strip_prefix(daemon).and_then(|rest| rest.strip_prefix('.'));
    format!("{prefix}.{}", rest.unwrap_or(name))
}

/// Returns what a daemon offers, and whether it describes it.
fn ask(client: &mut Client) -> Result<(Vec<Callable>, bool)> {
    let document: Document = match client.call("rpc.discover", &()) {
        Err(error) if error.fault().map(Fault::code) == Some(code::METHOD_NOT_FOUND) => {
            let names: Vec<String> = client.call("system.listMethods", &())?;
            return Ok((names.into_iter().map(Callable::named).collect(), false));
        }
        asked => asked?,
    };
    let schemas = &document.components.schemas;
    let methods = document.methods.iter().filter_map(|method| Callable::described(method, schemas));
    Ok((methods.collect(), true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn methods(names: &[&str]) -> Methods {
        let method = |name: &&str| Method {
            member: 0,
            called: (*name).to_owned(),
            callable: Callable::named((*name).to_owned()),
            is_described: true,
        };
        Methods(names.iter().map(method).collect())
    }

    #[test]
    fn with_several_daemons_each_name_says_whose_it_is() {
        for (prefix, name, expected) in [
            (None, "kernel.say", "kernel.say"),
            (Some("kernel"), "kernel.say", "kernel.say"),
            (Some("kernel@blue"), "kernel.say", "kernel@blue.say"),
            (Some("kernel"), "my.echo", "kernel.my.echo"),
            (Some("kernel"), "kernels.say", "kernel.kernels.say"),
            (Some("kernel"), "daemon.status", "kernel.daemon.status"),
        ] {
            assert_eq!(prefixed(prefix, name), expected);
        }
    }

    #[test]
    fn a_word_is_a_name_or_the_unambiguous_end_of_one() {
        let methods =
            methods(&["my.echo", "note.keep", "other.keep", "note.status", "daemon.status", "echo.x"]);
        for (word, expected) in [
            ("my.echo", "my.echo"),
            ("echo", "my.echo"),
            ("keep", "note.keep|other.keep"),
            ("note.keep", "note.keep"),
            ("status", "note.status"),
            ("daemon.status", "daemon.status"),
            ("cho", ""),
            ("", ""),
        ] {
            let found = match methods.find(word) {
                Found::One(method) => method.called.clone(),
                Found::Several(names) => names.join("|"),
                Found::None => String::new(),
            };
            assert_eq!(found, expected, "{word}");
        }
        assert_eq!(methods.similar("my.ecko", ["help"].into_iter()), Some("my.echo"));
        assert_eq!(methods.similar("hepl", ["help"].into_iter()), Some("help"));
    }
}
