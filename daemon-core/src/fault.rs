//! What a peer gets when a call fails: a code, a message, and data with details.

#[cfg(daemon)]
pub(crate) mod derived;
pub(crate) mod raise;
mod sentence;
#[cfg(daemon)]
mod shown;
mod spec;
mod stopping;
#[cfg(feature = "supervisorctl")]
pub(crate) mod supervisor;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[cfg(feature = "varlink")]
pub(crate) use self::spec::DataSchema;
pub use self::spec::FaultSpec;
#[cfg(feature = "supervisorctl")]
pub(crate) use self::supervisor::{SUCCESS as SUPERVISOR_SUCCESS, SupervisorFault};
use crate::brief::{brief, start};
use crate::error::{Error, chain};
use crate::sys::exit::{Exit, signal_name};

/// The fault codes that are not the application's own.
///
/// -32700 to -32600 are those of JSON-RPC 2.0, section 5.1; the others are from "Specification for Fault Code
/// Interoperability" (2001), which XML-RPC implementations use.
pub mod code {
    /// The bytes are not JSON.
    pub const PARSE_ERROR: i32 = -32700;
    /// JSON, but not a request.
    pub const INVALID_REQUEST: i32 = -32600;
    /// No method has this name.
    pub const METHOD_NOT_FOUND: i32 = -32601;
    /// The parameters do not fit the method.
    pub const INVALID_PARAMS: i32 = -32602;
    /// The method failed in a way that is not its caller's fault, for example by a panic of its handler.
    pub const INTERNAL_ERROR: i32 = -32603;
    /// The application failed: the code of a handler's untyped error.
    pub const APPLICATION_ERROR: i32 = -32500;
    /// The system failed.
    pub const SYSTEM_ERROR: i32 = -32400;
    /// The connection failed, or one of its limits was reached.
    pub const TRANSPORT_ERROR: i32 = -32300;
    /// The caller has cancelled the call; the code is that of the Language Server Protocol 3.17, `RequestCancelled`.
    pub const CANCELLED: i32 = -32800;
    /// The caller may not call this method.
    pub const NOT_ALLOWED: i32 = -32001;
    /// The worker that ran the method ended before it replied.
    pub const WORKER_FAILED: i32 = -32002;
    /// The reply did not come in time: the method has a timeout, or the caller has said how long it waits.
    pub const WORKER_TIMEOUT: i32 = -32003;
    /// Too many calls are waiting for the worker.
    pub const WORKER_BUSY: i32 = -32004;
    /// The worker is not running and will not be restarted automatically, or no worker has this name.
    pub const WORKER_DOWN: i32 = -32005;
    /// The service could not be started, or can't reach the state that the caller waits for.
    pub const SERVICE_FAILED: i32 = -32007;
    /// The service is not running.
    pub const SERVICE_DOWN: i32 = -32008;
    /// The caller has called the method too often.
    pub const TOO_OFTEN: i32 = -32006;
    /// The caller has to show a token first: the method or the socket demands one.
    pub const TOKEN_NEEDED: i32 = -32011;
    /// The token that the caller shows is not valid.
    pub const INVALID_TOKEN: i32 = -32012;
    /// A `system.multicall` inside a `system.multicall`.
    pub const RECURSIVE_MULTICALL: i32 = -31001;
}

/// A failure as the peer sees it: the error object of JSON-RPC 2.0, section 5.1.
///
/// Most handlers return errors of their own (see `#[derive(Fault)]`) and never name this type.
///
/// ```
/// use daemon_core::Fault;
/// use serde_json::json;
///
/// let fault = Fault::new(17, "the door is shut").with_data(json!({"door": "front"}));
/// assert_eq!(fault.code(), 17);
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Fault(Box<Parts>);

/// The parts of a fault. They are elsewhere, because a result passes many hands that is hardly ever a fault.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Parts {
    code: i32,
    message: Cow<'static, str>,
    #[serde(default)]
    data: Option<Value>,
}

impl Fault {
    /// Creates a fault with a code and a message. Codes from -32768 to -32000 belong to the protocol.
    pub fn new(code: i32, message: impl Into<Cow<'static, str>>) -> Self {
        Fault(Box::new(Parts { code, message: message.into(), data: None }))
    }

    /// Adds data: any details for the caller.
    #[must_use]
    pub fn with_data(mut self, data: impl Into<Value>) -> Self {
        self.0.data = Some(data.into());
        self
    }

    /// The kind of failure, as a number.
    pub fn code(&self) -> i32 {
        self.0.code
    }

    /// One sentence for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Further details.
    pub fn data(&self) -> Option<&Value> {
        self.0.data.as_ref()
    }

    pub(crate) fn parse_error(reason: impl fmt::Display) -> Self {
        Fault::new(code::PARSE_ERROR, "Parse error").with_reason(reason)
    }

