//! The attributes of `daemon-core`, which re-exports them; depend on that crate, not on this one.

mod args;
mod attributes;
mod check;
mod errors;
mod expand;
mod fallback;
mod model;
mod rpc_type;
mod spell;
mod stages;
#[cfg(test)]
mod tests;
mod types;

use proc_macro::TokenStream;

/// Makes a daemon of a struct and of its impl block.
#[proc_macro_attribute]
pub fn daemon(args: TokenStream, item: TokenStream) -> TokenStream {
    stages::daemon(args.into(), item.into()).into()
}

/// Makes a method of a function.
#[proc_macro_attribute]
pub fn rpc_method(args: TokenStream, item: TokenStream) -> TokenStream {
    stages::rpc_method(args.into(), item.into()).into()
}

/// Makes a type fit to be a parameter or a result.
#[proc_macro_attribute]
pub fn rpc_type(args: TokenStream, item: TokenStream) -> TokenStream {
    stages::rpc_type(args.into(), item.into()).into()
}

/// Makes faults of the variants of an error enum.
#[proc_macro_derive(Fault, attributes(fault))]
pub fn fault(item: TokenStream) -> TokenStream {
    stages::fault(item.into()).into()
}
