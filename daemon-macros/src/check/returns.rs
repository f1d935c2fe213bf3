//! How a handler replies: by what it returns, or through a `Reply<T>`.

use quote::ToTokens;
use syn::{ReturnType, Type};

use super::handler::{Argument, Own};
use super::wire;
use crate::errors::Errors;
use crate::types;

/// How a handler replies.
#[allow(clippy::large_enum_variant, reason = "there is one for each method, while it is compiled")]
pub(crate) enum Returns {
    /// It returns nothing.
    Nothing,
    /// It returns the result, of a plain type.
    Plain(Type),
    /// It returns the result, or a `Result` under another name.
    Named(Type),
    /// It returns a `Result`; `empty` if the success type is `()`.
    Fallible { ty: Type, empty: bool },
    /// It takes a `Reply<T>`; this is the whole type.
    Later(Type),
    /// It takes a `Subscription<T>`; `item` is the `T`, and `ty` its return type, a `Result`.
    Items { item: Type, ty: Option<Type> },
    /// It returns a stream of `item`; `ty` is the type of what the stream yields, if that is a `Result`.
    Stream { item: Type, ty: Option<Type> },
}

/// What a handler may take instead of returning a result, and what is said when it is taken in a wrong way.
pub(super) struct Instead {
    pub(super) name: &'static str,
    /// A pool runs the handler.
    pub(super) pooled: &'static str,
    /// It is taken by reference.
    pub(super) borrowed: &'static str,
    /// It has no type.
    pub(super) untyped: &'static str,
    /// It is taken twice.
    pub(super) twice: &'static str,
}

impl Instead {
    /// Checks a parameter of this type, and returns the type of what it sends. The type of the parameter is added to
    /// `taken`, unless no handler can take it.
    pub(super) fn check<'t>(
        &self,
        ty: &'t Type,
        own: Own<'_>,
        taken: &mut Vec<Type>,
        errors: &mut Errors,
    ) -> Option<&'t Type> {
        if matches!(own, Own::Config(_)) {
            errors.at(ty, self.pooled);
            return None;
        }
        if let Type::Reference(reference) = types::peel(ty) {
            errors.at(reference, self.borrowed);
            return None;
        }
        let sent = types::inner(ty, self.name);
        if sent.is_none() {
            errors.at(ty, self.untyped);
        } else if !taken.is_empty() {
            errors.at(ty, self.twice);
        }
        taken.push(ty.clone());
        sent
    }
}

const REPLY: Instead = Instead {
    name: "Reply",
    pooled: "return the result: a worker of a pool may take its time",
    borrowed: "a call is answered once: take the `Reply` itself, without `&`",
    untyped: "write the type of the result: `Reply<String>`",
    twice: "a call has one reply; take one `Reply`",
};

/// Checks a `Reply`; its type is added to `replies`.
pub(super) fn reply(
    ty: &Type,
    own: Own<'_>,
    replies: &mut Vec<Type>,
    errors: &mut Errors,
) -> Option<Argument> {
    let result = REPLY.check(ty, own, replies, errors)?;
    if types::is_named(result, "Result") {
        let both: Vec<String> = types::arguments(result).map(|ty| ty.to_token_stream().to_string()).collect();
        let both = both.join(", ");
        errors.at(result, format!("write `Reply<{both}>`, and reply with `reply.finish(…)`"));
    } else {
        wire::check(result, errors);
    }
    if let Some(error) = types::arguments(ty).nth(1) {
        check_error(error, errors);
    }
    Some(Argument::Reply)
}

/// Checks what a handler returns, given the types of its replies.
pub(super) fn returns(output: &ReturnType, replies: &[Type], errors: &mut Errors) -> Returns {
    let returned = match output {
        ReturnType::Type(_, ty) if !types::is_unit(ty) => Some(types::nameless(ty)),
        ReturnType::Type(..) | ReturnType::Default => None,
    };
    match (replies.first(), returned) {
        (Some(reply), None) => Returns::Later(reply.clone()),
        (Some(reply), Some(returned)) => {
            errors.at(&returned, "a handler that takes a `Reply` replies through it: return nothing");
            Returns::Later(reply.clone())
        }
        (None, None) => Returns::Nothing,
        (None, Some(ty)) if types::is_named(&ty, "Result") => {
            check_result(&ty, errors);
            let empty = types::inner(&ty, "Result").is_some_and(types::is_unit);
            Returns::Fallible { ty, empty }
        }
        (None, Some(ty)) if types::is_plain(&ty) => Returns::Plain(ty),
        (None, Some(ty)) => {
            wire::check(&ty, errors);
            Returns::Named(ty)
        }
    }
}

pub(super) fn check_result(ty: &Type, errors: &mut Errors) {
    let mut types = types::arguments(ty);
    if let Some(good) = types.next() {
        wire::check(good, errors);
    }
    if let Some(error) = types.next() {
        check_error(error, errors);
    }
}

fn check_error(error: &Type, errors: &mut Errors) {
    if types::is_unit(error) {
        errors.at(error, "`()` says nothing to the caller: write an error with a text, such as `String`");
    }
}
