//! The constraints of a parameter or of a field: `range(…)`, `length(…)`, and a pattern.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Expr, LitStr};

use super::list::{Field, arguments};
use super::{Args, Given};
use crate::errors::Errors;

arguments! {
    /// The arguments of `range(…)`.
    #[derive(Clone)]
    Range {
        min: Option<Expr> = "min = 1",
        max: Option<Expr> = "max = 100",
    }
}

arguments! {
    /// The arguments of `length(…)`.
    #[derive(Clone)]
    Length {
        min: Option<Expr> = "min = 1",
        max: Option<Expr> = "max = 64",
        equal: Option<Expr> = "equal = 4",
    }
}

arguments! {
    /// The arguments of `regex(…)`, which is how schemars writes a pattern.
    Regex {
        pattern: Option<LitStr> = "pattern = \"^[a-z]+$\"",
    }
}

/// All constraints of a parameter or a field, as written.
#[derive(Clone, Default)]
pub(crate) struct Constraints {
    pub(crate) range: Option<Placed<Range>>,
    pub(crate) length: Option<Placed<Length>>,
    pub(crate) pattern: Option<LitStr>,
}

impl Constraints {
    /// Returns where the first one is, if there is one.
    pub(crate) fn place(&self) -> Option<TokenStream> {
        let range = self.range.as_ref().map(|range| range.place.to_token_stream());
        let length = || self.length.as_ref().map(|length| length.place.to_token_stream());
        range.or_else(length).or_else(|| self.pattern.as_ref().map(ToTokens::to_token_stream))
    }
}

/// The arguments of a constraint, and the word before them.
#[derive(Clone)]
pub(crate) struct Placed<T> {
    pub(crate) place: Ident,
    pub(crate) args: T,
}

/// A constraint with a list of arguments.
pub(crate) trait Listed: Sized {
    /// Reads the tokens in its parentheses.
    fn listed(tokens: TokenStream, errors: &mut Errors) -> Self;
}

impl Listed for Range {
    fn listed(tokens: TokenStream, errors: &mut Errors) -> Self {
        Range::read(tokens, errors)
    }
}

impl Listed for Length {
    fn listed(tokens: TokenStream, errors: &mut Errors) -> Self {
        Length::read(tokens, errors)
    }
}

impl<T: Listed> Field for Option<Placed<T>> {
    fn of(args: &mut Args<'_>, name: &str) -> Self {
        let arg = args.take(name)?;
        match arg.given {
            Given::List(list) if !list.is_empty() => {
                Some(Placed { place: arg.name, args: T::listed(list, args.errors) })
            }
            Given::Nothing | Given::Value(_) | Given::List(_) => {
                args.refuse(&arg);
                None
            }
        }
    }
}
