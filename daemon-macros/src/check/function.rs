//! The requirements on every function that the daemon or a worker calls: plain, and on the state.

use quote::ToTokens;
use syn::{GenericParam, Receiver, ReceiverKind, ReturnType, Safety};

use crate::errors::Errors;
use crate::model::{Function, Param};
use crate::side::Side;
use crate::types;

/// A function that the loop calls by itself, and its parameters after the state.
pub(crate) struct Called<'f> {
    pub(crate) function: &'f Function,
    pub(crate) params: &'f [Param],
    /// How it takes the state, for messages.
    pub(crate) state: &'static str,
}

impl<'f> Called<'f> {
    /// A function of a block.
    pub(crate) fn method(function: &'f Function) -> Self {
        Called { function, params: &function.params, state: "`&mut self`" }
    }
}

/// Reports a function that can't be called.
pub(crate) fn check_plain(function: &Function, side: Side, errors: &mut Errors) {
    let signature = &function.signature;
    if let Some(word) = &signature.asyncness
        && (side == Side::Worker || function.rpc.is_none() || function.pooled())
    {
        errors.at(word, not_async(function, side.process()));
    }
    if let Safety::Unsafe(word) = &signature.safety {
        errors.at(
            word,
            format!("an `unsafe` function has conditions that the {side} does not know; write a safe one"),
        );
    }
    if let Some(generic) =
        signature.generics.params.iter().find(|param| !matches!(param, GenericParam::Lifetime(_)))
    {
        errors.at(generic, format!("the {side} calls it with the types that are written here: name them"));
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && let Some(found) = types::impl_trait(ty)
        && let Some(advice) = not_named(function)
    {
        errors.at(found, advice);
    }
}

/// Says what is wrong with an `impl Trait` that a function returns; `None` if it may.
fn not_named(function: &Function) -> Option<&'static str> {
    match function.stream() {
        Some(_) if function.beside() => None,
        Some(_) if function.pooled() => {
            Some("a stream belongs to the daemon's own process: leave `worker = …` out")
        }
        Some(_) | None => Some("name the type that it returns; `impl Trait` has no schema"),
    }
}

fn not_async(function: &Function, side: Side) -> String {
    if function.pooled() {
        return "it has a process to itself while it runs; leave `async` out".to_owned();
    }
    let instead =
        if function.rpc.is_some() { "take a `Reply<T>` and reply later" } else { "leave `async` out" };
    format!("it runs on the {side}'s loop and can't be `async`; {instead}")
}

/// Reports a receiver other than `&self` and `&mut self`.
pub(crate) fn check_receiver(function: &Function, side: Side, errors: &mut Errors) {
    let advice = format!("the state belongs to the {side}: write `&self` or `&mut self`");
    match &function.receiver {
        None => errors.at(
            &function.signature.ident,
            format!("it is called on the state: write `fn {}(&mut self, …)`", function.signature.ident),
        ),
        Some(Receiver { kind: ReceiverKind::Reference(..), .. }) => {}
        Some(receiver) => errors.at(receiver.to_token_stream(), advice),
    }
}

/// Reports what a method beside the loop can't have: the state.
pub(crate) fn check_handle(function: &Function, errors: &mut Errors) {
    if let Some(receiver) = &function.receiver {
        errors.at(
            receiver.to_token_stream(),
            "the state belongs to the loop, and this runs beside it: take `handle: Handle<Self>` instead, and run \
             closures on the state with it",
        );
    }
    if function.scheduled() {
        errors.at(&function.signature.ident, "listeners and timers run on the loop: write two functions");
    }
}

/// Reports what a method in a pool can't have: the state.
pub(crate) fn check_no_receiver(function: &Function, errors: &mut Errors) {
    if let Some(receiver) = &function.receiver {
        errors.at(
            receiver.to_token_stream(),
            "the state lives in another process than the pool: leave `self` out; the configuration can be taken \
             as `config: &Self`",
        );
    }
    if function.scheduled() {
        errors.at(
            &function.signature.ident,
            "a pool runs it, in another process than listeners and timers: write two functions",
        );
    }
}
