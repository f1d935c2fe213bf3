//! The impl block under `#[daemon]` or `#[worker]`, checked: its methods, listeners, timers and hooks.

use proc_macro2::{Ident, Span};
use syn::{Attribute, Type};

use super::call_hook::{self, CallHook};
use super::example;
use super::function::{check_handle, check_no_receiver, check_plain, check_receiver};
use super::handler::{Handler, Own, is_daemon};
use super::method::Method;
use super::name::{Name, Taken};
use super::process::Process;
use super::schedule::{self, Hook, Listener, Setup, Timer};
use crate::errors::Errors;
use crate::side::Side;
use crate::{features, model, types};

/// The tables of a daemon or of a worker.
pub(crate) struct Methods {
    pub(crate) side: Side,
    pub(crate) ty: Type,
    /// The name of its client, if it has one.
    pub(crate) client: Option<Ident>,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) methods: Vec<Method>,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) timers: Vec<Timer>,
    pub(crate) call_hooks: Vec<CallHook>,
    /// The function that is called first.
    pub(crate) setup: Option<Setup>,
    /// The other hooks that the side can have, by name.
    pub(crate) hooks: Vec<(&'static str, Option<Hook>)>,
}

/// Checks an impl block under `#[daemon]` or `#[worker]`.
pub(crate) fn methods(model: &model::Methods, errors: &mut Errors) -> Methods {
    check_block(model, errors);
    let side = model.side;
    let mut taken = Taken::new();
    let mut checked = Methods {
        side,
        ty: (*model.item.self_ty).clone(),
        client: model.args.client.clone(),
        conditions: model.conditions.clone(),
        methods: Vec::new(),
        listeners: Vec::new(),
        timers: Vec::new(),
        call_hooks: Vec::new(),
        setup: schedule::setup(model, errors),
        hooks: side.hooks().iter().map(|name| (*name, schedule::hook(name, model, errors))).collect(),
    };
    for function in &model.functions {
        schedule::check_other_hook(function, side, errors);
        example::check_none(function, errors);
        if function.scheduled() && function.rpc.is_none() {
            schedule::check_error(function, errors);
        }
        check_function(function, side, errors);
        checked.methods.extend(method(function, model, &mut taken, errors));
        checked.listeners.extend(schedule::listeners(function, side, errors));
        checked.timers.extend(schedule::timers(function, errors));
        checked.call_hooks.extend(call_hook::call_hooks(function, side, errors));
    }
    checked
}

fn check_function(function: &model::Function, side: Side, errors: &mut Errors) {
    if !function.annotated {
        return;
    }
    check_plain(function, side, errors);
    if side == Side::Daemon && function.beside() && function.rpc.is_some() {
        return check_handle(function, errors);
    }
    if side == Side::Worker || !function.pooled() {
        return check_receiver(function, side, errors);
    }
    check_no_receiver(function, errors);
    if function.scheduled() {
        errors.at(
            &function.signature.ident,
            "a pool runs it, in another process than listeners and timers: write two functions",
        );
    }
}

fn method(
    function: &model::Function,
    block: &model::Methods,
    taken: &mut Taken<Name>,
    errors: &mut Errors,
) -> Option<Method> {
    let Some(args) = &function.rpc else {
        for argument in function.params.iter().filter_map(model::Param::argument) {
            errors.at(
                argument,
                "only the parameters of a method have defaults and options; write `#[rpc_method]` above the function",
            );
        }
        return None;
    };
    if let Some(daemon) = &args.daemon.value {
        let side = block.side;
        errors.at(
            daemon,
            format!("`daemon = …` is for free functions; the block's own type is the {side}: leave it out"),
        );
    }
    let process = Process::check(block.side, function, args, errors);
    let own = match &process {
        Process::Pool { .. } => Own::Config(types::last_segment(&block.item.self_ty).map(|last| &last.ident)),
        Process::Thread { .. } | Process::Future { .. } => Own::Handle,
        Process::Daemon { .. } | Process::Worker => Own::State(state(function)),
    };
    let params = match own {
        Own::State(_) => behind_stray_state(function, &block.item.self_ty),
        Own::Config(_) | Own::Handle => &function.params,
    };
    let handler = Handler::check(function, own, params, errors);
    Some(Method::check(function, args, process, handler, taken, errors))
}

/// Returns the parameters without the state, if that is the first one. The missing `self` has been reported.
fn behind_stray_state<'f>(function: &'f model::Function, ty: &Type) -> &'f [model::Param] {
    let name = types::last_segment(ty).map(|last| &last.ident);
    match function.params.split_first() {
        Some((first, rest)) if function.receiver.is_none() && is_daemon(&first.ty, name) => rest,
        Some(_) | None => &function.params,
    }
}

/// Returns where a method takes the state.
fn state(function: &model::Function) -> Span {
    function.receiver.as_ref().map_or_else(Span::call_site, |receiver| receiver.self_token.span)
}

fn check_block(model: &model::Methods, errors: &mut Errors) {
    let model::Methods { side, item, .. } = model;
    if *side == Side::Worker {
        features::require(features::WORKERS, &item.self_ty, errors);
    }
    if let Some(client) = &model.args.client {
        features::require(features::CLIENT, client, errors);
    }
    if let Some((path, _)) = &item.trait_ {
        errors.at(
            path,
            format!("methods are found in an inherent block: write `#[{side}]` above `impl Type {{ … }}`"),
        );
    }
}
