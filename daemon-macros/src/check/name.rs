//! Names of daemons, workers, pools and methods: which are valid, which are taken.

use heck::ToKebabCase;
use proc_macro2::Ident;
use quote::ToTokens;
use syn::LitStr;

use crate::errors::Errors;
use crate::spell;

/// What stands before the dot in the names of the methods that the daemon answers itself.
pub(super) const RESERVED: [&str; 4] = ["rpc", "system", "daemon", "worker"];

/// The name of a method.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Name {
    /// As it was written.
    Whole(String),
    /// Made from the name of the function, behind that of the daemon or the worker.
    Under(String),
}

impl Name {
    /// The name that was written, or else the one that the function gives.
    pub(crate) fn of(written: Option<&LitStr>, function: &Ident, errors: &mut Errors) -> Self {
        match written {
            Some(written) => Name::Whole(whole(written, errors)),
            None => Name::Under(spell::plain(function)),
        }
    }
}

/// The name of a daemon: the one that was written, or else that of its type.
pub(crate) fn daemon(written: Option<&LitStr>, ty: &Ident, errors: &mut Errors) -> String {
    match written {
        Some(written) => plain(written, "it names files and methods", "echo", errors),
        None => of_type(ty),
    }
}

/// The name of a worker: the one that was written, or else that of its type.
pub(crate) fn worker(written: Option<&LitStr>, ty: &Ident, errors: &mut Errors) -> String {
    let name = match written {
        Some(written) => plain(written, "it names processes and methods", "handyman", errors),
        None => of_type(ty),
    };
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

/// The name of a pool.
pub(crate) fn pool(written: &LitStr, errors: &mut Errors) -> String {
    plain(written, "it names processes", "pool", errors)
}

fn of_type(ty: &Ident) -> String {
    spell::plain(ty).to_kebab_case()
}

/// A name that is fit for files and processes; what it names, and an example, are for the message.
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

/// A name of a method that was written out.
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

/// Finds what is named twice.
pub(crate) struct Taken<N> {
    by: Vec<(N, String)>,
}

impl<N: PartialEq> Taken<N> {
    pub(crate) fn new() -> Self {
        Taken { by: Vec::new() }
    }

    /// Takes a name for `owner`. If somebody has it already, reports that at `place`; `message` is given who.
    pub(crate) fn take(
        &mut self,
        name: N,
        owner: &Ident,
        place: impl ToTokens,
        errors: &mut Errors,
        message: impl Fn(&str) -> String,
    ) {
        match self.by.iter().find(|(taken, _)| *taken == name) {
            Some((_, first)) => errors.at(place, message(first)),
            None => self.by.push((name, spell::plain(owner))),
        }
    }
}
