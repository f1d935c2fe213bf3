//! The signature of a handler, checked: the source of each parameter. How it replies is in `returns`.

use proc_macro2::{Ident, Span};
use syn::spanned::Spanned;
use syn::{Expr, LitStr, Pat, PatIdent, Type};

use super::returns::{self, Returns};
use super::{Constraints, option, subscription, wire};
use crate::errors::Errors;
use crate::{model, spell, types};

/// The longest tuple of parameters that can be read.
const MOST_PARAMS: usize = 12;

/// How a handler is called.
pub(crate) struct Handler {
    pub(crate) ident: Ident,
    /// The arguments, in order.
    pub(crate) arguments: Vec<Argument>,
    pub(crate) returns: Returns,
}

/// One argument of a handler.
pub(crate) enum Argument {
    /// The state, or in a pool the configuration; the span is where it is taken.
    Own(Span),
    /// The state of the daemon that a plugin joins; the span is where it is taken.
    Daemon(Span),
    /// `&mut Context`
    Context,
    /// `Handle<Self>`
    Handle,
    /// `Reply<T>`
    Reply,
    /// `Subscription<T>`
    Subscription,
    /// A parameter that the caller gives.
    Param(Box<Param>),
}

/// How a handler accesses its daemon or worker.
#[derive(Clone, Copy)]
pub(crate) enum Own<'f> {
    /// As the state, before all parameters.
    State(Span),
    /// As the state of a plugin, before all parameters, with that of the daemon at any position or not at all.
    Plugin(Span),
    /// With a handle, at any position or not at all: it runs beside the loop.
    Handle,
    /// As the configuration, at any position or not at all: `&Self`, or a reference to the type of this name or to a
    /// struct of settings.
    Config(Option<&'f Ident>),
}

/// A parameter of the method.
pub(crate) struct Param {
    /// The variable that holds it.
    pub(crate) local: Ident,
    /// Its name on the wire.
    pub(crate) name: String,
    /// Its option on the command line, if it is not its name.
    pub(crate) long: Option<LitStr>,
    pub(crate) doc: String,
    pub(crate) ty: Type,
    pub(crate) slot: Slot,
    pub(crate) default: Option<Expr>,
    pub(crate) constraints: Constraints,
}

impl Param {
    /// Whether its type can be read, as far as its name says. Only types that can be read have constraints.
    pub(crate) fn is_plain(&self) -> bool {
        self.slot != Slot::Owned || types::is_plain(&self.ty) || !self.constraints.is_empty()
    }

    /// Whether a call may leave it out, as far as its type shows here.
    pub(super) fn is_optional(&self) -> bool {
        self.default.is_some() || types::is_named(&self.ty, "Option")
    }
}

/// The type that a parameter is read as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    /// Its own type.
    Owned,
    /// Text that borrows where it can, for a `&str`.
    Text,
    /// The same, for an `Option<&str>`.
    OptionalText,
}

impl Handler {
    /// The parameters among the arguments.
    pub(crate) fn params(&self) -> impl Iterator<Item = &Param> {
        self.arguments.iter().filter_map(|argument| match argument {
            Argument::Param(param) => Some(&**param),
            Argument::Own(_)
            | Argument::Daemon(_)
            | Argument::Context
            | Argument::Handle
            | Argument::Reply
            | Argument::Subscription => None,
        })
    }

