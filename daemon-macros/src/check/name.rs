//! Names of daemons, workers, pools and methods: which are valid, and which are already used.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::LitStr;

use crate::errors::Errors;
use crate::spell;

/// The prefixes of the names of methods that the daemon provides itself.
pub(super) const RESERVED: [&str; 5] = ["rpc", "system", "daemon", "worker", "service"];

/// The name of a method.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Name {
    /// As it was written.
    Whole(String),
    /// Derived from the name of the function, under that of the daemon or the worker.
    Under(String),
}

impl Name {
    /// Returns the given name, or the one derived from the function.
    pub(crate) fn of(written: Option<&LitStr>, function: &Ident, errors: &mut Errors) -> Self {
        match written {
            Some(written) => Name::Whole(whole(written, errors)),
            None => Name::Under(spell::plain(function)),
        }
    }
}

/// Returns the name of a daemon: the given one, or that of its type.
pub(crate) fn daemon(written: Option<&LitStr>, ty: &Ident, errors: &mut Errors) -> String {
    match written {
        Some(written) => plain(written, "the name is used for files and methods", "echo", errors),
        None => of_type(ty),
    }
}

/// Returns the name of a worker: the given one, or that of its type.
pub(crate) fn worker(written: Option<&LitStr>, ty: &Ident, errors: &mut Errors) -> String {
    let name = match written {
        Some(written) => plain(written, "the name is used for processes and methods", "handyman", errors),
        None => of_type(ty),
    };
    unreserved(name, written, ty, errors)
}

/// Returns the name of a plugin: the given one, or that of its type.
pub(crate) fn plugin(written: Option<&LitStr>, ty: &Ident, errors: &mut Errors) -> String {
    let name = match written {
        Some(written) => plain(written, "the name is used for methods", "metrics", errors),
        None => of_type(ty),
    };
    unreserved(name, written, ty, errors)
}

fn unreserved(name: String, written: Option<&LitStr>, ty: &Ident, errors: &mut Errors) -> String {
    if RESERVED.contains(&name.as_str()) {
        let place = written.map_or_else(|| ty.to_token_stream(), ToTokens::to_token_stream);
        errors.at(
            place,
            format!(
                "methods under `{name}.` are the daemon's own; write another name: `name = \"my-{name}\"`"
            ),
        );
    }
    name
}

/// Returns the name of a pool.
pub(crate) fn pool(written: &LitStr, errors: &mut Errors) -> String {
    plain(written, "the name is used for processes", "pool", errors)
}

fn of_type(ty: &Ident) -> String {
    spell::words(&spell::plain(ty)).join("-")
}

/// Checks a name for use in files and processes; `names` says what it is used for, and `example` is for the message.
fn plain(written: &LitStr, names: &str, example: &str, errors: &mut Errors) -> String {
    let name = written.value();
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
    if !starts_well || name.contains(|char: char| !char.is_ascii_alphanumeric() && char != '-' && char != '_')
    {
        errors.at(
            written,
            format!("{names}: write a letter, then letters, digits, `-` or `_`, such as `\"{example}\"`"),
        );
    }
    name
}

/// Checks a method name that was written in full.
pub(crate) fn whole(written: &LitStr, errors: &mut Errors) -> String {
    let name = written.value();
    if name.is_empty() {
        errors.at(written, "a method needs a name: write one such as `\"my.echo\"`");
    } else if name.chars().any(|char| char.is_whitespace() || char.is_control()) {
        errors.at(
            written,
            "the name of a method has no spaces or control characters; write it like `\"my.echo\"`",
        );
    } else if let Some((prefix, _)) = name.split_once('.').filter(|(prefix, _)| RESERVED.contains(prefix)) {
        errors.at(
            written,
            format!("names that start with `{prefix}.` are the daemon's own; write another, such as `\"my.{name}\"`"),
        );
    }
    name
}

/// Finds names that are used twice.
pub(crate) struct Taken<N> {
    by: Vec<(N, String)>,
}

impl<N: PartialEq> Taken<N> {
    pub(crate) fn new() -> Self {
        Taken { by: Vec::new() }
    }

    /// Takes a name for `owner`, and returns whether that was possible. If another owner has it, reports that at `place`;
    /// `message` receives that owner.
    pub(crate) fn take(
        &mut self,
        name: N,
        owner: &Ident,
        place: impl ToTokens,
        errors: &mut Errors,
        message: impl Fn(&str) -> String,
    ) -> bool {
        if let Some((_, first)) = self.by.iter().find(|(taken, _)| *taken == name) {
            errors.at(place, message(first));
            return false;
        }
        self.by.push((name, spell::plain(owner)));
        true
    }
}
