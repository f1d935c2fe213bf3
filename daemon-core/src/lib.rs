//! A declarative SDK for Unix daemons: annotate a struct and its methods, get a finished daemon.
//!
//! ```no_run
//! use daemon_core::prelude::*;
//!
//! /// I'm here to reply your data.
//! #[daemon(name = "echo")]
//! #[derive(Default)]
//! struct Echo {
//!     /// Text put in front of every reply
//!     #[flag(short = 'p', default = "")]
//!     prefix: String,
//! }
//!
//! #[daemon]
//! impl Echo {
//!     /// Reply the message.
//!     #[rpc_method(name = "my.echo")]
//!     fn echo(&mut self, message: &str) -> String {
//!         format!("{}{message}", self.prefix)
//!     }
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     daemon_core::main::<Echo>()
//! }
//! ```
//!
//! That program detaches or stays in the foreground, holds a pid file, listens on a unix or inet socket, speaks
//! JSON-RPC 2.0, describes itself, stops in order, and has a command line: `echo -d`, `echo my.echo --message hello`,
//! `echo status`, `echo stop`.
//!
//! Where to start: [`macro@daemon`] and [`macro@rpc_method`] declare a daemon, [`main`] runs it. A method may take a
//! [`Context`], and a [`Reply`] to reply later. Other programs call the daemon with a [`Client`].

// In reading order: a module uses only the modules above it.
#[cfg(test)]
mod printed;
mod error;
mod brief;
mod settings;
mod printable;
mod sys;
mod timers;
mod logs;
mod fault;
mod caller;
mod poller;
mod event;
mod context;
mod rpc;
mod dialect;
mod net;
mod signals;
mod supervisor;
mod channel;
#[doc(hidden)]
pub mod bench;
mod declare;
mod reactions;
mod worker;
mod workers;
mod event_loop;
mod client;
mod daemon;
#[doc(hidden)]
pub mod names;
#[cfg(any(fuzzing, test))]
pub mod fuzzing;

pub use caller::{Caller, ConnectionId};
pub use client::Client;
pub use context::{Context, WorkerCall, WorkerRef};
pub use daemon::main;
pub use daemon_macros::{Fault, daemon, rpc_method, rpc_type, worker};
pub use declare::worker::{DescribeWorker, Worker};
pub use declare::{Daemon, Describe};
pub use error::{Error, Result};
pub use event::{Event, EventKind, Message, Progress, Signal, WorkerChange, WorkerState};
pub use fault::{Fault, FaultSpec, TypedFault, code};
pub use rpc::Reply;
#[doc(no_inline)]
pub use {schemars, serde, serde_json};

/// The imports of a daemon's source file: `use daemon_core::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Caller, Context, Event, EventKind, Fault, Message, Progress, Reply, Result, Signal, WorkerChange,
        WorkerState, daemon, rpc_method, rpc_type, worker,
    };
}

/// What generated code uses. Not part of the public interface: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use inventory;

    pub use crate::bench;
    pub use crate::client::ask;
    pub use crate::declare::flag;
    pub use crate::declare::worker::{Pool, Registered, WorkerSpec, WorkerType};
    pub use crate::declare::{DaemonSpec, Done, Expected, Extension, Hook, Listener, Timer};
    pub use crate::fault::{IntoFault, Raise, ViaError, ViaTyped};
    pub use crate::rpc::access::Rule;
    pub use crate::rpc::call::{Call, Outcome};
    pub use crate::rpc::method::{Method, Name};
    pub use crate::rpc::param::Param;
    pub use crate::rpc::params::Text;
    pub use crate::supervisor::spec::Restart;
    pub use crate::worker::worker_type;
    pub use crate::{Daemon, Describe, DescribeWorker, FaultSpec, TypedFault, Worker};

    /// The two parts of a handler's `Result`, also behind an alias.
    pub trait Split {
        type Good;
        type Bad;
    }

    impl<T, E> Split for Result<T, E> {
        type Good = T;
        type Bad = E;
    }

    /// A value as JSON, for the default of a parameter.
    pub fn json<T: serde::Serialize>(value: T) -> serde_json::Value {
        serde_json::to_value(value).unwrap_or_default()
    }
}

/// The programs in the documents, compiled with the documentation tests.
#[cfg(doctest)]
mod documents {
    macro_rules! documents {
        ($($name:ident $path:literal)*) => {
            $(
                #[doc = include_str!(concat!("../../", $path))]
                mod $name {}
            )*
        };
    }

    documents! {
        readme "README.md"
        first_daemon "docs/guide/1-first-daemon.md"
        methods "docs/guide/2-methods.md"
        flags "docs/guide/3-flags-and-settings.md"
        events "docs/guide/4-events-and-timers.md"
        workers "docs/guide/5-workers.md"
        running "docs/guide/6-running.md"
        limits "docs/guide/7-limits.md"
        clients "docs/guide/8-clients.md"
        protocol "docs/protocol.md"
        workers_reference "docs/workers.md"
        supervision "docs/supervision.md"
        design "docs/design.md"
    }
}
