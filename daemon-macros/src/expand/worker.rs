//! The impl of `DescribeWorker` for a struct.

use proc_macro2::TokenStream;
use quote::quote;

use super::{backoff, count, duration, env, flag, setting, text};
use crate::check::{Job, State};

pub(crate) fn worker(state: &State<Job>) -> TokenStream {
    let State { ident, conditions, .. } = state;
    let job = job(state);
    let flags = flag::table(&state.flags);
    quote! {
        #(#conditions)*
        #[automatically_derived]
        impl ::daemon_core::__private::DescribeWorker for #ident {
            const JOB: ::daemon_core::__private::Job = #job;
            const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = #flags;
        }
    }
}

fn job(state: &State<Job>) -> TokenStream {
    let State { name, settings: job, .. } = state;
    let restart = job.restart.as_ref().map(|kind| quote!(::daemon_core::__private::Restart::#kind));
    let intensity = job.intensity.as_ref().map(|(restarts, within)| {
        let within = duration(*within);
        quote!(#restarts, #within)
    });
    let settings = [
        setting("doc", text(&state.doc)),
        setting("every", job.every.map(duration)),
        setting("restart", restart),
        setting("optional", job.optional.then(TokenStream::new)),
        setting("count", job.count.as_ref().map(count)),
        setting("nice", job.nice.as_ref()),
        setting("heartbeat", job.heartbeat.map(duration)),
        setting("call_timeout", job.call_timeout.map(duration)),
        setting("start_timeout", job.start_timeout.map(duration)),
        setting("stop_grace", job.stop_grace.map(duration)),
        setting("min_uptime", job.min_uptime.map(duration)),
        setting("backoff", job.backoff.map(backoff)),
        setting("intensity", intensity),
        setting("env", env(&job.env)),
        setting("named_memory", job.named_memory.then(TokenStream::new)),
    ];
    quote!(::daemon_core::__private::Job::new(#name) #(#settings)*)
}
