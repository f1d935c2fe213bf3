//! The impl of `DescribeWorker` for a struct.

use proc_macro2::TokenStream;
use quote::quote;

use super::{backoff, count, duration, env, flag, setting, text};
use crate::check::{State, WorkerSpec};

pub(crate) fn worker(state: &State<WorkerSpec>) -> TokenStream {
    let State { ident, conditions, .. } = state;
    let worker_spec = worker_spec(state);
    let flags = flag::table(&state.flags);
    quote! {
        #(#conditions)*
        #[automatically_derived]
        impl ::daemon_core::__private::DescribeWorker for #ident {
            const SPEC: ::daemon_core::__private::WorkerSpec = #worker_spec;
            const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = #flags;
        }
    }
}

fn worker_spec(state: &State<WorkerSpec>) -> TokenStream {
    let State { name, settings: worker_spec, .. } = state;
    let restart = worker_spec.restart.as_ref().map(|kind| quote!(::daemon_core::__private::Restart::#kind));
    let intensity = worker_spec.intensity.as_ref().map(|(restarts, within)| {
        let within = duration(*within);
        quote!(#restarts, #within)
    });
    let settings = [
        setting("doc", text(&state.doc)),
        setting("every", worker_spec.every.map(duration)),
        setting("restart", restart),
        setting("optional", worker_spec.optional.then(TokenStream::new)),
        setting("count", worker_spec.count.as_ref().map(count)),
        setting("nice", worker_spec.nice.as_ref()),
        setting("heartbeat", worker_spec.heartbeat.map(duration)),
        setting("call_timeout", worker_spec.call_timeout.map(duration)),
        setting("start_timeout", worker_spec.start_timeout.map(duration)),
        setting("stop_grace", worker_spec.stop_grace.map(duration)),
        setting("min_uptime", worker_spec.min_uptime.map(duration)),
        setting("backoff", worker_spec.backoff.map(backoff)),
        setting("intensity", intensity),
        setting("env", env(&worker_spec.env)),
        setting("named_memory", worker_spec.named_memory.then(TokenStream::new)),
    ];
    quote!(::daemon_core::__private::WorkerSpec::new(#name) #(#settings)*)
}
