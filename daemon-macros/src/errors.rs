//! The mistakes of one annotation, collected so that all of them are shown at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes found so far. Every stage adds to it and continues with what it could read.
#[derive(Default)]
pub(crate) struct Errors {
    found: Vec<syn::Error>,
}

impl Errors {
    /// Adds a mistake at the user's own tokens; the message says what to write.
    pub(crate) fn at(&mut self, place: impl ToTokens, message: impl Display) {
        self.add(syn::Error::new_spanned(place, message));
    }

    /// Adds a mistake that already has a span.
    pub(crate) fn add(&mut self, error: syn::Error) {
        self.found.push(error);
    }

    /// Returns how many mistakes were found so far.
    pub(crate) fn count(&self) -> usize {
        self.found.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }
}

/// Emits one `compile_error!` for each mistake, in source order.
impl ToTokens for Errors {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let mut found: Vec<&syn::Error> = self.found.iter().collect();
        found.sort_by_key(|error| position(error.span()));
        for error in found {
            error.to_compile_error().to_tokens(tokens);
        }
    }
}

/// Returns the line and column of a span; outside the compiler every span is in the same place.
fn position(span: Span) -> (usize, usize) {
    if proc_macro::is_available() {
        let span = span.unwrap();
        (span.line(), span.column())
    } else {
        (0, 0)
    }
}
