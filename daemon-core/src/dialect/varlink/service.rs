//! `org.varlink.service`: which interfaces there are, what they look like, and the errors that every interface has.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answer::{write_error, write_failed};
use super::call::Call;
use crate::brief::start;
use crate::code;
use crate::fault::{Fault, LONGEST_NAME};
use crate::rpc::dispatch::Server;
use crate::rpc::interfaces::{OF_DAEMON, SERVICE};
use crate::rpc::output::Output;

const DESCRIPTION: &str = "\
# What a service is, and which interfaces it has.
interface org.varlink.service

# Names the service and its interfaces.
method GetInfo() -> (vendor: string, product: string, version: string, url: string, interfaces: []string)

# Returns what one of the interfaces has.
method GetInterfaceDescription(interface: string) -> (description: string)

# The service has no interface with this name.
error InterfaceNotFound (interface: string)

# The interface has no method with this name.
error MethodNotFound (method: string)

# The interface has the method, and the service does not.
error MethodNotImplemented (method: string)

# A parameter is missing, unknown or wrong; the reason says why.
error InvalidParameter (parameter: string, reason: ?string)

# The caller may not call the method.
error PermissionDenied ()

# The method replies more than once: call it with `more`.
error ExpectedMore ()
";

/// What a service says about itself.
#[derive(Serialize)]
struct Info<'a> {
    vendor: &'a str,
    product: &'a str,
    version: &'a str,
    url: &'a str,
    interfaces: Vec<&'a str>,
}

#[derive(Deserialize)]
struct Wanted {
    interface: String,
}

/// Makes a call of a method of this interface, and appends its reply.
pub(super) fn serve<S>(member: &str, call: &Call<'_>, server: &mut Server<'_, S>, output: &mut Output) {
    if let Err(fault) = call.check() {
        return write_fault(&fault, output);
    }
    match member {
        "GetInfo" => info(server, output),
        "GetInterfaceDescription" => description(call, server, output),
        _ => {
            server.dispatcher.methods.count_unknown();
            method_not_found(&call.method, output);
        }
    }
}

fn info<S>(server: &Server<'_, S>, output: &mut Output) {
    let (facts, interfaces) = (server.context.facts(), &server.dispatcher.interfaces);
    let info = Info {
        vendor: interfaces.domain.unwrap_or_default(),
        product: &facts.name,
        version: &facts.version,
        url: "",
        interfaces: interfaces.names(),
    };
    write(&info, output);
}

fn description<S>(call: &Call<'_>, server: &Server<'_, S>, output: &mut Output) {
    let wanted = match serde_json::from_str::<Wanted>(call.text().unwrap_or("{}")) {
        Ok(wanted) => wanted.interface,
        Err(_) => return write_fault(&Fault::invalid_value("interface", "the name of an interface"), output),
    };
    let description = match server.dispatcher.interfaces.find(&wanted) {
        _ if wanted == SERVICE => DESCRIPTION,
        Some(interface) => interface.description(&server.dispatcher.methods),
        None => return interface_not_found(&wanted, output),
    };
    write(&json!({ "description": description }), output);
}

/// Appends the reply with these parameters.
fn write<T: Serialize>(parameters: &T, output: &mut Output) {
    let start = output.mark();
    output.push("{\"parameters\":");
    match output.json(parameters) {
        Ok(()) => output.push("}\0"),
        Err(fault) => {
            output.rewind(start);
            write_fault(&fault, output);
        }
    }
}

fn write_fault(fault: &Fault, output: &mut Output) {
    match standard(fault) {
        Some((error, parameters)) => write_error(&error, &parameters, OF_DAEMON, output),
        None => write_failed(OF_DAEMON, fault, output),
    }
}

/// Returns the error of this interface that says the same as a fault, and its parameters.
pub(super) fn standard(fault: &Fault) -> Option<(String, Value)> {
    let text = |name: &str| fault.data().and_then(|data| data.get(name)).and_then(Value::as_str);
    let (error, parameters) = match fault.code() {
        code::INVALID_PARAMS => {
            ("InvalidParameter", json!({ "parameter": text("parameter")?, "reason": text("reason") }))
        }
        code::METHOD_NOT_FOUND => ("MethodNotImplemented", json!({ "method": text("method")? })),
        code::NOT_ALLOWED => ("PermissionDenied", fault.data().cloned().unwrap_or_else(|| json!({}))),
        _ => return None,
    };
    Some((format!("{SERVICE}.{error}"), parameters))
}

pub(super) fn interface_not_found(name: &str, output: &mut Output) {
    write_own("InterfaceNotFound", &json!({ "interface": start(name, LONGEST_NAME) }), output);
}

pub(super) fn method_not_found(name: &str, output: &mut Output) {
    write_own("MethodNotFound", &json!({ "method": start(name, LONGEST_NAME) }), output);
}

pub(super) fn expected_more(output: &mut Output) {
    write_own("ExpectedMore", &json!({}), output);
}

fn write_own(error: &str, parameters: &Value, output: &mut Output) {
    write_error(&format!("{SERVICE}.{error}"), parameters, OF_DAEMON, output);
}
