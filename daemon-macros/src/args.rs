//! The first stage: reads the arguments in the parentheses of an attribute, as values with their spans.
//!
//! Each attribute has one list of its arguments with an example of each, from which [`list`] makes a struct and a
//! [`Grammar`]. Messages take their examples from there. Only the form is checked here; [`check`](crate::check) checks
//! the values.

mod block;
mod constraint;
mod daemon;
mod event;
mod example;
mod fault;
mod flag;
mod list;
mod method;
mod metric;
mod plugin;
mod pool;
mod service;
mod value;
mod worker;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Token, parenthesized, token};

pub(crate) use self::block::{Block, Client};
pub(crate) use self::constraint::{Constraints, Length, Placed, Range, Regex};
#[cfg(test)]
pub(crate) use self::daemon::LIMITS;
pub(crate) use self::daemon::{Daemon, Limit};
pub(crate) use self::event::{EventName, Joins, Period, alone, period, signals, words};
pub(crate) use self::example::Example;
pub(crate) use self::fault::{Field as FaultField, Variant as FaultVariant};
pub(crate) use self::flag::{Flag, Short};
pub(crate) use self::list::Argument;
pub(crate) use self::list::{Bare, Written};
pub(crate) use self::method::{Allowed, Method, Param};
pub(crate) use self::metric::Metric;
pub(crate) use self::plugin::Plugin;
pub(crate) use self::pool::Pool;
pub(crate) use self::service::{
    GIVEN_UP, LOG, READY, RECYCLE, RESOURCES, SCHEDULE, SERVICE, Service, Services,
};
pub(crate) use self::value::{Count, Number, Value, text_of};
pub(crate) use self::worker::{Recycle, Worker};
use crate::errors::Errors;
use crate::spell;

/// The arguments that an attribute accepts.
pub(crate) struct Grammar {
    /// What a message calls one of them, such as `argument` or `limit`.
    pub(crate) what: &'static str,
    /// Each argument's name, with an example of how to write it.
    pub(crate) known: &'static [(&'static str, &'static str)],
    /// The arguments that may be given more than once.
    pub(crate) repeats: &'static [&'static str],
}

impl Grammar {
    fn names(&self) -> Vec<&'static str> {
        self.known.iter().map(|(name, _)| *name).collect()
    }

    pub(crate) fn example(&self, name: &str) -> &'static str {
        self.known.iter().find(|(known, _)| *known == name).map_or("", |(_, example)| example)
    }
}

/// One argument: `name`, `name = value` or `name(…)`.
pub(crate) struct Arg {
    pub(crate) name: Ident,
    pub(crate) given: Given,
}

/// What follows the name of an argument.
pub(crate) enum Given {
    Nothing,
    Value(Expr),
    List(TokenStream),
}

impl ToTokens for Arg {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.given {
            Given::Value(value) => value.to_tokens(tokens),
            Given::List(list) if !list.is_empty() => list.to_tokens(tokens),
            Given::Nothing | Given::List(_) => self.name.to_tokens(tokens),
        }
    }
}

/// The arguments of one attribute. Unknown and duplicate ones are reported and left out.
pub(crate) struct Args<'e> {
    pub(crate) grammar: &'static Grammar,
    pub(crate) errors: &'e mut Errors,
    found: Vec<Arg>,
}

