//! The impl block under `#[daemon]`, `#[worker]` or `#[plugin]`, checked: its methods, listeners, timers and hooks.

use proc_macro2::Span;
use syn::{Attribute, Type};

use super::client::Client;
use super::example;
use super::function::{Called, check_handle, check_no_receiver, check_plain, check_receiver};
use super::handler::{Handler, Own, is_daemon};
use super::method::Method;
use super::name::{Name, Taken};
use super::process::Process;
use super::schedule::{self, Hook, Setup};
use super::tables::Tables;
use crate::args::Written;
use crate::errors::Errors;
use crate::side::Side;
use crate::{features, model, spell, types};

/// The tables of a daemon or of a worker.
pub(crate) struct Methods {
    pub(crate) side: Side,
    pub(crate) ty: Type,
    /// Its client, if it has one.
    pub(crate) client: Option<Client>,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) tables: Tables,
    pub(crate) part: Part,
}

/// Which block of its type this is.
pub(crate) enum Part {
    Main(Hooks),
    /// One of the others. It has a function, after which it is sorted.
    Further(String),
}

/// The functions that are called without an attribute, which only the main block has.
pub(crate) struct Hooks {
    /// The function that is called first.
    pub(crate) setup: Option<Setup>,
    /// The other hooks that the side can have, by name.
    pub(crate) hooks: Vec<(&'static str, Option<Hook>)>,
}

/// Checks an impl block under one of these attributes.
pub(crate) fn methods(model: &model::Methods, errors: &mut Errors) -> Methods {
    check_block(model, errors);
    let side = model.side;
    let (mut taken, mut routes) = (Taken::new(), Taken::new());
    let mut checked = Methods {
        side,
        ty: (*model.item.self_ty).clone(),
        client: Client::check(&model.args.client, side, errors),
        conditions: model.conditions.clone(),
        tables: Tables::default(),
        part: part(model, errors),
    };
    for function in &model.functions {
        schedule::check_other_hook(function, side, errors);
        example::check_none(function, errors);
        check_function(function, side, errors);
        for daemon in function.joins.iter().filter_map(|daemon| daemon.value.as_ref()) {
            errors.at(daemon, joins_already(side));
        }
        let method = method(function, model, &mut taken, errors);
        if let Some(method) = &method {
            take_route(function, method, &mut routes, errors);
        }
        checked.tables.methods.extend(method);
        checked.tables.schedule(&Called::method(function), side, errors);
    }
    checked
}

/// Reports a route that another method of the block has.
fn take_route(function: &model::Function, method: &Method, taken: &mut Taken<String>, errors: &mut Errors) {
    let written = function.rpc.as_ref().and_then(|args| args.http.as_ref());
    // Functions under `#[cfg]` may be alternatives to each other.
    if let (Some(written), Some(route), []) = (written, &method.route, &function.conditions[..]) {
        let already =
            |first: &str| format!("`{first}` is called by these requests already; write another path");
        taken.take(route.key(), &function.signature.ident, written, errors, already);
    }
}

fn joins_already(side: Side) -> String {
    format!("`daemon = …` is for free functions; the block's own type is the {side}: leave it out")
}

fn part(model: &model::Methods, errors: &mut Errors) -> Part {
    let side = model.side;
    match &model.args.more {
        Written { given: false, .. } if model.is_second => {
            errors.at(&model.item.self_ty, second_block(side));
            Part::Further(String::new())
        }
        Written { given: false, .. } => Part::Main(hooks(model, errors)),
        Written { value: more, .. } => {
            if side != Side::Daemon {
                errors.at(more, format!("a {side} has one block: move these functions there"));
            }
            check_no_hooks(model, errors);
            let first = model.functions.iter().find(|function| function.annotated);
            Part::Further(first.map(|first| spell::plain(&first.signature.ident)).unwrap_or_default())
        }
    }
}

fn second_block(side: Side) -> String {
    match side {
        Side::Daemon => {
            "the main block of this daemon is above: write `#[daemon(more)]` here, which may be repeated"
                .to_owned()
        }
        Side::Worker | Side::Plugin => {
            format!("the block of this {side} is above, and it has one: move these functions there")
        }
    }
}

/// Checks the hooks of a main block. That of a plugin has its state before any of them is called.
fn hooks(model: &model::Methods, errors: &mut Errors) -> Hooks {
    let side = model.side;
    let first = (side == Side::Plugin).then(|| side.setup());
    let names = first.into_iter().chain(side.hooks().iter().copied());
    Hooks {
        setup: if side == Side::Plugin { None } else { schedule::setup(model, errors) },
        hooks: names.map(|name| (name, schedule::hook(name, model, errors))).collect(),
    }
}

/// Reports functions that would be hooks in the main block.
fn check_no_hooks(model: &model::Methods, errors: &mut Errors) {
    let side = model.side;
    for function in model.functions.iter().filter(|function| !function.annotated) {
        let ident = &function.signature.ident;
        if ident == side.setup() || side.hooks().iter().any(|hook| ident == hook) {
            errors.at(
                ident,
                format!(
                    "`{ident}` is a hook, which only the main block has: move it below `#[{side}]` alone, or rename it"
                ),
            );
        }
    }
}

fn check_function(function: &model::Function, side: Side, errors: &mut Errors) {
    if !function.annotated {
        return;
    }
    check_plain(function, side, errors);
    if side != Side::Worker && function.beside() && function.rpc.is_some() {
        return check_handle(function, errors);
    }
    if side != Side::Daemon || !function.pooled() {
        return check_receiver(function, side, errors);
    }
    check_no_receiver(function, errors);
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
    let process = Process::check(block.side, function, args, errors);
    let own = match &process {
        Process::Pool { .. } => Own::Config(types::last_segment(&block.item.self_ty).map(|last| &last.ident)),
        Process::Thread { .. } | Process::Future { .. } => Own::Handle,
        Process::Daemon { .. } if block.side == Side::Plugin => Own::Plugin(state(function)),
        Process::Daemon { .. } | Process::Worker => Own::State(state(function)),
    };
    let params = match own {
        Own::State(_) | Own::Plugin(_) => behind_stray_state(function, &block.item.self_ty),
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
    if let Some((path, _)) = &item.trait_ {
        errors.at(
            path,
            format!("methods are found in an inherent block: write `#[{side}]` above `impl Type {{ … }}`"),
        );
    }
}
