//! A free function that adds a method to a daemon, checked.

use syn::spanned::Spanned;
use syn::{ExprPath, Type};

use super::function::check_plain;
use super::handler::{Handler, Own};
use super::method::Method;
use super::name::Taken;
use super::process::Process;
use crate::errors::Errors;
use crate::side::Side;
use crate::{model, types};

/// A method from outside the impl block.
pub(crate) struct Extension {
    pub(crate) daemon: ExprPath,
    pub(crate) method: Method,
}

/// Checks a function under `#[rpc_method(daemon = …)]`.
pub(crate) fn extension(model: &model::Extension, errors: &mut Errors) -> Option<Extension> {
    let function = &model.function;
    let args = function.rpc.as_ref()?;
    if function.scheduled() {
        errors.at(
            &function.signature.ident,
            "listeners and timers are methods: move them into the block under `#[daemon]`",
        );
    }
    if !args.daemon.given {
        report_stray(function, errors);
    }
    let daemon = args.daemon.value.as_ref()?;
    if let Some(receiver) = &function.receiver {
        errors.at(
            daemon,
            "`daemon = …` is for free functions; leave it out, and write `#[daemon]` above the `impl`",
        );
        errors.at(receiver, "the first parameter of a free function is the state: write `state: &mut Echo`");
        return None;
    }
    check_plain(function, Side::Daemon, errors);
    let process = Process::check(Side::Daemon, function, args, errors);
    let (own, inputs) = match &process {
        Process::Pool { .. } => {
            (Own::Config(daemon.path.segments.last().map(|last| &last.ident)), &*function.params)
        }
        Process::Thread { .. } | Process::Future { .. } => (Own::Handle, &*function.params),
        Process::Daemon { .. } | Process::Worker => behind_state(function, errors)?,
    };
    let handler = Handler::check(function, own, inputs, errors);
    let method = Method::check(function, args, process, handler, &mut Taken::new(), errors);
    Some(Extension { daemon: daemon.clone(), method })
}

/// Without a daemon, this is either a free function that does not say which, or a method whose block is not
/// under `#[daemon]`.
fn report_stray(function: &model::Function, errors: &mut Errors) {
    let ident = &function.signature.ident;
    if function.receiver.is_some() {
        errors.at(
            ident,
            "this method is registered nowhere: write `#[daemon]` or `#[worker]` above the `impl` block it is in",
        );
    } else {
        errors.at(
            ident,
            "say which daemon it joins: `#[rpc_method(daemon = Echo)]`; in an `impl` block, write `#[daemon]` above it",
        );
    }
}

/// Returns the state, and the parameters after it.
fn behind_state<'f>(
    function: &'f model::Function,
    errors: &mut Errors,
) -> Option<(Own<'f>, &'f [model::Param])> {
    let advice = "the first parameter of a free function is the state: write `state: &mut Echo`";
    match function.params.split_first() {
        None => {
            errors.at(&function.signature.ident, advice);
            None
        }
        Some((first, rest)) if is_state(&first.ty) => Some((Own::State(first.ty.span()), rest)),
        Some((first, _)) => {
            errors.at(&first.ty, advice);
            None
        }
    }
}

fn is_state(ty: &Type) -> bool {
    match types::peel(ty) {
        Type::Reference(reference) => {
            !types::is_text(ty)
                && !["Context", "Event"].iter().any(|name| types::is_named(&reference.elem, name))
        }
        _ => false,
    }
}
