//! A free function that joins a daemon, checked: as a method, listener, timer or hook.

use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, ExprPath, Type};

use super::function::{Called, check_handle, check_no_receiver, check_plain};
use super::handler::{Handler, Own};
use super::method::Method;
use super::name::Taken;
use super::process::Process;
use super::tables::Tables;
use crate::errors::Errors;
use crate::model::{Function, Param};
use crate::side::Side;
use crate::{args, model, spell, types};

/// The first parameter of a free function, which is missing or another one.
const STATE: &str = "the first parameter of a free function is the state: write `state: &mut Echo`";

/// A function from outside a block.
pub(crate) struct Extension {
    pub(crate) daemon: ExprPath,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) name: String,
    pub(crate) tables: Tables,
}

/// Checks a free function under one of our attributes.
pub(crate) fn extension(model: &model::Extension, errors: &mut Errors) -> Option<Extension> {
    let function = &model.function;
    let daemon = daemon(function, errors)?;
    if let Some(receiver) = &function.receiver {
        errors.at(
            daemon,
            "`daemon = …` is for free functions; leave it out, and write `#[daemon]` above the `impl`",
        );
        errors.at(receiver, STATE);
        return None;
    }
    check_plain(function, Side::Daemon, errors);
    let mut tables = Tables::default();
    if let Some(args) = &function.rpc {
        tables.methods.push(method(function, args, daemon, errors)?);
    }
    if function.scheduled() && !function.pooled() && !function.beside() {
        let (_, params) = behind_state(function, errors)?;
        let called = Called { function, params, state: "`state: &mut Echo`" };
        tables.schedule(&called, Side::Daemon, errors);
    }
    Some(Extension {
        daemon: daemon.clone(),
        conditions: function.conditions.clone(),
        name: spell::plain(&function.signature.ident),
        tables,
    })
}

/// Returns the daemon that a function joins; reports it if there is none, or more than one.
fn daemon<'f>(function: &'f Function, errors: &mut Errors) -> Option<&'f ExprPath> {
    if function.joins.is_empty() {
        report_stray(function, errors);
    }
    let mut daemons = function.joins.iter().filter_map(|daemon| daemon.value.as_ref());
    let daemon = daemons.next()?;
    let text = daemon.to_token_stream().to_string();
    for other in daemons.filter(|other| other.to_token_stream().to_string() != text) {
        errors.at(other, format!("this function joins `{text}` already: write a function for each daemon"));
    }
    Some(daemon)
}

/// Without a daemon, this is either a free function that does not say which, or one of a block that is not under
/// `#[daemon]`.
fn report_stray(function: &Function, errors: &mut Errors) {
    let ident = &function.signature.ident;
    let what = if function.rpc.is_some() { "method" } else { "function" };
    let example = match function {
        Function { rpc: Some(_), .. } => "#[rpc_method(daemon = Echo)]",
        Function { signals, .. } if !signals.is_empty() => "#[on_signal(SIGHUP, daemon = Echo)]",
        Function { events, .. } if !events.is_empty() => "#[on(start, daemon = Echo)]",
        Function { periods, .. } if !periods.is_empty() => "#[every(\"1s\", daemon = Echo)]",
        _ => "#[before_call(daemon = Echo)]",
    };
    let advice = match function.receiver {
        Some(_) => format!(
            "this {what} is registered nowhere: write `#[daemon]` or `#[worker]` above the `impl` block it is in"
        ),
        None => {
            format!("say which daemon it joins: `{example}`; in an `impl` block, write `#[daemon]` above it")
        }
    };
    errors.at(ident, advice);
}

fn method(
    function: &Function,
    args: &args::Method,
    daemon: &ExprPath,
    errors: &mut Errors,
) -> Option<Method> {
    let process = Process::check(Side::Daemon, function, args, errors);
    let (own, inputs) = match &process {
        Process::Pool { .. } => {
            check_no_receiver(function, errors);
            (Own::Config(daemon.path.segments.last().map(|last| &last.ident)), &*function.params)
        }
        Process::Thread { .. } | Process::Future { .. } => {
            check_handle(function, errors);
            (Own::Handle, &*function.params)
        }
        Process::Daemon { .. } | Process::Worker => behind_state(function, errors)?,
    };
    let handler = Handler::check(function, own, inputs, errors);
    Some(Method::check(function, args, process, handler, &mut Taken::new(), errors))
}

/// Returns the state, and the parameters after it.
fn behind_state<'f>(function: &'f Function, errors: &mut Errors) -> Option<(Own<'f>, &'f [Param])> {
    match function.params.split_first() {
        None => {
            errors.at(&function.signature.ident, STATE);
            None
        }
        Some((first, rest)) if is_state(&first.ty) => Some((Own::State(first.ty.span()), rest)),
        Some((first, _)) => {
            errors.at(&first.ty, STATE);
            None
        }
    }
}

fn is_state(ty: &Type) -> bool {
    match types::peel(ty) {
        Type::Reference(reference) => {
            let ours = ["Context", "Event", "BeforeCall", "AfterCall"];
            !types::is_text(ty) && !ours.iter().any(|name| types::is_named(&reference.elem, name))
        }
        _ => false,
    }
}
