//! Literals as values that remember where they were written.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitChar, LitInt, LitStr, UnOp};

/// A whole number and its place.
#[derive(Clone)]
pub(crate) struct Number {
    pub(crate) value: i64,
    place: Expr,
}

impl ToTokens for Number {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.place.to_tokens(tokens);
    }
}

/// How many processes there are to be.
pub(crate) enum Count {
    /// `"cores"`: as many as the machine has.
    Cores,
    Number(Number),
}

pub(crate) fn text_of(value: &Expr) -> Option<LitStr> {
    match literal(value)? {
        Lit::Str(text) => Some(text.clone()),
        _ => None,
    }
}

pub(crate) fn char_of(value: &Expr) -> Option<LitChar> {
    match literal(value)? {
        Lit::Char(char) => Some(char.clone()),
        _ => None,
    }
}

pub(crate) fn number_of(value: &Expr) -> Option<Number> {
    let number = match peel(value) {
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => int_of(expr)?.checked_neg(),
        positive => int_of(positive),
    };
    Some(Number { value: number?, place: value.clone() })
}

pub(crate) fn count_of(value: &Expr) -> Option<Count> {
    match text_of(value) {
        Some(text) => (text.value() == "cores").then_some(Count::Cores),
        None => number_of(value).map(Count::Number),
    }
}

fn int_of(value: &Expr) -> Option<i64> {
    let int: &LitInt = match literal(value)? {
        Lit::Int(int) => int,
        _ => return None,
    };
    int.suffix().is_empty().then(|| int.base10_parse().ok()).flatten()
}

fn literal(value: &Expr) -> Option<&Lit> {
    match peel(value) {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        _ => None,
    }
}

/// `macro_rules!` passes literals on in invisible groups.
fn peel(value: &Expr) -> &Expr {
    match value {
        Expr::Group(group) => peel(&group.expr),
        _ => value,
    }
}
