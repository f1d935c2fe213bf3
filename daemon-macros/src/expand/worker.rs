//! The impl of `DescribeWorker` for a struct.

use proc_macro2::TokenStream;
use quote::quote;

use super::{array, duration, field, flag, record, some, text, yes};
use crate::args::Count;
use crate::check::{Recycle, State, WorkerSpec};

pub(crate) fn worker(state: &State<WorkerSpec>) -> TokenStream {
    let State { ident, conditions, .. } = state;
    let worker_spec = worker_spec(state);
    let flags = flag::table(state);
    quote! {
        #(#conditions)*
        #[automatically_derived]
        impl ::daemon_core::__private::DescribeWorker for #ident {
            const SPEC: ::daemon_core::__private::WorkerSpec = #worker_spec;
        }
        #flags
    }
}

fn worker_spec(state: &State<WorkerSpec>) -> TokenStream {
    let name = &state.name;
    spec(text(&state.doc), &state.settings, quote!(new(#name)))
}

/// The spec of the workers of a pool.
pub(super) fn pool(name: &str, settings: &WorkerSpec) -> TokenStream {
    spec(None, settings, quote!(pool(#name)))
}

/// Emits a spec with these settings; `made` is the call that creates one with the usual settings.
fn spec(doc: Option<&str>, settings: &WorkerSpec, made: TokenStream) -> TokenStream {
    let fields = [
        field("doc", doc),
        some("every", settings.every.map(duration)),
        yes("optional", settings.optional),
        field("count", settings.count.as_ref().map(count)),
        some("nice", settings.nice.as_ref()),
        some("heartbeat", settings.heartbeat.map(duration)),
        some("call_timeout", settings.call_timeout.map(duration)),
        some("env", array(&settings.env)),
        yes("named_memory", settings.named_memory),
        field("recycle", settings.recycle.as_ref().map(recycle)),
        field("policy", policy(settings)),
    ];
    let ty = quote!(::daemon_core::__private::WorkerSpec);
    record(&ty, &fields, quote!(#ty::#made))
}

/// Emits when it is restarted and how it is stopped; `None` if nothing is set.
fn policy(settings: &WorkerSpec) -> Option<TokenStream> {
    let restart = settings.restart.as_ref().map(|kind| quote!(::daemon_core::__private::Restart::#kind));
    let backoff = settings.backoff.map(|(from, to)| {
        let (from, to) = (duration(from), duration(to));
        quote!(::daemon_core::__private::Backoff { from: #from, to: #to })
    });
    let intensity = settings.intensity.as_ref().map(|(restarts, within)| {
        let within = duration(*within);
        quote!(::daemon_core::__private::Intensity { restarts: #restarts, within: #within })
    });
    let fields = [
        field("restart", restart),
        field("start_timeout", settings.start_timeout.map(duration)),
        field("stop_grace", settings.stop_grace.map(duration)),
        field("min_uptime", settings.min_uptime.map(duration)),
        field("backoff", backoff),
        some("intensity", intensity),
    ];
    let ty = quote!(::daemon_core::__private::Policy);
    let differs = fields.iter().any(|field| !field.is_empty());
    differs.then(|| record(&ty, &fields, quote!(#ty::new())))
}

/// Emits when processes are replaced although they are well.
fn recycle(limits: &Recycle) -> TokenStream {
    let fields = [
        some("calls", limits.calls.as_ref()),
        some("memory", limits.memory),
        some("age", limits.age.map(duration)),
    ];
    let ty = quote!(::daemon_core::__private::Recycle);
    record(&ty, &fields, quote!(#ty::never()))
}

/// A number of processes; `None` for as many as there are cores.
fn count(count: &Count) -> TokenStream {
    match count {
        Count::Cores => quote!(::core::option::Option::None),
        Count::Number(number) => quote!(::core::option::Option::Some(#number)),
    }
}
