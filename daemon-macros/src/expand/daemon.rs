//! The impl of `Describe` for a struct.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Path;

use super::{at, field, flag, list, metric, record, some, text, worker, yes};
use crate::check::{DIALECTS, DaemonSpec, Pool, Service, State};

pub(crate) fn daemon(state: &State<DaemonSpec>) -> TokenStream {
    let State { ident, conditions, .. } = state;
    let daemon_spec = daemon_spec(state);
    let flags = flag::table(state);
    let workers = state.settings.workers.as_deref().map(workers);
    let pools = pools(&state.settings.pools);
    let metrics = metric::table(&state.metrics);
    quote! {
        #(#conditions)*
        #[automatically_derived]
        impl ::daemon_core::__private::Describe for #ident {
            const SPEC: ::daemon_core::__private::DaemonSpec = #daemon_spec;
            #workers
            #pools
            #metrics
        }
        #flags
    }
}

fn daemon_spec(state: &State<DaemonSpec>) -> TokenStream {
    let name = &state.name;
    let settings = &state.settings;
    let limits: Vec<_> = settings.limits.iter().map(|(name, value)| quote!((#name, #value))).collect();
    let needs: Vec<_> = settings
        .needs
        .iter()
        .map(|ty| quote_spanned!(at(ty)=> <#ty as ::daemon_core::__private::Describe>::SPEC.name))
        .collect();
    let fields = [
        field("doc", text(&state.doc)),
        list("sockets", &settings.sockets),
        some("pid_file", settings.pid_file.as_ref()),
        some("dialects", settings.dialects.as_deref().map(dialects)),
        some("varlink", settings.varlink.as_ref()),
        some("mode", settings.mode.as_ref()),
        some("nice", settings.nice.as_ref()),
        some("umask", settings.umask.as_ref()),
        some(
            "services",
            settings.services.as_ref().map(|services| {
                let services = services.iter().map(|Service { name, json }| quote!((#name, #json)));
                quote!(&[#(#services),*])
            }),
        ),
        yes("cycle", settings.cycle),
        list("needs", &needs),
        list("limits", &limits),
    ];
    let ty = quote!(::daemon_core::__private::DaemonSpec);
    record(&ty, &fields, quote!(#ty::new(#name, ::core::env!("CARGO_PKG_VERSION"))))
}

fn dialects(named: &[Ident]) -> TokenStream {
    let ty = quote!(::daemon_core::__private::Dialects);
    let fields = DIALECTS.iter().map(|name| {
        let (is_named, name) = (named.iter().any(|named| named == name), format_ident!("{name}"));
        quote!(#name: #is_named)
    });
    quote!(#ty { #(#fields),* })
}

fn workers(types: &[Path]) -> TokenStream {
    let roles =
        types.iter().map(|ty| quote_spanned!(at(ty)=> ::daemon_core::__private::worker_type::<#ty>()));
    quote! {
        const WORKERS: ::core::option::Option<&'static [&'static dyn ::daemon_core::__private::WorkerType]> =
            ::core::option::Option::Some(const { &[#(#roles),*] });
    }
}

/// Emits the pools; nothing if there are none, because that is the default of the trait.
fn pools(pools: &[Pool]) -> TokenStream {
    if pools.is_empty() {
        return TokenStream::new();
    }
    let pools = pools.iter().map(|pool| worker::pool(&pool.name, &pool.settings));
    quote!(const POOLS: &'static [::daemon_core::__private::WorkerSpec] = &[#(#pools),*];)
}
