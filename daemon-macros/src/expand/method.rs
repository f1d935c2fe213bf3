//! One entry of a table of methods.

use std::time::Duration;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use super::beside::{Beside, beside};
use super::home::Home;
use super::{array, at, constraint, duration, field, handler, list, option, own, record, some, text, yes};
use crate::check::{Example, Handler, Method, Name, Param, Process, Route, Rule};

/// Emits a table of methods; `home` is where they were written.
pub(crate) fn table(methods: &[Method], home: Home) -> TokenStream {
    let entries = methods.iter().map(|entry| {
        let conditions = &entry.conditions;
        let method = method(entry, home);
        quote!(#(#conditions)* #method)
    });
    quote!(&[#(#entries),*])
}

fn method(method: &Method, home: Home) -> TokenStream {
    let spec = spec(method);
    let run = run(method, home);
    let check = check(method);
    let carrier = constraint::carrier(&method.handler);
    // The compiler checks the fields in this order, so it reports problems of the function first.
    let method = quote!(::daemon_core::__private::Method { run: #run, check: #check, spec: #spec });
    match carrier {
        Some(carrier) => quote!({ #carrier #method }),
        None => method,
    }
}

/// Emits what a method says about itself.
fn spec(method: &Method) -> TokenStream {
    let name = name(&method.name);
    let params: Vec<TokenStream> = method.handler.params().enumerate().map(param).collect();
    let examples: Vec<TokenStream> =
        method.examples.iter().map(|one| example(one, &method.handler)).collect();
    let rules: Vec<TokenStream> = method.allow.iter().map(rule).collect();
    let fields = [
        field("doc", text(&method.doc)),
        list("aliases", &method.aliases),
        some("deprecated", method.deprecated.as_ref()),
        yes("hidden", method.hidden),
        yes("call_only", method.call_only),
        yes("read_only", method.read_only),
        yes("idempotent", method.idempotent),
        yes("destructive", method.destructive),
        field("params", array(&params).map(|params| quote!(const { #params }))),
        field("result", handler::result(&method.handler.returns)),
        field("items", handler::items(&method.handler.returns)),
        field("faults", handler::faults(&method.handler.returns)),
        list("allow", &rules),
        field("timeout", timeout(&method.process)),
        field("rate", rate(method.rate)),
        field("route", method.route.as_ref().map(|route| option(Some(self::route(route))))),
        list("examples", &examples),
    ];
    let ty = quote!(::daemon_core::__private::MethodSpec);
    record(&ty, &fields, quote!(#ty::new(#name)))
}

/// How long a caller waits for a late reply.
fn timeout(process: &Process) -> Option<TokenStream> {
    let Process::Daemon { timeout: Some(timeout) } = process else { return None };
    Some(option(Some(duration(*timeout))))
}

fn rate(rate: Option<(u32, Duration)>) -> Option<TokenStream> {
    let (calls, per) = rate?;
    let per = duration(per);
    Some(quote! {
        ::core::option::Option::Some(::daemon_core::__private::Rate { calls: #calls, per: #per })
    })
}

fn route(route: &Route) -> TokenStream {
    let Route { verb, path, body, etag } = route;
    let fields = [some("body", body.as_ref()), yes("etag", *etag)];
    let ty = quote!(::daemon_core::__private::Route);
    record(&ty, &fields, quote!(#ty::new(#verb, #path)))
}

/// Emits what runs a method.
fn run(method: &Method, home: Home) -> TokenStream {
    let invoke = handler::invoke(&method.handler, home);
    let run = match &method.process {
        Process::Daemon { .. } | Process::Worker => quote!(Here(#invoke)),
        Process::Thread { timeout } => {
            let invoke = beside(&method.handler, home, Beside::Thread, *timeout);
            quote!(Here(#invoke))
        }
        Process::Future { timeout } => {
            let invoke = beside(&method.handler, home, Beside::Future, *timeout);
            quote!(Here(#invoke))
        }
        Process::Pool { name, timeout } => {
            let timeout = option(timeout.map(duration));
            quote!(Pooled { pool: #name, timeout: #timeout, invoke: #invoke })
        }
    };
    quote!(::daemon_core::__private::Handler::#run)
}

/// Emits what checks the parameters in the daemon, if the method runs in another process.
fn check(method: &Method) -> TokenStream {
    option(match method.process {
        Process::Daemon { .. } | Process::Thread { .. } | Process::Future { .. } => None,
        Process::Worker | Process::Pool { .. } => Some(handler::check(&method.handler)),
    })
}

pub(super) fn name(name: &Name) -> TokenStream {
    match name {
        Name::Whole(name) => quote!(::daemon_core::__private::Name::Whole(#name)),
        Name::Under(name) => quote!(::daemon_core::__private::Name::Under(#name)),
    }
}

fn param((number, param): (usize, &Param)) -> TokenStream {
    let ty = &param.ty;
    let default = handler::default(param)
        .map(|default| quote_spanned!(at(ty)=> || ::daemon_core::__private::default(#default)));
    let fields = [
        some("long", param.long.as_ref()),
        field("doc", text(&param.doc)),
        some("default", default),
        field("schema", handler::described(param, number)),
        some("check", handler::check_value(param, number)),
    ];
    record(&quote!(::daemon_core::__private::Param), &fields, handler::param(param))
}

fn example(example: &Example, handler: &Handler) -> TokenStream {
    let given = example.params.iter().zip(handler.params());
    let params = given.map(|(value, param)| {
        let value = handler::value(param, value);
        quote_spanned!(at(&param.ty)=> || ::daemon_core::__private::default(#value))
    });
    let result = example.result.as_ref();
    let result =
        option(result.map(|result| quote_spanned!(at(result)=> || ::daemon_core::__private::json(#result))));
    let name = &example.name;
    quote! {
        ::daemon_core::__private::Example { name: #name, params: &[#(#params),*], result: #result }
    }
}

fn rule(rule: &Rule) -> TokenStream {
    let rule = match rule {
        Rule::Owner => quote!(Owner),
        Rule::Root => quote!(Root),
        Rule::Uid(uid) => quote!(Uid(#uid)),
        Rule::User(name) => quote!(User(#name)),
        Rule::Gid(gid) => quote!(Gid(#gid)),
        Rule::Group(name) => quote!(Group(#name)),
        Rule::Token(name) => quote!(Token(#name)),
        Rule::AnyToken => quote!(AnyToken),
        Rule::Member => quote!(Member),
    };
    quote_spanned!(own()=> ::daemon_core::__private::Rule::#rule)
}
