//! A handler that sends items: it takes a `Subscription<T>`, and returns nothing, or a `Result` of nothing; or it returns
//! a stream.

use syn::{ReturnType, Type};

use super::handler::{Argument, Handler, Own, behind, check_no_argument};
use super::process::Process;
use super::returns::{Instead, Returns, check_result};
use super::wire;
use crate::errors::Errors;
use crate::{args, model, types};

const SUBSCRIPTION: Instead = Instead {
    name: "Subscription",
    pooled: "a pool runs it in another process: emit messages there, and send items from a listener",
    borrowed: "the handler keeps it: take the `Subscription` itself, without `&`",
    untyped: "write the type of the items: `Subscription<String>`",
    twice: "a call begins one subscription; take one `Subscription`",
};

/// Checks a parameter if it is a `Subscription`; `None` for any other. Its type is added to `subscriptions`.
#[allow(clippy::option_option)] // Whether it is such a parameter, and whether it is an argument.
pub(super) fn argument(
    input: &model::Param,
    own: Own<'_>,
    subscriptions: &mut Vec<Type>,
    errors: &mut Errors,
) -> Option<Option<Argument>> {
    let ty = &input.ty;
    if !types::is_named(behind(ty), SUBSCRIPTION.name) {
        return None;
    }
    check_no_argument(input, "a `Subscription` comes from the daemon; leave `#[param]` out", errors);
    let item = SUBSCRIPTION.check(ty, own, subscriptions, errors);
    Some(item.map(|item| {
        wire::check(item, errors);
        Argument::Subscription
    }))
}

/// Checks what a handler with a subscription returns.
pub(super) fn returns(
    subscription: &Type,
    output: &ReturnType,
    replies: &[Type],
    errors: &mut Errors,
) -> Returns {
    // One without a type has been reported.
    let item = types::inner(subscription, SUBSCRIPTION.name).unwrap_or(subscription).clone();
    if let Some(reply) = replies.first() {
        errors.at(
            reply,
            "a call has a `Reply` or a `Subscription`: its reply is the number of the subscription",
        );
    }
    let ty = match output {
        ReturnType::Type(_, ty) if !types::is_unit(ty) => types::nameless(ty),
        ReturnType::Type(..) | ReturnType::Default => return Returns::Items { item, ty: None },
    };
    if types::inner(&ty, "Result").is_some_and(types::is_unit) {
        check_result(&ty, errors);
        return Returns::Items { item, ty: Some(ty) };
    }
    errors.at(
        &ty,
        "the reply is the number of the subscription: return nothing, or `Result<(), E>` for a call that may fail",
    );
    Returns::Items { item, ty: None }
}

/// Checks the items of a stream that a handler returns.
pub(super) fn stream(item: &Type, errors: &mut Errors) -> Returns {
    let item = types::nameless(item);
    if types::is_named(&item, "Result") {
        check_result(&item, errors);
        let good = types::inner(&item, "Result").unwrap_or(&item).clone();
        return Returns::Stream { item: good, ty: Some(item) };
    }
    wire::check(&item, errors);
    Returns::Stream { item, ty: None }
}

/// Reports a handler with a subscription that runs where it can have none.
pub(super) fn check_process(handler: &Handler, process: &Process, args: &args::Method, errors: &mut Errors) {
    let (Returns::Items { item, .. } | Returns::Stream { item, .. }) = &handler.returns else { return };
    if let Process::Worker = process {
        errors.at(
            item,
            "subscriptions belong to the daemon: emit messages here, and send items from a listener there",
        );
    }
    if let Some(timeout) = &args.timeout {
        errors.at(timeout, "a subscription lasts as long as both sides want it; leave `timeout` out");
    }
}
