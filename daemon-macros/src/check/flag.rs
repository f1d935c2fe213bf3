//! A field with `#[flag]`, checked.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Attribute, LitStr, Type};

use super::flag_value;
use super::name::Taken;
use crate::args::{self, Short};
use crate::errors::Errors;
use crate::{model, spell, types};

/// The short forms of the daemon's own flags.
pub(super) const SHORTS: &str = "dfvqshV";
/// The long forms of the daemon's own flags, with those of features that are off.
pub(super) const LONGS: [&str; 25] = [
    "daemon",
    "foreground",
    "verbose",
    "quiet",
    "hardstart",
    "help",
    "version",
    "socket",
    "pidfile",
    "limit",
    "log",
    "timeout",
    "services",
    "nats",
    "nats-ca",
    "nats-cert",
    "nats-creds",
    "nats-key",
    "tokens",
    "token-file",
    "http-host",
    "tls-ca",
    "tls-cert",
    "tls-client-ca",
    "tls-key",
];

/// The forms of the option that `cycle` in `#[daemon]` adds.
pub(super) const CYCLE: (&str, char) = ("cycle", 'c');

/// A flag of the command line that sets a field.
pub(crate) struct Flag {
    pub(crate) field: Ident,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) arity: Arity,
    /// The type of one value.
    pub(crate) ty: Type,
    pub(crate) parser: Parser,
    pub(crate) long: String,
    pub(crate) short: Option<char>,
    pub(crate) doc: String,
    pub(crate) env: Option<LitStr>,
    pub(crate) default: Option<LitStr>,
    pub(crate) value_name: Option<String>,
    pub(crate) required: bool,
}

/// How many values a field holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arity {
    Switch,
    One,
    Option,
    Many,
}

/// How one value is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parser {
    Switch,
    Duration,
    Path,
    FromStr,
}

/// The short and long forms already used by other flags of the same struct.
pub(crate) struct Forms {
    longs: Taken<String>,
    shorts: Taken<char>,
}

impl Forms {
    pub(crate) fn new() -> Self {
        Forms { longs: Taken::new(), shorts: Taken::new() }
    }
}

impl Flag {
    pub(crate) fn check(field: model::Field, forms: &mut Forms, errors: &mut Errors) -> Option<Self> {
        let model::Field { args, doc, conditions, ident, ty } = field;
        let (arity, ty) = kind(&ty);
        let parser = Parser::of(ty);
        let default = args.default.as_ref().map(|default| &default.0);
        check_env(&args, errors);
        check_required(&args, arity, errors);
        flag_value::check_type(ty, errors);
        flag_value::check_default(default, ty, errors);
        Some(Flag {
            long: long(args.long.as_ref(), &ident, &mut forms.longs, errors),
            short: short(args.short.as_ref(), &ident, &mut forms.shorts, errors),
            value_name: value_name(args.value_name.as_ref(), arity, &ident),
            default: default.cloned(),
            env: args.env,
            required: args.required.is_some(),
            ty: ty.clone(),
            field: ident,
            conditions,
            arity,
            parser,
            doc,
        })
    }
}

/// Checks that no flag has a form of the option for a single cycle, in a daemon that has it.
pub(super) fn check_beside_cycle(flags: &[Flag], errors: &mut Errors) {
    let (long, short) = CYCLE;
    for flag in flags {
        if flag.short == Some(short) {
            errors.at(
                &flag.field,
                "`-c` is the option that `cycle` in `#[daemon]` adds; write another letter, or leave `cycle` out",
            );
        }
        if flag.long == long {
            errors.at(
                &flag.field,
                "`--cycle` is the option that `cycle` in `#[daemon]` adds; write another form: `#[flag(long = \
                 \"my-cycle\")]`, or leave `cycle` out",
            );
        }
    }
}

