//! Functions that a daemon calls before and after every call.

use proc_macro2::Ident;
use syn::{Attribute, Meta, ReturnType, Type};

use super::handler::{behind, is_context};
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

/// An argument of such a function.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passed {
    Call,
    Context,
}

impl When {
    /// The type that describes the call.
    fn call(self) -> &'static str {
        match self {
            When::Before => "BeforeCall",
            When::After => "AfterCall",
        }
    }
}

/// Checks the hooks of a function.
pub(crate) fn call_hooks(function: &Function, side: Side, errors: &mut Errors) -> Vec<CallHook> {
    let hooks = function.call_hooks.iter().filter_map(|attribute| hook(function, attribute, side, errors));
    hooks.collect()
}

fn hook(function: &Function, attribute: &Attribute, side: Side, errors: &mut Errors) -> Option<CallHook> {
    let name = attributes::name(attribute);
    if side == Side::Worker {
        errors.at(attribute, "the calls of a worker come through the daemon: move the function there");
        return None;
    }
    if !matches!(attribute.meta, Meta::Path(_)) {
        errors.at(attribute, format!("it is called for every method: write `#[{name}]` alone"));
    }
    let when = if name == "before_call" { When::Before } else { When::After };
    Some(CallHook {
        conditions: function.conditions.clone(),
        when,
        ident: function.signature.ident.clone(),
        passed: passed(function, when, errors),
        returns: returns(function),
    })
}

fn passed(function: &Function, when: When, errors: &mut Errors) -> Vec<Passed> {
    let call = when.call();
    let mut passed = Vec::new();
    for param in &function.params {
        let is_call = types::is_named(behind(&param.ty), call)
            && matches!(types::peel(&param.ty), Type::Reference(reference) if reference.mutability.is_none());
        let found = if is_call {
            Some(Passed::Call)
        } else {
            is_context(&param.ty, errors).then_some(Passed::Context)
        };
        match found {
            Some(found) if !passed.contains(&found) => passed.push(found),
            Some(_) | None => {
                errors.at(
                    &param.ty,
                    format!("it takes `&mut self`, and may take `&{call}` and `&mut Context`"),
                );
            }
        }
    }
    passed
}

fn returns(function: &Function) -> Option<Type> {
    match &function.signature.output {
        ReturnType::Type(_, ty) if !types::is_unit(ty) => Some(types::nameless(ty)),
        ReturnType::Type(..) | ReturnType::Default => None,
    }
}
