//! What a server says about itself: the handshake, and the list of its tools.

use serde_json::{Value, json};

use super::request::{Request, malformed};
use super::versions::{SUPPORTED, agreed};
use crate::caller::Caller;
use crate::context::Facts;
use crate::fault::Fault;
use crate::rpc::method::help;
use crate::rpc::methods::Methods;

/// The most tools in one page of the list. Many clients read only the first.
const PAGE: usize = 256;

/// How long a client may keep what it has read, in milliseconds: another program may be started in place of this one.
const FRESH: u64 = 60_000;

/// Returns the result of a request that calls no tool.
///
/// # Errors
///
/// If its method does not exist, or its parameters do not fit.
pub(super) fn describe<S>(
    methods: &Methods<S>,
    facts: &Facts,
    caller: Option<&Caller>,
    request: &Request<'_>,
) -> Result<Value, Fault> {
    match &*request.method {
        "initialize" => {
            let asked = request.params()?.protocol_version.as_deref();
            Ok(about(facts, json!({ "protocolVersion": agreed(asked), "serverInfo": server_info(facts) })))
        }
        "server/discover" => Ok(about(facts, kept(json!({ "supportedVersions": SUPPORTED })))),
        "ping" => Ok(json!({})),
        "tools/list" => list(methods, caller, request.params()?.cursor.as_deref()).map(kept),
        method => Err(Fault::method_not_found(method)),
    }
}

/// Adds what both forms of the handshake say.
fn about(facts: &Facts, mut result: Value) -> Value {
    result["capabilities"] = json!({ "tools": {} });
    if !facts.doc.is_empty() {
        result["instructions"] = facts.doc.into();
    }
    result
}

/// Adds how long a result may be kept, and for whom: what is listed depends on the caller.
fn kept(mut result: Value) -> Value {
    result["ttlMs"] = FRESH.into();
    result["cacheScope"] = "private".into();
    result
}

/// Returns the Implementation object of the daemon.
pub(super) fn server_info(facts: &Facts) -> Value {
    let mut info = json!({ "name": facts.name, "title": facts.name, "version": facts.version });
    let (first, _) = help(facts.doc);
    if !first.is_empty() {
        info["description"] = first.into();
    }
    info
}

/// Lists the tools that the caller may call, from a cursor on.
fn list<S>(methods: &Methods<S>, caller: Option<&Caller>, cursor: Option<&str>) -> Result<Value, Fault> {
    let first = match cursor {
        None => 0,
        Some(cursor) => {
            cursor.parse().map_err(|_| malformed("`cursor` must be one that an earlier page has given"))?
        }
    };
    let mut allowed = methods.tools().from(first).filter(|(_, tool)| {
        let entry = methods.entry(tool.method);
        entry.access.admit(&entry.name, caller).is_ok()
    });
    let page: Vec<_> = allowed.by_ref().take(PAGE).map(|(_, tool)| tool.description.clone()).collect();
    let mut result = json!({ "tools": page });
    if let Some((next, _)) = allowed.next() {
        result["nextCursor"] = next.to_string().into();
    }
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rpc::access::Nobody;
    use crate::rpc::method::{MethodSpec, Name};
    use crate::rpc::methods::{Listed, Run};

    #[test]
    fn a_long_list_has_pages_and_each_tool_is_on_one() {
        let listed = (0..2 * PAGE + 1).map(|number| {
            let name = number.to_string().leak();
            let spec = MethodSpec::new(Name::Under(name));
            Listed { under: "kitchen", spec, run: Run::Handler(|(), call| call.reply(())) }
        });
        let methods = Methods::<()>::new(listed, &Nobody).unwrap();
        let (mut cursor, mut lengths) = (None, Vec::new());
        loop {
            let page = list(&methods, None, cursor.as_deref()).unwrap();
            lengths.push(page["tools"].as_array().unwrap().len());
            cursor = page["nextCursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(lengths, [PAGE, PAGE, 1]);
        assert_eq!(list(&methods, None, Some("99999")).unwrap()["tools"], json!([]));
        for cursor in ["", "x", "-1", "99999999999999999999"] {
            assert!(list(&methods, None, Some(cursor)).is_err(), "{cursor}");
        }
    }
}
