//! Functions that a daemon calls before and after every call.

use proc_macro2::Ident;
use syn::{Attribute, ReturnType, Type};

use super::function::Called;
use super::schedule::{Passed, daemon, optional, passed};
use crate::errors::Errors;
use crate::model::Function;
use crate::side::Side;
use crate::{attributes, types};

/// A function with `#[before_call]` or `#[after_call]`.
pub(crate) struct CallHook {
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) when: When,
    pub(crate) ident: Ident,
    /// The arguments after the state.
    pub(crate) passed: Vec<Passed>,
    /// What it returns, if it returns anything.
    pub(crate) returns: Option<Type>,
}

/// When it is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    After,
}

impl When {
    /// The argument that describes the call, and its type.
    pub(crate) fn call(self) -> (Passed, &'static str) {
        match self {
            When::Before => (Passed::BeforeCall, "BeforeCall"),
            When::After => (Passed::AfterCall, "AfterCall"),
        }
    }
}

/// Checks the hooks of a function.
pub(crate) fn call_hooks(called: &Called<'_>, side: Side, errors: &mut Errors) -> Vec<CallHook> {
    let attributes = called.function.call_hooks.iter();
    attributes.filter_map(|attribute| hook(called, attribute, side, errors)).collect()
}

fn hook(called: &Called<'_>, attribute: &Attribute, side: Side, errors: &mut Errors) -> Option<CallHook> {
    let Called { function, params, state } = called;
    let name = attributes::name(attribute);
    if side == Side::Worker {
        errors.at(attribute, "the calls of a worker come through the daemon: move the function there");
        return None;
    }
    let when = if name == "before_call" { When::Before } else { When::After };
    let (call, ty) = when.call();
    let what =
        format!("it takes {state}, and may take {}", optional(side, &format!("`&{ty}` and `&mut Context`")));
    Some(CallHook {
        conditions: function.conditions.clone(),
        when,
        ident: function.signature.ident.clone(),
        passed: passed(params, &[&[call, Passed::Context], daemon(side)].concat(), &what, errors),
        returns: returns(function),
    })
}

fn returns(function: &Function) -> Option<Type> {
    match &function.signature.output {
        ReturnType::Type(_, ty) if !types::is_unit(ty) => Some(types::nameless(ty)),
        ReturnType::Type(..) | ReturnType::Default => None,
    }
}