impl<'e> Args<'e> {
    /// Reads all arguments; after a mistake, continues after the next comma.
    pub(crate) fn read(tokens: TokenStream, grammar: &'static Grammar, errors: &'e mut Errors) -> Self {
        let mut args = Args { grammar, errors, found: Vec::new() };
        let all = |input: ParseStream<'_>| {
            while !input.is_empty() {
                args.read_one(input)?;
            }
            Ok(())
        };
        if let Err(error) = all.parse2(tokens) {
            args.errors.add(error);
        }
        args
    }

    /// Reads arguments that may have any name.
    pub(crate) fn read_any(tokens: TokenStream, grammar: &'static Grammar, errors: &'e mut Errors) -> Self {
        let mut args = Args::read(TokenStream::new(), grammar, errors);
        let all = |input: ParseStream<'_>| {
            while !input.is_empty() {
                let arg = args.arg(input)?;
                args.found.push(arg);
                input.parse::<Option<Token![,]>>()?;
            }
            Ok(())
        };
        if let Err(error) = all.parse2(tokens) {
            args.errors.add(error);
        }
        args
    }

    fn read_one(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        match self.arg(input) {
            Ok(arg) => self.admit(arg),
            Err(error) => {
                self.errors.add(error);
                skip_to_comma(input)?;
            }
        }
        if !input.is_empty() && !input.peek(Token![,]) {
            self.errors.add(input.error("expected `,` between two arguments"));
            skip_to_comma(input)?;
        }
        input.parse::<Option<Token![,]>>().map(drop)
    }

    fn arg(&self, input: ParseStream<'_>) -> syn::Result<Arg> {
        if !input.peek(Ident::peek_any) {
            let example = self.grammar.known.first().map_or("", |(_, example)| example);
            let known = spell::list(self.grammar.names());
            return Err(input.error(format!("write the name first, as in `{example}`; there are {known}")));
        }
        let name = input.call(Ident::parse_any)?;
        let given = if input.peek(token::Paren) {
            let list;
            parenthesized!(list in input);
            Given::List(list.parse()?)
        } else if let Some(equals) = input.parse::<Option<Token![=]>>()? {
            self.value(&name, equals, input)?
        } else {
            Given::Nothing
        };
        Ok(Arg { name, given })
    }

    fn value(&self, name: &Ident, equals: Token![=], input: ParseStream<'_>) -> syn::Result<Given> {
        let example = self.grammar.example(&name.to_string());
        let missing = format!("the value is missing: write `{example}`");
        if input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new_spanned(equals, missing));
        }
        input.parse().map(Given::Value)
    }

    fn admit(&mut self, arg: Arg) {
        let name = arg.name.to_string();
        if !self.grammar.names().contains(&name.as_str()) {
            let unknown = || spell::unknown(self.grammar.what, &name, &self.grammar.names());
            self.errors.at(&arg.name, elsewhere(&name).map_or_else(unknown, str::to_owned));
        } else if !self.grammar.repeats.contains(&name.as_str())
            && self.found.iter().any(|found| found.name == name)
        {
            self.errors.at(&arg.name, format!("`{name}` is given twice; leave one out"));
        } else {
            self.found.push(arg);
        }
    }

    /// Takes all arguments, in the order in which they were written.
    pub(crate) fn all(&mut self) -> Vec<Arg> {
        std::mem::take(&mut self.found)
    }

    /// Whether an argument with this name was given, even in a wrong form.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.found.iter().any(|arg| arg.name == name)
    }

    /// Takes the argument with this name, if it was given.
    pub(crate) fn take(&mut self, name: &str) -> Option<Arg> {
        let index = self.found.iter().position(|arg| arg.name == name)?;
        Some(self.found.remove(index))
    }

    /// Takes the argument with this name and reads it; reports it if it has another form.
    pub(crate) fn read_as<T: Argument>(&mut self, name: &str) -> Option<T> {
        let arg = self.take(name)?;
        let value = T::read(&arg);
        if value.is_none() {
            match T::advice(&arg) {
                Some(advice) => self.errors.at(&arg, advice),
                None => self.refuse(&arg),
            }
        }
        value
    }

    /// Reports an argument that is not written like its example.
    pub(crate) fn refuse(&mut self, arg: &Arg) {
        let example = self.grammar.example(&arg.name.to_string());
        self.errors.at(arg, format!("write `{example}`"));
    }

    /// Takes the argument `name(…)`, and reads its list by a separate grammar.
    pub(crate) fn nested(&mut self, name: &str, grammar: &'static Grammar) -> Option<Args<'_>> {
        let arg = self.take(name)?;
        self.within(arg, grammar)
    }

    /// Reads the list of an argument by a separate grammar; reports the argument if it has no list.
    pub(crate) fn within(&mut self, arg: Arg, grammar: &'static Grammar) -> Option<Args<'_>> {
        match arg.given {
            Given::List(list) if !list.is_empty() => Some(Args::read(list, grammar, self.errors)),
            Given::Nothing | Given::Value(_) | Given::List(_) => {
                self.refuse(&arg);
                None
            }
        }
    }
}

/// Returns where to write what some people look for among the arguments.
fn elsewhere(name: &str) -> Option<&'static str> {
    match name {
        "version" => {
            Some("the version is that of the crate: leave it out here, and set `version` in Cargo.toml")
        }
        "help" | "about" | "doc" | "description" | "summary" => {
            Some("the doc comment above it is its help: write `/// …` there, and leave this out")
        }
        _ => None,
    }
}

/// Reads a comma-separated list; `None` if an item is of another kind.
pub(crate) fn items<T: Parse>(tokens: TokenStream) -> Option<Vec<T>> {
    let list = Punctuated::<T, Token![,]>::parse_terminated.parse2(tokens).ok()?;
    Some(list.into_iter().collect())
}

fn skip_to_comma(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<TokenTree>()?;
    }
    Ok(())
}
