//! The impl block under `#[daemon]`, checked: its methods, listeners, timers and hooks.

use proc_macro2::Span;
use syn::{Attribute, Type};

use super::function::{check_plain, check_receiver};
use super::method::Method;
use super::name::{Name, Taken};
use super::schedule::{self, Hook, Listener, Timer};
use crate::errors::Errors;
use crate::model;

/// The tables of a daemon.
pub(crate) struct Methods {
    pub(crate) ty: Type,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) methods: Vec<Method>,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) timers: Vec<Timer>,
    pub(crate) setup: Option<Hook>,
    pub(crate) teardown: Option<Hook>,
}

/// Checks an impl block under `#[daemon]`.
pub(crate) fn methods(model: &model::Methods, errors: &mut Errors) -> Methods {
    check_block(model, errors);
    let mut taken = Taken::new();
    let mut checked = Methods {
        ty: (*model.item.self_ty).clone(),
        conditions: model.conditions.clone(),
        methods: Vec::new(),
        listeners: Vec::new(),
        timers: Vec::new(),
        setup: schedule::hook("setup", &model.functions, errors),
        teardown: schedule::hook("teardown", &model.functions, errors),
    };
    for function in &model.functions {
        if function.annotated {
            check_plain(function, errors);
            check_receiver(function, errors);
        }
        checked.methods.extend(method(function, &mut taken, errors));
        checked.listeners.extend(schedule::listeners(function, errors));
        checked.timers.extend(schedule::timers(function, errors));
    }
    checked
}

fn method(function: &model::Function, taken: &mut Taken<Name>, errors: &mut Errors) -> Option<Method> {
    let Some(args) = &function.rpc else {
        for default in function.params.iter().filter_map(|param| param.default.as_ref()) {
            errors.at(
                default,
                "only the parameters of a method have defaults; write `#[rpc_method]` above the function",
            );
        }
        return None;
    };
    if let Some(daemon) = &args.daemon {
        errors.at(
            daemon,
            "`daemon = …` is for free functions; the block's own type is the daemon: leave it out",
        );
    }
    let state = function.receiver.as_ref().map_or_else(Span::call_site, |receiver| receiver.self_token.span);
    Some(Method::check(function, args, state, &function.params, taken, errors))
}

fn check_block(model: &model::Methods, errors: &mut Errors) {
    let item = &model.item;
    if !model.args.is_empty() {
        errors.at(
            &model.args,
            "these belong above the struct: write `#[daemon(…)]` there, and `#[daemon]` here",
        );
    }
    if let Some((path, _)) = &item.trait_ {
        errors.at(path, "methods are found in an inherent block: write `#[daemon]` above `impl Type { … }`");
    }
    if !item.generics.params.is_empty() {
        errors.at(&item.generics, "a daemon has no type parameters or lifetimes; name the types");
    }
}
