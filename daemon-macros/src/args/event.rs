//! The arguments of `#[on_signal(…)]`, `#[on(…)]`, `#[every(…)]`, `#[before_call]` and `#[after_call]`.
//!
//! Above a free function, each may say which daemon it joins: `#[on(start, daemon = Echo)]`.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Attribute, Expr, ExprAssign, ExprField, ExprPath, LitStr, Member};

use super::items;
use super::list::Written;
use super::value::{Value, peel};
use crate::attributes;
use crate::errors::Errors;

/// The name of an event or a signal, as written.
pub(crate) type EventName = Ident;

/// The daemons that a free function joins, as its attributes say.
pub(crate) type Joins = Vec<Written<ExprPath>>;

/// Reads the names in `#[on_signal(SIGHUP, SIGUSR1)]`.
pub(crate) fn signals(attribute: &Attribute, joins: &mut Joins, errors: &mut Errors) -> Vec<EventName> {
    let advice = "write the names of signals, without quotes: `#[on_signal(SIGHUP, SIGUSR1)]`";
    words(attribute, advice, joins, errors)
}

/// Reads the list of names in the parentheses of an attribute; `advice` is the message if it is anything else.
pub(crate) fn words(
    attribute: &Attribute,
    advice: &str,
    joins: &mut Joins,
    errors: &mut Errors,
) -> Vec<EventName> {
    let Some(tokens) = attributes::arguments(attribute, errors) else {
        return Vec::new();
    };
    let names = without_daemon(&tokens, joins, errors)
        .and_then(|names| names.iter().map(Ident::of).collect::<Option<Vec<_>>>());
    match names {
        Some(names) if !names.is_empty() => names,
        Some(_) | None => {
            errors.at(place(attribute, tokens), advice);
            Vec::new()
        }
    }
}

/// Reads `#[before_call]` and `#[after_call]`, which have no arguments of their own.
pub(crate) fn alone(attribute: &Attribute, joins: &mut Joins, errors: &mut Errors) {
    let Some(tokens) = attributes::arguments(attribute, errors) else { return };
    if without_daemon(&tokens, joins, errors).is_none_or(|others| !others.is_empty()) {
        let name = attributes::name(attribute);
        errors.at(attribute, format!("it is called for every method: write `#[{name}]` alone"));
    }
}

/// Takes `daemon = Echo` out of a list; returns the others, or `None` if it is no list of expressions.
fn without_daemon(tokens: &TokenStream, joins: &mut Joins, errors: &mut Errors) -> Option<Vec<Expr>> {
    let mut others = Vec::new();
    for item in items::<Expr>(tokens.clone())? {
        match daemon(&item) {
            Some(daemon) => joins.push(join(daemon, errors)),
            None => others.push(item),
        }
    }
    Some(others)
}

/// Returns what is on the right of `daemon = …`; `None` if it is something else.
fn daemon(item: &Expr) -> Option<&Expr> {
    match item {
        Expr::Assign(ExprAssign { left, right, .. }) => {
            Ident::of(left).is_some_and(|name| name == "daemon").then_some(&**right)
        }
        _ => None,
    }
}

fn join(daemon: &Expr, errors: &mut Errors) -> Written<ExprPath> {
    let value = ExprPath::of(daemon);
    if value.is_none() {
        errors.at(daemon, "write `daemon = Echo`");
    }
    Written { given: true, value }
}

/// The interval of a timer, as written.
pub(crate) enum Period {
    /// `"30s"`
    Text(LitStr),
    /// `period` or `settings.period`: the fields on the way from the state.
    Field(Vec<Member>),
}

/// Reads the interval in `#[every("30s")]` or `#[every(settings.period)]`.
pub(crate) fn period(attribute: &Attribute, joins: &mut Joins, errors: &mut Errors) -> Option<Period> {
    let tokens = attributes::arguments(attribute, errors)?;
    let values = without_daemon(&tokens, joins, errors).unwrap_or_default();
    let value = <[Expr; 1]>::try_from(values).ok().map(|[value]| value);
    let text = value.as_ref().and_then(LitStr::of).map(Period::Text);
    let period = text.or_else(|| fields(value.as_ref()?).map(Period::Field));
    if period.is_none() {
        let advice = "write a duration in quotes, or the field that has it: `#[every(\"30s\")]`, `#[every(settings.period)]`";
        errors.at(place(attribute, tokens), advice);
    }
    period
}

/// Returns the fields of `settings.period`; `None` if it is something else.
fn fields(value: &Expr) -> Option<Vec<Member>> {
    match peel(value) {
        Expr::Field(ExprField { base, member, attrs, .. }) if attrs.is_empty() => {
            let mut fields = fields(base)?;
            fields.push(member.clone());
            Some(fields)
        }
        Expr::Path(ExprPath { path, qself: None, .. }) => {
            path.get_ident().map(|field| vec![Member::Named(field.clone())])
        }
        _ => None,
    }
}

/// Returns the arguments, or the attribute if there are none.
fn place(attribute: &Attribute, tokens: TokenStream) -> TokenStream {
    if tokens.is_empty() { attribute.to_token_stream() } else { tokens }
}
