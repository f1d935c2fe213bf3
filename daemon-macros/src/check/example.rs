//! The examples of a method, checked: that they give the parameters that it takes, and a result if it has one.

use syn::Expr;

use super::handler::Handler;
use super::returns::Returns;
use crate::errors::Errors;
use crate::model;

/// A call, and its result.
pub(crate) struct Example {
    /// What it is called; empty for its number.
    pub(crate) name: String,
    /// By position.
    pub(crate) params: Vec<Expr>,
    pub(crate) result: Option<Expr>,
}

impl Example {
    /// Checks all examples of a method.
    pub(super) fn check(function: &model::Function, handler: &Handler, errors: &mut Errors) -> Vec<Self> {
        let read = function.examples.iter().filter(|example| example.is_whole);
        read.map(|example| one(example, handler, errors)).collect()
    }
}

/// Reports examples of a function that is no method.
pub(super) fn check_none(function: &model::Function, errors: &mut Errors) {
    for example in function.examples.iter().filter(|_| function.rpc.is_none()) {
        errors.at(
            &example.place,
            "an example shows how a method is called: write `#[rpc_method]` above the function",
        );
    }
}

fn one(example: &model::Example, handler: &Handler, errors: &mut Errors) -> Example {
    let args = &example.args;
    let count = handler.params().count();
    if let Some(surplus) = args.params.get(count) {
        errors.at(surplus, format!("the method takes {count} parameters: leave this out"));
    }
    for missing in handler.params().skip(args.params.len()).filter(|param| !param.is_optional()) {
        let name = &missing.name;
        errors.at(
            &example.place,
            format!("the parameter `{name}` is missing: write all that can't be left out, as in `params(2, \"a\")`"),
        );
    }
    check_result(example, &handler.returns, errors);
    Example {
        name: args.name.as_ref().map(syn::LitStr::value).unwrap_or_default(),
        params: args.params.clone(),
        result: args.result.clone(),
    }
}

fn check_result(example: &model::Example, returns: &Returns, errors: &mut Errors) {
    match (&example.args.result, returns) {
        (Some(result), Returns::Nothing | Returns::Fallible { empty: true, .. }) => {
            errors.at(result, "the method returns nothing: leave `result` out");
        }
        (Some(result), Returns::Items { .. } | Returns::Stream { .. }) => {
            errors.at(
                result,
                "the result is the number of the subscription, which no one can foresee: leave `result` out",
            );
        }
        (None, Returns::Plain(_) | Returns::Fallible { empty: false, .. }) => {
            errors.at(&example.place, "the result is missing: write it as in `result = 5`");
        }
        _ => {}
    }
}
