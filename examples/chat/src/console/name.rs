//! Which node a name means: an id, or a nickname that one node has.

use daemon_core::console::Session;
use daemon_core::serde_json::{self, Value};
use daemon_core::{Client, Error, Result};

use super::ask;
use crate::kernel::{BookClient, KernelClient};

/// The code of the fault that lists several nodes.
const AMBIGUOUS: i32 = 3;

/// Returns the id of the node that a name means.
///
/// # Errors
///
/// If there is none, or there are several: then the error lists them.
pub(super) fn resolve(name: &str, console: &mut Session) -> Result<String> {
    ask(console, |client| {
        let resolved = BookClient(&mut *client).resolve_name(name);
        resolved.map_err(|error| match candidates(&error) {
            None => error,
            Some(ids) => several(name, &ids, client),
        })
    })
}

fn candidates(error: &Error) -> Option<Vec<String>> {
    let fault = error.fault().filter(|fault| fault.code() == AMBIGUOUS)?;
    serde_json::from_value(fault.data().cloned().unwrap_or(Value::Null)).ok()
}

fn several(name: &str, ids: &[String], client: &mut Client) -> Error {
    let known = BookClient(&mut *client).list_book().unwrap_or_default();
    let links = KernelClient(client).connections().unwrap_or_default();
    let describe = |id: &String| {
        let is_known = known.iter().any(|entry| entry.id == *id);
        let is_here = links.iter().any(|link| link.is_with(id));
        let facts = [(is_known, "  in the address book"), (is_here, "  connected")];
        format!("\n  {id}{}", facts.iter().filter(|fact| fact.0).map(|fact| fact.1).collect::<String>())
    };
    let list: String = ids.iter().map(describe).collect();
    Error::new(format!("several nodes are called `{name}`; use one of their ids:{list}"))
}
