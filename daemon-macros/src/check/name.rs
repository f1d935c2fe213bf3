//! Names on the wire: which are valid, which are taken.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::LitStr;

use crate::errors::Errors;
use crate::spell;

/// What the daemon answers itself.
const RESERVED: [&str; 4] = ["rpc.", "system.", "daemon.", "worker."];

/// The name of a method.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Name {
    /// As it was written.
    Whole(String),
    /// Made from the name of the function, behind that of the daemon.
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
    } else if let Some(prefix) = RESERVED.iter().find(|prefix| name.starts_with(**prefix)) {
        errors.at(
            written,
            format!("names that start with `{prefix}` are the daemon's own; write another, such as `\"my.{name}\"`"),
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
