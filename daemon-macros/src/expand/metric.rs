//! The fields of a struct that are metrics, as a table.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::at;
use crate::check::Metric;

/// Emits the table; nothing if there are none, because that is the default of the trait.
pub(super) fn table(metrics: &[Metric]) -> TokenStream {
    if metrics.is_empty() {
        return TokenStream::new();
    }
    let metrics = metrics.iter().map(metric);
    quote!(const METRICS: &'static [::daemon_core::__private::Metric<Self>] = &[#(#metrics),*];)
}

fn metric(metric: &Metric) -> TokenStream {
    let Metric { field, conditions, ty, name, doc, is_counter } = metric;
    let (kind, read) = match is_counter {
        true => (
            quote!(Counter),
            quote_spanned!(at(ty)=> <#ty as ::daemon_core::__private::CounterValue>::counter),
        ),
        false => {
            (quote!(Gauge), quote_spanned!(at(ty)=> <#ty as ::daemon_core::__private::MetricValue>::metric))
        }
    };
    quote! {
        #(#conditions)*
        ::daemon_core::__private::Metric {
            name: #name,
            doc: #doc,
            kind: ::daemon_core::__private::MetricKind::#kind,
            read: |state| #read(&state.#field),
        }
    }
}