    pub(crate) fn invalid_request(reason: impl fmt::Display) -> Self {
        Fault::new(code::INVALID_REQUEST, "Invalid Request").with_reason(reason)
    }

    pub(crate) fn method_not_found(method: &str) -> Self {
        Fault::new(code::METHOD_NOT_FOUND, "Method not found")
            .with_data(serde_json::json!({ "method": start(method, LONGEST_NAME) }))
    }

    pub(crate) fn internal(reason: impl fmt::Display) -> Self {
        Fault::new(code::INTERNAL_ERROR, "Internal error").with_reason(reason)
    }

    pub(crate) fn transport(reason: impl fmt::Display) -> Self {
        Fault::new(code::TRANSPORT_ERROR, "Transport error").with_reason(reason)
    }

    /// A worker ended while it ran the call: how it ended, and its last words.
    pub(crate) fn worker_failed(worker: &str, exit: Exit, words: Option<&str>) -> Self {
        let mut data = serde_json::json!({ "worker": worker });
        match exit {
            Exit::Code(code) => data["exit_code"] = code.into(),
            Exit::Signal(number) => data["signal"] = signal_name(number).into(),
        }
        if let Some(words) = words {
            data["reason"] = brief(words).into();
        }
        worker::FAILED.fault().with_data(data)
    }

    pub(crate) fn worker_not_started(worker: &str, reason: &str) -> Self {
        worker::FAILED.fault().with_data(serde_json::json!({ "worker": worker, "reason": brief(reason) }))
    }

    pub(crate) fn worker_timeout(worker: &str, longest: Option<Duration>) -> Self {
        let seconds = longest.unwrap_or_default().as_secs_f64();
        worker::TIMEOUT.fault().with_data(serde_json::json!({ "worker": worker, "seconds": seconds }))
    }

    /// The caller has cancelled the call.
    pub(crate) fn cancelled() -> Self {
        Fault::new(code::CANCELLED, "Call cancelled")
    }

    /// A call beside the loop took too long.
    pub(crate) fn timeout(longest: Option<Duration>) -> Self {
        let seconds = longest.unwrap_or_default().as_secs_f64();
        Fault::new(code::WORKER_TIMEOUT, "Call took too long")
            .with_data(serde_json::json!({ "seconds": seconds }))
    }

    /// A caller has called a method too often: when it may call it again.
    pub(crate) fn too_often(method: &str, wait: Duration) -> Self {
        Fault::new(code::TOO_OFTEN, "Too many calls")
            .with_data(serde_json::json!({ "method": method, "retry_after": wait.as_secs_f64() }))
    }

    pub(crate) fn worker_busy(worker: &str) -> Self {
        worker::BUSY
            .fault()
            .with_data(serde_json::json!({ "worker": worker, "reason": "too many calls wait for it" }))
    }

    pub(crate) fn worker_down(worker: &str) -> Self {
        worker::DOWN.fault().with_data(serde_json::json!({ "worker": worker }))
    }

    pub(crate) fn no_worker(worker: &str) -> Self {
        Fault::new(code::WORKER_DOWN, "No such worker")
            .with_data(serde_json::json!({ "worker": start(worker, LONGEST_NAME) }))
    }

    #[cfg(feature = "services")]
    pub(crate) fn service_failed(service: &str, reason: &str) -> Self {
        service::FAILED.fault().with_data(serde_json::json!({ "service": service, "reason": brief(reason) }))
    }

    #[cfg(feature = "services")]
    pub(crate) fn service_down(service: &str) -> Self {
        let service = start(service, LONGEST_NAME);
        service::DOWN.fault().with_data(serde_json::json!({ "service": service }))
    }

    /// Listeners failed at a reload; the others have reloaded.
    pub(crate) fn reload_failed(failures: &[String]) -> Self {
        Fault::new(code::APPLICATION_ERROR, "Reload failed").with_reason(failures.join("; "))
    }

    /// A parameter of a built-in method whose value is invalid.
    pub(crate) fn invalid_value(parameter: &str, reason: impl fmt::Display) -> Self {
        Fault::new(code::INVALID_PARAMS, "Invalid params")
            .with_data(serde_json::json!({ "parameter": parameter, "reason": brief(reason) }))
    }

    /// The error object as JSON text.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "null".to_owned())
    }

    fn with_reason(self, reason: impl fmt::Display) -> Self {
        self.with_data(serde_json::json!({ "reason": brief(reason) }))
    }
}

/// The longest unknown name that is returned to the peer, in characters.
pub(crate) const LONGEST_NAME: usize = 128;

impl Serialize for Fault {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", &self.0.code)?;
        map.serialize_entry("message", &self.0.message)?;
        if let Some(data) = &self.0.data {
            map.serialize_entry("data", data)?;
        }
        map.end()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.0.message, self.0.code)?;
        match &self.0.data {
            Some(data) => write!(f, ": {data}"),
            None => Ok(()),
        }
    }
}