    /// Checks a signature: `inputs` are its parameters after the state, if it takes the state.
    pub(crate) fn check(
        function: &model::Function,
        own: Own<'_>,
        inputs: &[model::Param],
        errors: &mut Errors,
    ) -> Self {
        let output = &function.signature.output;
        let (mut replies, mut subscriptions) = (Vec::new(), Vec::new());
        let mut arguments = Vec::new();
        if let Own::State(place) | Own::Plugin(place) = own {
            arguments.push(Argument::Own(place));
        }
        for input in inputs {
            match subscription::argument(input, own, &mut subscriptions, errors) {
                Some(subscription) => arguments.extend(subscription),
                None => arguments.extend(argument(input, own, &mut replies, errors)),
            }
        }
        let returns = match (subscriptions.first(), function.stream().filter(|_| function.beside())) {
            (Some(subscription), _) => subscription::returns(subscription, output, &replies, errors),
            (None, Some(item)) => subscription::stream(item, errors),
            (None, None) => returns::returns(output, &replies, errors),
        };
        let handler = Handler { ident: function.signature.ident.clone(), returns, arguments };
        check_order(&handler, errors);
        if function.rpc.as_ref().is_some_and(|method| !method.hidden && !method.call_only) {
            option::check(&handler, errors);
        }
        if let Some(surplus) = handler.params().nth(MOST_PARAMS) {
            let message = format!(
                "a method has at most {MOST_PARAMS} parameters: put them in a struct with `#[rpc_type]`"
            );
            errors.at(&surplus.local, message);
        }
        handler
    }
}

/// Reports an optional parameter before a required one: by position, only the last parameters can be left out.
fn check_order(handler: &Handler, errors: &mut Errors) {
    let params: Vec<&Param> = handler.params().collect();
    let Some(last) = params.iter().rposition(|param| !param.is_optional()) else { return };
    for param in params[..last].iter().filter(|param| param.is_optional()) {
        let (optional, required) = (&param.local, &params[last].local);
        errors.at(
            optional,
            format!(
                "`{optional}` may be left out, and `{required}` may not: put `{optional}` after `{required}`"
            ),
        );
    }
}

fn argument(
    input: &model::Param,
    own: Own<'_>,
    replies: &mut Vec<Type>,
    errors: &mut Errors,
) -> Option<Argument> {
    if let Some(condition) = input.conditions.first() {
        errors.at(condition, "a parameter can't be conditional; put the `#[cfg]` above the whole function");
    }
    if let Own::Handle = own
        && let Some(handle) = beside(input, errors)
    {
        return handle;
    }
    if is_context(&input.ty, errors) {
        check_no_argument(input, "a `Context` comes from the daemon; leave `#[param]` out", errors);
        return Some(Argument::Context);
    }
    if types::is_named(behind(&input.ty), "Reply") {
        check_no_argument(input, "a `Reply` comes from the daemon; leave `#[param]` out", errors);
        return returns::reply(&input.ty, own, replies, errors);
    }
    if let Own::Config(name) = own
        && is_daemon(&input.ty, name)
    {
        check_config(input, errors);
        return Some(Argument::Own(input.ty.span()));
    }
    if let Own::Plugin(_) = own
        && is_state(&input.ty)
    {
        check_no_argument(input, "this is the state of the daemon; leave `#[param]` out", errors);
        return Some(Argument::Daemon(input.ty.span()));
    }
    param(input, errors).map(|param| Argument::Param(Box::new(param)))
}

/// Checks a parameter that only functions beside the loop have, or cannot have; `None` for any other.
#[allow(clippy::option_option)] // Whether it is such a parameter, and whether it is an argument.
fn beside(input: &model::Param, errors: &mut Errors) -> Option<Option<Argument>> {
    let ty = &input.ty;
    let last = behind(ty);
    if types::is_named(last, "Handle") {
        check_no_argument(input, "a `Handle` comes from the daemon; leave `#[param]` out", errors);
        if !std::ptr::eq(last, types::peel(ty)) {
            errors.at(ty, "take the `Handle<Self>` itself, without `&`");
        }
        return Some(Some(Argument::Handle));
    }
    let advice = match ty {
        _ if types::is_named(last, "Context") => {
            "the context belongs to the loop, and this runs beside it: take `handle: Handle<Self>` instead"
        }
        _ if types::is_named(last, "Reply") => "return the result: this may take its time",
        _ if types::reference(ty).is_some() => {
            "this parameter outlives the request: take an owned type, such as `String`"
        }
        _ => return None,
    };
    errors.at(ty, advice);
    Some(None)
}

/// Returns the type that a reference points to.
pub(super) fn behind(ty: &Type) -> &Type {
    match types::peel(ty) {
        Type::Reference(reference) => types::peel(&reference.elem),
        other => other,
    }
}

