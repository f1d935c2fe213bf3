//! The struct under `#[daemon]`, checked: its name, its defaults, its flags.

use heck::ToKebabCase;
use proc_macro2::Ident;
use syn::{Attribute, LitStr};

use super::flag::{Flag, Forms};
use super::period;
use crate::args::{self, Limit, Number, number_of, text_of};
use crate::errors::Errors;
use crate::model::{self, Shape};
use crate::spell;

/// The limits that are durations; the others are numbers.
const DURATIONS: [&str; 4] = ["output_soft_time", "idle", "half_frame", "drain"];

/// A daemon's state that is fit to be described.
pub(crate) struct State {
    pub(crate) ident: Ident,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) sockets: Vec<LitStr>,
    pub(crate) pid_file: Option<LitStr>,
    pub(crate) mode: Option<Number>,
    pub(crate) nice: Option<Number>,
    pub(crate) umask: Option<Number>,
    pub(crate) limits: Vec<(String, String)>,
    pub(crate) flags: Vec<Flag>,
}

/// Checks a struct under `#[daemon]`.
pub(crate) fn state(model: model::State, errors: &mut Errors) -> State {
    check_shape(&model, errors);
    let args = model.args;
    check_settings(&args, errors);
    let mut forms = Forms::new();
    State {
        name: name(args.name.as_ref(), &model.ident, errors),
        ident: model.ident,
        conditions: model.conditions,
        doc: model.doc,
        limits: args.limits.iter().filter_map(|given| limit(given, errors)).collect(),
        sockets: args.sockets,
        pid_file: args.pid_file,
        mode: args.mode,
        nice: args.nice,
        umask: args.umask,
        flags: model.flags.into_iter().filter_map(|field| Flag::check(field, &mut forms, errors)).collect(),
    }
}

fn check_shape(model: &model::State, errors: &mut Errors) {
    let advice = "the state of a daemon is a struct with named fields: write";
    let example = format!("`struct {} {{ … }}`", model.ident);
    match &model.shape {
        Shape::Struct => {}
        Shape::Tuple(fields) => errors.at(fields, format!("{advice} {example}")),
        Shape::Enum(place) => errors.at(place, format!("{advice} {example}")),
        Shape::Union(place) => errors.at(place, format!("{advice} {example}")),
    }
    if !model.generics.params.is_empty() {
        errors.at(
            &model.generics,
            "a daemon has no type parameters or lifetimes: its one state lives as long as the process; name the types",
        );
    }
}

fn name(written: Option<&LitStr>, ident: &Ident, errors: &mut Errors) -> String {
    let Some(written) = written else {
        return spell::plain(ident).to_kebab_case();
    };
    let name = written.value();
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic());
    if !starts_well || name.contains(|char: char| !char.is_ascii_alphanumeric() && char != '-' && char != '_')
    {
        errors.at(
            written,
            "it names files and methods: write a letter, then letters, digits, `-` or `_`, such as `\"echo\"`",
        );
    }
    name
}

fn check_settings(args: &args::Daemon, errors: &mut Errors) {
    for socket in &args.sockets {
        check_socket(socket, errors);
    }
    if let Some(path) = args.pid_file.as_ref().filter(|path| !path.value().starts_with('/')) {
        errors.at(path, "a daemon leaves the directory it was started in: write the whole path, from `/` on");
    }
    check_range(
        args.mode.as_ref(),
        0..=0o777,
        "permission bits are 0 to 0o777, such as `mode = 0o660`",
        errors,
    );
    check_range(args.nice.as_ref(), -20..=19, "a niceness is -20 (first served) to 19 (last)", errors);
    check_range(args.umask.as_ref(), 0..=0o777, "a mask is 0 to 0o777, such as `umask = 0o027`", errors);
}

fn check_socket(socket: &LitStr, errors: &mut Errors) {
    let value = socket.value();
    let fits = match value.split_once(':') {
        Some(("unix", path)) => !path.trim_matches('/').is_empty(),
        Some(("tcp", host)) => host.strip_prefix("//").is_some_and(|host| !host.is_empty()),
        Some(_) | None => false,
    };
    if !fits {
        errors.at(socket, "write where to listen: `\"unix:/run/echo.sock\"` or `\"tcp://127.0.0.1:7000\"`");
    }
}

fn check_range(
    number: Option<&Number>,
    range: std::ops::RangeInclusive<i64>,
    message: &str,
    errors: &mut Errors,
) {
    if let Some(number) = number.filter(|number| !range.contains(&number.value)) {
        errors.at(number, message);
    }
}

/// A limit as the pair of texts that the daemon reads, like those of its configuration.
fn limit(given: &Limit, errors: &mut Errors) -> Option<(String, String)> {
    let name = given.name.to_string();
    let value = if DURATIONS.contains(&name.as_str()) {
        text_of(&given.value).map(|text| {
            period::duration(&text, errors);
            text.value()
        })
    } else {
        number_of(&given.value).filter(|number| number.value > 0).map(|number| number.value.to_string())
    };
    if value.is_none() {
        errors.at(&given.value, format!("write `{}`", given.example));
    }
    Some((name, value?))
}
