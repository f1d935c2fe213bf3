//! The path of each macro through the stages: args → model → check → expand.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Item, ItemFn, ItemImpl};

use crate::errors::Errors;
use crate::side::Side;
use crate::{check, expand, fallback, features, model};

/// The attributes of a free function.
#[cfg(test)]
pub(crate) const FUNCTIONS: [&str; 6] =
    ["rpc_method", "on", "on_signal", "every", "before_call", "after_call"];

/// `#[daemon]`, `#[worker]` or `#[plugin]`, on a struct or on an impl block.
pub(crate) fn declare(side: Side, args: TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse2(item.clone()) {
        Ok(Item::Impl(block)) => methods(side, args, block),
        Ok(Item::Struct(_) | Item::Enum(_) | Item::Union(_)) => match syn::parse2(item.clone()) {
            Ok(input) => state(side, args, input),
            Err(error) => unchanged(&item, error),
        },
        Ok(other) => unchanged(&item, syn::Error::new_spanned(other, misplaced(side))),
        Err(error) => unchanged(&item, error),
    }
}

fn misplaced(side: Side) -> String {
    let advice = format!("`#[{side}]` goes above the struct that is the state, and above its `impl` block");
    match side {
        Side::Daemon | Side::Plugin => advice,
        Side::Worker => {
            format!("{advice}; for one method of the daemon, write `#[rpc_method(worker = \"pool\")]`")
        }
    }
}

fn state(side: Side, args: TokenStream, mut item: DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let mut joins = None;
    let generated = match side {
        Side::Daemon => {
            let model = model::State::daemon(args, &mut item, &mut errors);
            let checked = check::daemon(model, &mut errors);
            errors.is_empty().then(|| expand::daemon(&checked))
        }
        Side::Worker => {
            features::require(features::WORKERS, &item.ident, &mut errors);
            let model = model::State::worker(args, &mut item, &mut errors);
            let checked = check::worker(model, &mut errors);
            errors.is_empty().then(|| expand::worker(&checked))
        }
        Side::Plugin => {
            let model = model::State::plugin(args, &mut item, &mut errors);
            let checked = check::plugin(model, &mut errors);
            joins.clone_from(&checked.settings);
            joins.as_ref().filter(|_| errors.is_empty()).map(|daemon| expand::plugin(&checked, daemon))
        }
    };
    let generated = generated.unwrap_or_else(|| {
        item.attrs.push(fallback::quiet());
        fallback::state(side, joins.as_ref(), &item)
    });
    quote!(#item #generated #errors)
}

/// `#[settings]`, on a struct.
pub(crate) fn settings(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut item: DeriveInput = match syn::parse2(item.clone()) {
        Ok(item) => item,
        Err(_) => {
            let message = "`#[settings]` goes above a struct whose fields are flags";
            return unchanged(&item, syn::Error::new_spanned(&item, message));
        }
    };
    let mut errors = Errors::default();
    let model = model::State::settings(args, &mut item, &mut errors);
    let checked = check::settings(model, &mut errors);
    let generated = if errors.is_empty() {
        expand::settings(&checked)
    } else {
        item.attrs.push(fallback::quiet());
        fallback::settings(&item)
    };
    quote!(#item #generated #errors)
}

fn methods(side: Side, args: TokenStream, mut item: ItemImpl) -> TokenStream {
    let mut errors = Errors::default();
    let model = model::Methods::read(side, args, &mut item, &mut errors);
    let checked = check::methods(&model, &mut errors);
    let generated = if errors.is_empty() && item.generics.params.is_empty() {
        expand::methods(&checked)
    } else {
        fallback::repair(&mut item);
        fallback::methods(&checked, &item)
    };
    quote!(#item #generated #errors)
}

/// The attribute of a function outside an impl block under `#[daemon]` or `#[worker]`, which would have removed it.
pub(crate) fn function(attribute: &str, args: TokenStream, item: TokenStream) -> TokenStream {
    let mut function: ItemFn = match syn::parse2(item.clone()) {
        Ok(function) => function,
        Err(_) => {
            let message = format!(
                "`#[{attribute}]` goes above a `fn` in an `impl` block under `#[daemon]` or `#[worker]`, or a free one"
            );
            return unchanged(&item, syn::Error::new_spanned(&item, message));
        }
    };
    let mut errors = Errors::default();
    let model = model::Extension::read(attribute, args, &mut function, &mut errors);
    let checked = check::extension(&model, &mut errors);
    let generated = checked.filter(|_| errors.is_empty()).map(|checked| expand::extension(&checked));
    if !errors.is_empty() {
        fallback::repair_function(&mut function);
    }
    quote!(#function #generated #errors)
}

/// `#[rpc_type]`, on a struct or an enum.
pub(crate) fn rpc_type(args: TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse2::<DeriveInput>(item.clone()) {
        Ok(input) => crate::rpc_type::expand(&args, &input),
        Err(error) => unchanged(&item, error),
    }
}

/// `#[derive(Fault)]`.
pub(crate) fn fault(item: TokenStream) -> TokenStream {
    let item: DeriveInput = match syn::parse2(item) {
        Ok(item) => item,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let model = model::Fault::read(&item, &mut errors);
    let checked = check::fault(model, &mut errors);
    let generated =
        if errors.is_empty() { expand::fault(&checked) } else { fallback::fault(&checked, &item) };
    quote!(#generated #errors)
}

fn unchanged(item: &TokenStream, error: syn::Error) -> TokenStream {
    let error = error.to_compile_error();
    let quiet = syn::parse2::<Item>(item.clone()).ok().map(|_| fallback::quiet());
    quote!(#quiet #item #error)
}
