//! What a daemon tells of itself: `system.*`, as the XML-RPC world knows it, and `rpc.discover`.
//!
//! Everything here is read from the method table; nothing is listed by hand.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::call::{Call, Outcome};
use super::method::{Method, MethodSpec, Name};
use super::methods::{Methods, Run};
use super::param::Param;
use super::params::Text;
use super::schema::type_word;
use super::{multicall, openrpc};

/// The built-in methods of every daemon that concern its methods.
pub(crate) fn methods<S>() -> Vec<(MethodSpec, Run<S>)> {
    let mut methods = vec![
        (
            spec("system.getCapabilities")
                .doc("What protocols and extensions the daemon speaks.\n\nA struct: name → specUrl, specVersion.")
                .returns::<BTreeMap<String, Value>>()
                .spec,
            Run::System(capabilities),
        ),
        (
            spec("system.listMethods")
                .doc("The names of all methods.")
                .returns::<Vec<String>>()
                .spec,
            Run::System(list),
        ),
        (
            spec("system.methodHelp")
                .doc("The help text of a method; \"\" if it has none.")
                .params(METHOD)
                .returns::<String>()
                .spec,
            Run::System(help),
        ),
        (
            spec("system.methodSignature")
                .doc("The signatures of a method: arrays of type names, the type of the result first.")
                .params(METHOD)
                .returns::<Vec<Vec<String>>>()
                .spec,
            Run::System(signature),
        ),
        (
            spec(multicall::NAME)
                .doc("Make several calls at once.\n\nEach result comes as an array of one element, each fault as a struct of faultCode and faultString.")
                .params(multicall::PARAMS)
                .returns::<Vec<Value>>()
                .spec,
            Run::Multicall,
        ),
    ];
    methods.extend(openrpc::methods());
    methods
}

const METHOD: &[Param] = &[Param::of::<Text<'static>>("method").doc("The name of the method")];

/// A built-in method as a table entry without a function of its own.
pub(crate) fn spec(name: &'static str) -> Method<()> {
    Method::new(Name::Whole(name), |(), call| call.reply(()))
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

/// A signature for each way to call by position: with all parameters first, then with fewer and fewer of those at the
/// end that may be left out.
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
    let known = [
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
