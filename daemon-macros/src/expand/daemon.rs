//! The impl of `Describe` for a struct.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Path;

use super::{at, backoff, count, duration, env, flag, list, setting, text};
use crate::check::{DaemonSpec, Pool, State};

pub(crate) fn daemon(state: &State<DaemonSpec>) -> TokenStream {
    let State { ident, conditions, .. } = state;
    let daemon_spec = daemon_spec(state);
    let flags = flag::table(&state.flags);
    let workers = state.settings.workers.as_deref().map(workers);
    let pools = pools(&state.settings.pools);
    quote! {
        #(#conditions)*
        #[automatically_derived]
        impl ::daemon_core::__private::Describe for #ident {
            const SPEC: ::daemon_core::__private::DaemonSpec = #daemon_spec;
            const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = #flags;
            #workers
            #pools
        }
    }
}

fn daemon_spec(state: &State<DaemonSpec>) -> TokenStream {
    let name = &state.name;
    let settings = &state.settings;
    let limits: Vec<_> = settings.limits.iter().map(|(name, value)| quote!((#name, #value))).collect();
    let settings = [
        setting("doc", text(&state.doc)),
        list("sockets", &settings.sockets),
        setting("pid_file", settings.pid_file.as_ref()),
        setting("mode", settings.mode.as_ref()),
        setting("nice", settings.nice.as_ref()),
        setting("umask", settings.umask.as_ref()),
        list("limits", &limits),
    ];
    quote!(::daemon_core::__private::DaemonSpec::new(#name, ::core::env!("CARGO_PKG_VERSION")) #(#settings)*)
}

fn workers(types: &[Path]) -> TokenStream {
    let roles =
        types.iter().map(|ty| quote_spanned!(at(ty)=> ::daemon_core::__private::worker_type::<#ty>()));
    quote! {
        const WORKERS: ::core::option::Option<&'static [&'static dyn ::daemon_core::__private::WorkerType]> =
            ::core::option::Option::Some(const { &[#(#roles),*] });
    }
}

/// The pools; nothing if there are none, which is what the trait says itself.
fn pools(pools: &[Pool]) -> TokenStream {
    if pools.is_empty() {
        return TokenStream::new();
    }
    let pools = pools.iter().map(pool);
    quote!(const POOLS: &'static [::daemon_core::__private::Pool] = &[#(#pools),*];)
}

fn pool(pool: &Pool) -> TokenStream {
    let name = &pool.name;
    let settings = &pool.settings;
    let settings = [
        setting("count", settings.count.as_ref().map(count)),
        setting("nice", settings.nice.as_ref()),
        setting("timeout", settings.call_timeout.map(duration)),
        setting("stop_grace", settings.stop_grace.map(duration)),
        setting("min_uptime", settings.min_uptime.map(duration)),
        setting("backoff", settings.backoff.map(backoff)),
        setting("env", env(&settings.env)),
    ];
    quote!(::daemon_core::__private::Pool::new(#name) #(#settings)*)
}
