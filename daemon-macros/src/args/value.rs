//! The values of arguments, with their spans.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Expr, ExprLit, ExprPath, ExprUnary, Lit, LitChar, LitInt, LitStr, UnOp};

/// A type that an expression is read as.
pub(crate) trait Value: Sized {
    /// Returns `None` if it is of another kind.
    fn of(value: &Expr) -> Option<Self>;
}

/// An integer, and the expression it was read from.
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

/// A number of processes.
pub(crate) enum Count {
    /// `"cores"`: as many as the machine has cores.
    Cores,
    Number(Number),
}

impl Value for Expr {
    fn of(value: &Expr) -> Option<Self> {
        Some(value.clone())
    }
}

impl Value for ExprPath {
    fn of(value: &Expr) -> Option<Self> {
        match value {
            Expr::Path(path) => Some(path.clone()),
            _ => None,
        }
    }
}

/// A path that is one identifier.
impl Value for Ident {
    fn of(value: &Expr) -> Option<Self> {
        ExprPath::of(value)?.path.get_ident().cloned()
    }
}

impl Value for LitStr {
    fn of(value: &Expr) -> Option<Self> {
        match literal(value)? {
            Lit::Str(text) => Some(text.clone()),
            _ => None,
        }
    }
}

impl Value for LitChar {
    fn of(value: &Expr) -> Option<Self> {
        match literal(value)? {
            Lit::Char(char) => Some(char.clone()),
            _ => None,
        }
    }
}

impl Value for Number {
    fn of(value: &Expr) -> Option<Self> {
        let number = match peel(value) {
            Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => int_of(expr)?.checked_neg(),
            positive => int_of(positive),
        };
        Some(Number { value: number?, place: value.clone() })
    }
}

impl Value for Count {
    fn of(value: &Expr) -> Option<Self> {
        match LitStr::of(value) {
            Some(text) => (text.value() == "cores").then_some(Count::Cores),
            None => Number::of(value).map(Count::Number),
        }
    }
}

/// Returns the text of a number, a `bool` or a `char`, as a user types it.
pub(crate) fn text_of(value: &Expr) -> Option<String> {
    if let Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) = peel(value) {
        return text_of(expr).map(|text| format!("-{text}"));
    }
    match literal(value)? {
        Lit::Int(int) => Some(int.base10_digits().to_owned()),
        Lit::Float(float) => Some(float.base10_digits().to_owned()),
        Lit::Bool(bool) => Some(bool.value.to_string()),
        Lit::Char(char) => Some(char.value().to_string()),
        _ => None,
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

/// Removes the invisible groups in which `macro_rules!` passes literals.
pub(super) fn peel(value: &Expr) -> &Expr {
    match value {
        Expr::Group(group) => peel(&group.expr),
        _ => value,
    }
}