impl Parser {
    fn of(ty: &Type) -> Self {
        match types::last_segment(ty) {
            Some(segment) if segment.ident == "bool" => Parser::Switch,
            Some(segment) if segment.ident == "Duration" => Parser::Duration,
            Some(segment) if segment.ident == "PathBuf" => Parser::Path,
            Some(_) | None => Parser::FromStr,
        }
    }
}

fn kind(ty: &Type) -> (Arity, &Type) {
    if let Some(inner) = types::inner(ty, "Option") {
        return (Arity::Option, inner);
    }
    if let Some(inner) = types::inner(ty, "Vec") {
        return (Arity::Many, inner);
    }
    if types::is_named(ty, "bool") { (Arity::Switch, ty) } else { (Arity::One, ty) }
}

fn long(written: Option<&LitStr>, field: &Ident, taken: &mut Taken<String>, errors: &mut Errors) -> String {
    let (long, place) = match written {
        Some(written) => (written.value(), written.to_token_stream()),
        None => (spell::words(&spell::plain(field)).join("-"), field.to_token_stream()),
    };
    if !is_long(&long) {
        errors.at(&place, "write the long form without its dashes, in lower case: `long = \"prefix\"`");
    } else if LONGS.contains(&long.as_str()) {
        errors.at(
            &place,
            format!("`--{long}` is the daemon's own; write another form: `#[flag(long = \"my-{long}\")]`"),
        );
    } else {
        taken.take(long.clone(), field, place, errors, |first| {
            format!("`--{long}` is already the long form of `{first}`; write another: `long = \"…\"`")
        });
    }
    long
}

/// Whether a long form is written as clap expects it.
pub(super) fn is_long(long: &str) -> bool {
    long.starts_with(|first: char| first.is_ascii_lowercase())
        && long
            .chars()
            .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-' || char == '_')
}

fn short(
    written: Option<&Short>,
    field: &Ident,
    taken: &mut Taken<char>,
    errors: &mut Errors,
) -> Option<char> {
    let (short, place): (char, TokenStream) = match written? {
        Short::First(word) => (spell::public(field).chars().next()?, word.to_token_stream()),
        Short::Given(literal) => (literal.value(), literal.to_token_stream()),
    };
    if !short.is_ascii_alphanumeric() {
        errors.at(place, "a short form is one letter or digit: write `short = 'p'`");
    } else if SHORTS.contains(short) {
        errors
            .at(place, format!("`-{short}` is the daemon's own; write another letter, or leave `short` out"));
    } else {
        taken.take(short, field, place, errors, |first| {
            format!("`-{short}` is already the short form of `{first}`; write another: `short = '…'`")
        });
    }
    Some(short)
}

fn value_name(written: Option<&LitStr>, arity: Arity, field: &Ident) -> Option<String> {
    match (written, arity) {
        (Some(written), _) => Some(written.value()),
        (None, Arity::Switch) => None,
        (None, Arity::One | Arity::Option | Arity::Many) => {
            Some(spell::words(&spell::plain(field)).join("_").to_uppercase())
        }
    }
}

fn check_env(args: &args::Flag, errors: &mut Errors) {
    let Some(env) = &args.env else { return };
    let name = env.value();
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if !starts_well || name.contains(|char: char| !char.is_ascii_alphanumeric() && char != '_') {
        errors.at(
            env,
            "write the name of a variable: letters, digits and `_`, such as `env = \"ECHO_PREFIX\"`",
        );
    }
}

fn check_required(args: &args::Flag, arity: Arity, errors: &mut Errors) {
    let Some(required) = &args.required else { return };
    if args.default.is_some() {
        errors.at(required, "a flag with a default can't be required; leave out `required` or `default`");
    }
    match arity {
        Arity::One => {}
        Arity::Option => errors.at(required, "an `Option` can be left out; write the type without `Option`"),
        Arity::Many => {
            errors.at(required, "a `Vec` can be empty; leave out `required`, and check it at the start")
        }
        Arity::Switch => errors.at(required, "a switch is off when it is left out; leave out `required`"),
    }
}
