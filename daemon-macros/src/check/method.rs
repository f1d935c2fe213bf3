//! One method, checked: its name, who may call it, and its handler.

use std::time::Duration;

use syn::Attribute;

use super::command;
use super::example::Example;
use super::handler::Handler;
use super::name::{self, Name, Taken};
use super::period;
use super::process::Process;
use super::route::Route;
use super::subscription;
use crate::args::{self, Allowed, Number};
use crate::errors::Errors;
use crate::{features, model};

/// A valid method.
pub(crate) struct Method {
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) name: Name,
    pub(crate) aliases: Vec<String>,
    pub(crate) doc: String,
    pub(crate) deprecated: Option<String>,
    pub(crate) hidden: bool,
    pub(crate) call_only: bool,
    pub(crate) read_only: bool,
    pub(crate) idempotent: bool,
    pub(crate) destructive: bool,
    pub(crate) allow: Vec<Rule>,
    /// How many calls a caller may make in how much time.
    pub(crate) rate: Option<(u32, Duration)>,
    pub(crate) route: Option<Route>,
    pub(crate) process: Process,
    pub(crate) handler: Handler,
    pub(crate) examples: Vec<Example>,
}

/// A rule that admits callers of a method.
pub(crate) enum Rule {
    Owner,
    Root,
    Uid(u32),
    User(String),
    Gid(u32),
    Group(String),
    Token(String),
    AnyToken,
    Member,
}

const READ_ONLY_AND_DESTRUCTIVE: &str = "a method that is `read_only` changes nothing, so it cannot destroy anything; keep `read_only`, or \
     `destructive` if it may delete or stop something";

impl Method {
    /// Checks what `#[rpc_method]` says about a function, except what runs it and how it is called.
    pub(crate) fn check(
        function: &model::Function,
        args: &args::Method,
        process: Process,
        handler: Handler,
        taken: &mut Taken<Name>,
        errors: &mut Errors,
    ) -> Self {
        let ident = &function.signature.ident;
        subscription::check_process(&handler, &process, args, errors);
        let name = Name::of(args.name.as_ref(), ident, errors);
        let aliases: Vec<String> = args.aliases().map(|alias| name::whole(alias, errors)).collect();
        if !args.hidden && !args.call_only {
            command::check(args, errors);
        }
        if let (Some(_), Some(destructive)) = (&args.read_only, &args.destructive) {
            errors.at(destructive, READ_ONLY_AND_DESTRUCTIVE);
        }
        if let (Some(_), Some(idempotent)) = (&args.read_only, &args.idempotent) {
            errors.at(idempotent, "a method that is `read_only` may be called twice anyway; leave this out");
        }
        // Functions under `#[cfg]` may be alternatives to each other.
        if function.conditions.is_empty() {
            take_names(function, args, &name, taken, errors);
        }
        Method {
            conditions: function.conditions.clone(),
            name,
            aliases,
            doc: function.doc.clone(),
            deprecated: args.deprecated.clone().or_else(|| function.deprecated.clone()),
            hidden: args.hidden,
            call_only: args.call_only,
            read_only: args.read_only.is_some(),
            idempotent: args.idempotent.is_some(),
            destructive: args.destructive.is_some(),
            allow: args.allow.iter().filter_map(|allowed| rule(allowed, errors)).collect(),
            rate: args.rate.as_ref().and_then(|text| period::rate(text, errors)),
            route: Route::check(args, &handler, errors),
            process,
            examples: Example::check(function, &handler, errors),
            handler,
        }
    }
}

fn take_names(
    function: &model::Function,
    args: &args::Method,
    name: &Name,
    taken: &mut Taken<Name>,
    errors: &mut Errors,
) {
    let ident = &function.signature.ident;
    if let Some(written) = &args.name {
        taken.take(name.clone(), ident, written, errors, |first| already(&written.value(), first));
    } else {
        taken.take(name.clone(), ident, ident, errors, |first| already(&ident.to_string(), first));
    }
    for alias in args.aliases() {
        let name = Name::Whole(alias.value());
        taken.take(name, ident, alias, errors, |first| already(&alias.value(), first));
    }
}

fn already(name: &str, first: &str) -> String {
    format!("`{name}` is already a name of `{first}`; write another")
}

fn rule(allowed: &Allowed, errors: &mut Errors) -> Option<Rule> {
    match allowed {
        Allowed::Owner => Some(Rule::Owner),
        Allowed::Root => Some(Rule::Root),
        Allowed::Uid(uid) => id(uid, errors).map(Rule::Uid),
        Allowed::Gid(gid) => id(gid, errors).map(Rule::Gid),
        Allowed::User(name) => Some(Rule::User(name.value())),
        Allowed::Group(name) => Some(Rule::Group(name.value())),
        Allowed::Token(place, name) => {
            features::require(features::TOKENS, place, errors);
            Some(name.as_ref().map_or(Rule::AnyToken, |name| Rule::Token(name.value())))
        }
        Allowed::Member(place) => {
            features::require(features::TOKENS, place, errors);
            Some(Rule::Member)
        }
    }
}

fn id(number: &Number, errors: &mut Errors) -> Option<u32> {
    let id = u32::try_from(number.value).ok();
    if id.is_none() {
        errors.at(number, "the number of a user or group is 0 to 4294967295");
    }
    id
}
