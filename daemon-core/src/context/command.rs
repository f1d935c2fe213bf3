//! What a handler leaves for the loop to carry out.

use std::any::Any;
use std::time::Duration;

use serde_json::Value;

#[cfg(feature = "services")]
use super::ServiceRequest;
use super::{
    CallId, Context, OutgoingCall, ProgramId, ReplyTo, StartedProgram, Task, TimerId, Watch, WorkerRequest,
};
use crate::caller::ConnectionId;
use crate::error::Error;
use crate::event::{Event, EventKind};
use crate::poller::WatchId;

/// A request of a handler, carried out by the loop after the handler has returned.
pub(crate) enum Command {
    Stop,
    /// Stop, and end with this error.
    Fail(Error),
    /// Notify every listener, and reply with the result to the call that asked for it.
    Reload(Option<CallId>),
    /// Reply to this call with the metrics.
    #[cfg(feature = "metrics")]
    Measure(CallId),
    /// Reply to this call, once it is known whether the workers can serve.
    TellReadiness(CallId),
    HangUp(ConnectionId),
    /// Reply to this call with a fault; its caller has cancelled it.
    CancelCall(CallId),
    Listen(EventKind, DynListener),
    Schedule {
        timer: TimerId,
        delay: Duration,
        every: bool,
        task: DynTask,
    },
    /// Forget a timer, which may have run or may be running.
    CancelTimer(TimerId),
    Watch(Watch),
    Unwatch(WatchId),
    /// Look after a program from now on.
    Adopt(StartedProgram),
    StopProgram(ProgramId),
    Emit {
        topic: String,
        payload: Value,
    },
    /// Call a worker's method for a handler.
    Call(OutgoingCall, ReplyTo),
    /// Tie what runs for a call to its row.
    Attach(CallId, Task),
    /// Pass a peer's call to the worker that has the method.
    Delegate(OutgoingCall, CallId),
    Manage(WorkerRequest, CallId),
    /// Do something with services for a peer's call, which gets the reply.
    #[cfg(feature = "services")]
    ManageServices(ServiceRequest, Option<CallId>),
    /// Do something with services for a handler.
    #[cfg(feature = "services")]
    AskServices(ServiceRequest, ReplyTo),
}

/// A listener that was registered at run time; the first argument is the daemon's state.
pub(crate) type DynListener = Box<dyn FnMut(&mut dyn Any, &Event, &mut Context)>;
/// A task that was scheduled at run time; the first argument is the daemon's state.
pub(crate) type DynTask = Box<dyn FnMut(&mut dyn Any, &mut Context)>;
