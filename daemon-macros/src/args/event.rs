//! The arguments of `#[on_signal(…)]`, `#[on(…)]` and `#[every(…)]`.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Attribute, Expr, ExprField, ExprPath, LitStr, Member};

use super::items;
use super::value::{Value, peel};
use crate::attributes;
use crate::errors::Errors;

/// The name of an event or a signal, as written.
pub(crate) type EventName = Ident;

/// Reads the names in `#[on_signal(SIGHUP, SIGUSR1)]`.
pub(crate) fn signals(attribute: &Attribute, errors: &mut Errors) -> Vec<EventName> {
    words(attribute, "write the names of signals, without quotes: `#[on_signal(SIGHUP, SIGUSR1)]`", errors)
}

/// Reads the list of names in the parentheses of an attribute; `advice` is the message if it is anything else.
pub(crate) fn words(attribute: &Attribute, advice: &str, errors: &mut Errors) -> Vec<EventName> {
    let Some(tokens) = attributes::arguments(attribute, errors) else {
        return Vec::new();
    };
    match items(tokens.clone()) {
        Some(names) if !names.is_empty() => names,
        Some(_) | None => {
            errors.at(place(attribute, tokens), advice);
            Vec::new()
        }
    }
}

/// The interval of a timer, as written.
pub(crate) enum Period {
    /// `"30s"`
    Text(LitStr),
    /// `period` or `settings.period`: the fields on the way from the state.
    Field(Vec<Member>),
}

/// Reads the interval in `#[every("30s")]` or `#[every(settings.period)]`.
pub(crate) fn period(attribute: &Attribute, errors: &mut Errors) -> Option<Period> {
    let tokens = attributes::arguments(attribute, errors)?;
    let value = syn::parse2::<Expr>(tokens.clone()).ok();
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