impl StdError for Fault {}

/// The faults of requests about services.
#[cfg(feature = "services")]
pub(crate) mod service {
    use super::{FaultSpec, code};

    pub(super) const FAILED: FaultSpec = FaultSpec::new(code::SERVICE_FAILED, "Service failed");
    pub(super) const DOWN: FaultSpec = FaultSpec::new(code::SERVICE_DOWN, "Service is down");

    pub(crate) const FAULTS: [FaultSpec; 2] = [FAILED, DOWN];
}

/// The faults of calls to a method that runs in another process.
pub(crate) mod worker {
    use super::{FaultSpec, code};

    pub(super) const FAILED: FaultSpec = FaultSpec::new(code::WORKER_FAILED, "Worker failed");
    pub(super) const TIMEOUT: FaultSpec = FaultSpec::new(code::WORKER_TIMEOUT, "Worker took too long");
    pub(super) const BUSY: FaultSpec = FaultSpec::new(code::WORKER_BUSY, "Worker is busy");
    pub(super) const DOWN: FaultSpec = FaultSpec::new(code::WORKER_DOWN, "Worker is down");

    pub(crate) const FAULTS: [FaultSpec; 4] = [FAILED, TIMEOUT, BUSY, DOWN];
}

/// An error type that knows its faults. `#[derive(Fault)]` implements it for an enum:
///
/// ```
/// use daemon_core::prelude::*;
///
/// #[derive(Debug, Fault)]
/// enum Refused {
///     /// The store is full.
///     #[fault(code = 1)]
///     Full,
///     #[fault(code = 2, message = "no such item: {name}")]
///     Unknown { name: String },
/// }
/// ```
pub trait TypedFault {
    /// Every fault that a value of this type can become.
    const FAULTS: &'static [FaultSpec];

    /// This error as the peer sees it.
    fn into_fault(self) -> Fault;

    /// Returns the error that became this fault, if the fault has all that is in it.
    ///
    /// With `#[derive(Fault)]` these are the variants without fields, and those whose only field is `#[fault(data)]`, if
    /// its type has `Deserialize`; the variant is found by its code.
    ///
    /// ```
    /// use daemon_core::{Fault, TypedFault};
    ///
    /// #[derive(Debug, PartialEq, Fault)]
    /// enum Refused {
    ///     #[fault(code = 1)]
    ///     Locked,
    ///     #[fault(code = 2, message = "there is no {0}")]
    ///     Unknown(#[fault(data)] String),
    /// }
    ///
    /// let fault = Refused::Unknown("claret".to_owned()).into_fault();
    /// assert_eq!(Refused::from_fault(&fault), Some(Refused::Unknown("claret".to_owned())));
    /// assert_eq!(Refused::from_fault(&Fault::new(17, "the door is shut")), None);
    /// ```
    fn from_fault(fault: &Fault) -> Option<Self>
    where
        Self: Sized,
    {
        let _ = fault;
        None
    }
}

impl TypedFault for Fault {
    const FAULTS: &'static [FaultSpec] = &[];

    fn into_fault(self) -> Fault {
        self
    }

    fn from_fault(fault: &Fault) -> Option<Self> {
        Some(fault.clone())
    }
}

/// An error that can't move between threads. Other boxed errors need no implementation.
impl TypedFault for Box<dyn StdError> {
    const FAULTS: &'static [FaultSpec] =
        &[FaultSpec::new(code::APPLICATION_ERROR, "the application's own message")];

    fn into_fault(self) -> Fault {
        Fault::new(code::APPLICATION_ERROR, chain(&*self))
    }
}

impl TypedFault for Box<dyn StdError + Send> {
    const FAULTS: &'static [FaultSpec] = <Box<dyn StdError>>::FAULTS;

    fn into_fault(self) -> Fault {
        (self as Box<dyn StdError>).into_fault()
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Fault::new(code::APPLICATION_ERROR, error.report())
    }
}

/// Errors without a code become -32500, with their causes in the message, as those that a handler returns.
macro_rules! from_errors {
    ($($error:ty),*) => {
        $(
            impl From<$error> for Fault {
                fn from(error: $error) -> Self {
                    raise::untyped(error)
                }
            }
        )*
    };
}

from_errors!(std::io::Error, String, &str, Box<dyn StdError + Send + Sync>);

impl From<Box<dyn StdError>> for Fault {
    fn from(error: Box<dyn StdError>) -> Self {
        error.into_fault()
    }
}

impl From<Box<dyn StdError + Send>> for Fault {
    fn from(error: Box<dyn StdError + Send>) -> Self {
        error.into_fault()
    }
}
