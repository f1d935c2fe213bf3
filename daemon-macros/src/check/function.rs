//! What every function that the daemon calls has to be: plain, and on the state.

use quote::ToTokens;
use syn::{GenericParam, Receiver, ReceiverKind, ReturnType, Safety};

use crate::errors::Errors;
use crate::model::Function;
use crate::types;

/// Reports what the daemon can't call.
pub(crate) fn check_plain(function: &Function, errors: &mut Errors) {
    let signature = &function.signature;
    if let Some(word) = &signature.asyncness {
        errors.at(
            word,
            "it runs on the daemon's loop and can't be `async`; take a `Reply<T>` and answer later",
        );
    }
    if let Safety::Unsafe(word) = &signature.safety {
        errors.at(
            word,
            "an `unsafe` function has promises to keep that the daemon does not know; write a safe one",
        );
    }
    if let Some(generic) =
        signature.generics.params.iter().find(|param| !matches!(param, GenericParam::Lifetime(_)))
    {
        errors.at(generic, "the daemon calls it with the types that are written here: name them");
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && let Some(found) = types::impl_trait(ty)
    {
        errors.at(found, "name the type that it returns; `impl Trait` has no schema");
    }
}

/// Reports a receiver other than `&self` and `&mut self`.
pub(crate) fn check_receiver(function: &Function, errors: &mut Errors) {
    let advice = "the state belongs to the daemon: write `&self` or `&mut self`";
    match &function.receiver {
        None => errors.at(
            &function.signature.ident,
            format!("it is called on the state: write `fn {}(&mut self, …)`", function.signature.ident),
        ),
        Some(Receiver { kind: ReceiverKind::Reference(..), .. }) => {}
        Some(receiver) => errors.at(receiver.to_token_stream(), advice),
    }
}
