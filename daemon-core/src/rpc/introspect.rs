//! What a daemon says about itself: `system.*`, as known from XML-RPC, and `rpc.discover`.
//!
//! Everything here comes from the method table; nothing is listed by hand.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::call::{Call, Outcome};
#[cfg(test)]
use super::method::{Handler, Method};
use super::method::{MethodSpec, Name};
use super::methods::{Methods, Run};
use super::param::Param;
use super::params::Text;
use super::schema::type_word;
use super::signature::returns;
use super::{multicall, openrpc};
use crate::schemars::JsonSchema;

/// The built-in methods of every daemon that concern its methods.
pub(crate) fn methods<S>() -> Vec<(MethodSpec, Run<S>)> {
    let mut methods = vec![
        (
            reading::<BTreeMap<String, Value>>(
                "system.getCapabilities",
                "Which protocols and extensions the daemon speaks.\n\nA struct: name → specUrl, specVersion.",
            ),
            Run::System(capabilities),
        ),
        (reading::<Vec<String>>("system.listMethods", "The names of all methods."), Run::System(list)),
        (
            MethodSpec {
                params: METHOD,
                ..reading::<String>("system.methodHelp", "The help text of a method; \"\" if it has none.")
            },
            Run::System(help),
        ),
        (
            MethodSpec {
                params: METHOD,
                ..reading::<Vec<Vec<String>>>(
                    "system.methodSignature",
                    "The signatures of a method: arrays of type names, the type of the result first.",
                )
            },
            Run::System(signature),
        ),
        (
            MethodSpec {
                params: multicall::PARAMS,
                ..built_in::<Vec<Value>>(
                    multicall::NAME,
                    "Make several calls at once.\n\nEach result comes as an array of one element, each fault as a struct of faultCode and faultString.",
                )
            },
            Run::Multicall,
        ),
    ];
    methods.extend(openrpc::methods());
    methods
}

const METHOD: &[Param] = &[Param { doc: "The name of the method", ..Param::of::<Text<'static>>("method") }];

/// Returns the spec of a built-in method without parameters that every caller may call.
pub(crate) fn built_in<T: Serialize + JsonSchema>(name: &'static str, doc: &'static str) -> MethodSpec {
    MethodSpec { doc, result: returns::<T>(), ..MethodSpec::new(Name::Whole(name)) }
}

/// Returns the spec of such a method that changes nothing.
pub(crate) fn reading<T: Serialize + JsonSchema>(name: &'static str, doc: &'static str) -> MethodSpec {
    MethodSpec { read_only: true, ..built_in::<T>(name, doc) }
}

/// A method without help, parameters or result.
#[cfg(test)]
pub(crate) fn spec(name: &'static str) -> Method<()> {
    let run = Handler::Here(|(), call| call.reply(()));
    Method { spec: MethodSpec::new(Name::Whole(name)), run, check: None }
}

fn list<S>(methods: &Methods<S>, call: Call<'_>) -> Outcome {
    call.params::<()>()?;
    call.reply(methods.visible().map(|entry| entry.name.as_str()).collect::<Vec<_>>())
}

fn help<S>(methods: &Methods<S>, call: Call<'_>) -> Outcome {
    let (name,) = call.params::<(Text<'_>,)>()?;
    call.reply(methods.get(&name)?.spec.doc)
}

fn signature<S>(methods: &Methods<S>, call: Call<'_>) -> Outcome {
    let (name,) = call.params::<(Text<'_>,)>()?;
    call.reply(signatures(&methods.get(&name)?.spec))
}

/// Returns one signature for each way to call by position: with all parameters first, then with fewer and fewer of the
/// optional ones at the end.
fn signatures(spec: &MethodSpec) -> Vec<Vec<&'static str>> {
    let result = spec.result.map_or("nil", type_word);
    let params = spec.params.iter().map(|param| type_word(param.schema));
    let whole: Vec<_> = std::iter::once(result).chain(params).collect();
    (spec.required()..=spec.params.len()).rev().map(|given| whole[..=given].to_vec()).collect()
}

#[derive(Serialize)]
struct Capability {
    #[serde(rename = "specUrl")]
    url: &'static str,
    #[serde(rename = "specVersion")]
    version: u32,
}

fn capabilities<S>(_: &Methods<S>, call: Call<'_>) -> Outcome {
    call.params::<()>()?;
    let xml = cfg!(feature = "xml").then_some(1);
    let known = [
        ("xmlrpc", "http://www.xmlrpc.com/spec", xml),
        ("nil", "http://www.ontosys.com/xml-rpc/extensions.php", xml),
        ("json-rpc", "https://www.jsonrpc.org/specification", Some(2)),
        ("system.multicall", "http://www.xmlrpc.com/discuss/msgReader$1208", Some(1)),
        ("introspection", "http://phpxmlrpc.sourceforge.net/doc-2/ch10.html", Some(2)),
        ("faults_interop", "http://xmlrpc-epi.sourceforge.net/specs/rfc.fault_codes.php", Some(20_010_516)),
        ("openrpc", "https://spec.open-rpc.org", openrpc::VERSION_AS_NUMBER),
    ];
    let known: BTreeMap<_, _> = known
        .into_iter()
        .filter_map(|(name, url, version)| Some((name, Capability { url, version: version? })))
        .collect();
    call.reply(known)
}