/// Whether this is a `Context`; reports anything but `&mut Context`.
pub(super) fn is_context(ty: &Type, errors: &mut Errors) -> bool {
    let named = types::is_named(behind(ty), "Context");
    let exclusive = matches!(types::peel(ty), Type::Reference(reference) if reference.mutability.is_some());
    if named && !exclusive {
        errors.at(ty, "take `&mut Context`");
    }
    named
}

pub(super) fn check_no_argument(input: &model::Param, message: &str, errors: &mut Errors) {
    if let Some(argument) = input.argument() {
        errors.at(argument, message);
    }
}

/// Whether this refers to the daemon, as `Self` or by the name of its type.
pub(super) fn is_daemon(ty: &Type, name: Option<&Ident>) -> bool {
    let Type::Reference(reference) = types::peel(ty) else {
        return false;
    };
    let is = |name: &Ident| types::is_named(&reference.elem, &name.to_string());
    types::is_named(&reference.elem, "Self") || name.is_some_and(is) || is_settings(&reference.elem)
}

/// Whether this may be a reference to the state of a daemon, as far as its name shows.
pub(super) fn is_state(ty: &Type) -> bool {
    match types::peel(ty) {
        Type::Reference(reference) => is_settings(&reference.elem),
        _ => false,
    }
}

/// Whether this may be a struct of settings, as far as its name shows.
fn is_settings(ty: &Type) -> bool {
    const BORROWED: [&str; 9] =
        ["String", "Path", "PathBuf", "OsStr", "OsString", "CStr", "CString", "Vec", "Value"];
    let Some(last) = types::last_segment(ty) else { return false };
    let name = last.ident.to_string();
    name.starts_with(char::is_uppercase) && !BORROWED.contains(&name.as_str())
}

fn check_config(input: &model::Param, errors: &mut Errors) {
    check_no_argument(input, "the configuration comes from the pool; leave `#[param]` out", errors);
    if matches!(types::peel(&input.ty), Type::Reference(reference) if reference.mutability.is_some()) {
        errors.at(
            &input.ty,
            "the state lives in another process than the pool: take the configuration, without `mut`",
        );
    }
}

fn param(input: &model::Param, errors: &mut Errors) -> Option<Param> {
    let local = local(&input.pattern, errors);
    let ty = types::nameless(&input.ty);
    let slot = slot(&ty, errors);
    if let Some(default) = input.default.as_ref().filter(|_| types::is_named(&input.ty, "Option")) {
        errors.at(
            default,
            "an `Option` that is left out is `None`; take the type without `Option`, or no default",
        );
    }
    if let Some(word) = input.default.as_ref().and_then(types::self_in) {
        errors.at(
            word,
            "a default is the same for every call: take an `Option`, and ask the state in the method",
        );
    }
    wire::check(&ty, errors);
    let constraints = Constraints::check(&input.constraints, &ty, errors);
    if let Some(default) = &input.default {
        constraints.check_default(default, errors);
    }
    let local = local?;
    Some(Param {
        name: spell::public(&local),
        long: input.long.clone(),
        local,
        doc: input.doc.clone(),
        ty,
        slot: slot?,
        default: input.default.clone(),
        constraints,
    })
}

fn local(pattern: &Pat, errors: &mut Errors) -> Option<Ident> {
    match pattern {
        Pat::Ident(PatIdent { by_ref: None, subpat: None, ident, .. }) => Some(ident.clone()),
        _ => {
            errors.at(
                pattern,
                "the name of a parameter is its name on the wire: write one name, such as `message`",
            );
            None
        }
    }
}

fn slot(ty: &Type, errors: &mut Errors) -> Option<Slot> {
    if types::is_text(ty) {
        return Some(Slot::Text);
    }
    if types::inner(ty, "Option").is_some_and(types::is_text) {
        return Some(Slot::OptionalText);
    }
    if let Some(found) = types::impl_trait(ty) {
        errors.at(found, "name the type; a parameter is read by its type");
        return None;
    }
    if let Some(found) = types::reference(ty) {
        errors
            .at(found, "a parameter is read from the call: take `&str`, or an owned type such as `Vec<u8>`");
        return None;
    }
    Some(Slot::Owned)
}
