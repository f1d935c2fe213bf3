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
//! [`Context`], and a [`Reply`] to reply later. Other programs call the daemon with a [`Client`]; other crates
//! extend it with a [`macro@plugin`]. The [`guide`] takes you from nothing to your own daemon.
//!
//! # Features
//!
//! All but `completions`, `console`, `http`, `mcp`, `metrics`, `nats`, `page`, `services`, `suite`, `supervision`, `supervisorctl`,
//! `tls`, `tokens`, `tokio`, `varlink` and `xml` are on by default.
//!
//! | feature | adds | implies |
//! |---|---|---|
//! | `cli` | [`main`]: the command line; without it, [`run`] starts a daemon | `daemon`, `client` |
//! | `completions` | the sub-commands `completions` and `man`, with `clap_complete` and `clap_mangen` | `cli` |
//! | `console` | the sub-command `console`, a line editor on a running daemon, with `rustyline`; and `console::Console` for programs | `cli`, `schema` |
//! | `http` | HTTP/1.1 on the same sockets, with `hyper` as a codec; routes of methods, and OpenAPI | `schema` |
//! | `mcp` | methods as the tools of an assistant: the Model Context Protocol, by the sub-command `mcp` and over HTTP | `schema` |
//! | `metrics` | `daemon.metrics`: what the daemon and its workers count, and fields with `#[metric]`, in the format of OpenMetrics; over HTTP at `/metrics` | `daemon` |
//! | `nats` | the methods on a NATS server as well, by its services protocol: `--nats URL` | `services`, `tokens` |
//! | `page` | a page for a browser at `/`, over HTTP: the methods with a form for each, and what the daemon is doing | `http` |
//! | `schema` | JSON Schema: `rpc.discover`, types in signatures and in help; your own types need `JsonSchema` | `daemon` |
//! | `supervision` | the module `supervision`: looking after child processes in a loop of your own, without the rest of a daemon | |
//! | `services` | other people's programs, supervised: the module `service`, `#[daemon(services(…))]`, `--services FILE`, `service.*` | `daemon` |
//! | `suite` | all daemons of a program together: `up`, `down`, `ps`, `logs` and more for a [`suite`] | `cli`, `services` |
//! | `supervisorctl` | Supervisor's XML-RPC interface on services, for `supervisorctl` and other clients of it | `services`, `http`, `xml` |
//! | `workers` | worker processes and pools: [`macro@worker`] | `daemon` |
//! | `named-memory` | `#[worker(memory = "named")]`, with the `shared_memory` crate | `workers` |
//! | `tls` | sockets and clients that speak TLS, with `rustls` and `ring` | |
//! | `tokens` | tokens that callers show: `auth`, `allow(token)`, the sub-command `token`, inet sockets that others can reach; the secret of a suite | |
//! | `tokio` | `async` methods, on a runtime in a thread beside the loop | `daemon` |
//! | `varlink` | varlink on the same sockets, with the interfaces described by their types | `schema` |
//! | `xml` | XML-RPC on the same sockets, beside JSON-RPC | `daemon` |
//! | `client` | [`Client`], and typed clients of daemons | |
//! | `daemon` | what every daemon needs | |
//!
//! A program that only calls daemons needs `default-features = false, features = ["client"]`.
//!
//! # Systems
//!
//! The crate needs 64-bit Linux. On other systems it is a stub: a daemon compiles, and reports when it starts that it
//! cannot run there.
//!
//! # Overflow
//!
//! The tests of this crate run with `overflow-checks = true`, even in the release profile. In your program, its own
//! profile decides; we recommend the same setting.

// Code that only an absent feature uses is still compiled: leaving it out would need a condition at every place.
#![cfg_attr(
    not(all(
        feature = "cli",
        feature = "http",
        feature = "mcp",
        feature = "metrics",
        feature = "nats",
        feature = "schema",
        feature = "workers",
        feature = "named-memory",
        feature = "services",
        feature = "suite",
        feature = "supervision",
        feature = "supervisorctl",
        feature = "tokens",
        feature = "varlink",
        feature = "xml"
    )),
    allow(dead_code, unused_imports, irrefutable_let_patterns, unreachable_pub)
)]

// In reading order: a module uses only the modules above it.
#[cfg(test)]
mod printed;
#[cfg(not(stub))]
mod error;
#[cfg(not(stub))]
mod brief;
#[cfg(any(daemon, client))]
mod directory;
#[cfg(daemon)]
mod span;
#[cfg(daemon)]
mod settings;
#[cfg(daemon)]
mod printable;
#[cfg(not(stub))]
mod sys;
#[cfg(not(stub))]
mod timers;
mod trace;
#[cfg(children)]
mod deadlines;
#[cfg(all(daemon, feature = "http"))]
mod date;
#[cfg(daemon)]
mod logs;
#[cfg(all(daemon, not(feature = "schema")))]
#[path = "without/schemars.rs"]
mod schemars;
#[cfg(not(stub))]
mod fault;
#[cfg(any(daemon, all(stub, feature = "daemon")))]
mod constraint;
#[cfg(all(daemon, feature = "tokens"))]
mod credentials;
#[cfg(all(not(stub), not(all(daemon, feature = "tokens"))))]
#[path = "without/credentials.rs"]
mod credentials;
#[cfg(children)]
mod caller;
#[cfg(children)]
mod poller;
#[cfg(children)]
mod signal;
#[cfg(daemon)]
mod event;
#[cfg(all(daemon, feature = "services"))]
pub mod service;
#[cfg(daemon)]
mod context;
#[cfg(daemon)]
mod rpc;
#[cfg(daemon)]
mod offload;
#[cfg(daemon)]
mod dialect;
#[cfg(not(stub))]
mod net;
#[cfg(children)]
mod signals;
#[cfg(children)]
mod supervisor;
#[cfg(children)]
mod turn;
#[cfg(all(children, feature = "supervision"))]
pub mod supervision;
#[cfg(daemon)]
mod programs;
#[cfg(all(daemon, feature = "workers"))]
mod channel;
#[cfg(all(daemon, not(feature = "workers")))]
#[path = "without/channel.rs"]
mod channel;
#[cfg(all(daemon, feature = "workers", any(test, daemon_bench)))]
#[doc(hidden)]
pub mod bench;
#[cfg(daemon)]
mod declare;
#[cfg(daemon)]
mod reactions;
#[cfg(all(daemon, feature = "workers"))]
mod worker;
#[cfg(all(daemon, not(feature = "workers")))]
#[path = "without/worker.rs"]
mod worker;
#[cfg(all(daemon, feature = "workers"))]
mod workers;
#[cfg(all(daemon, not(feature = "workers")))]
#[path = "without/workers.rs"]
mod workers;
#[cfg(all(daemon, feature = "services"))]
mod services;
#[cfg(all(daemon, not(feature = "services")))]
#[path = "without/services.rs"]
mod services;
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "metrics")]
mod metrics;
#[cfg(daemon)]
mod event_loop;
#[cfg(client)]
mod client;
#[cfg(daemon)]
mod daemon;
#[cfg(daemon)]
#[doc(hidden)]
pub mod names;
#[cfg(all(daemon, feature = "workers", any(fuzzing, test)))]
pub mod fuzzing;
#[cfg(all(daemon, client, feature = "cli", any(doc, doctest)))]
pub mod guide;
#[cfg(stub)]
mod stub;

#[cfg(daemon)]
pub use caller::{Caller, ConnectionId};
#[cfg(all(daemon, feature = "cli"))]
#[doc(no_inline)]
pub use clap_builder;
#[cfg(client)]
pub use client::{Client, Discovered, Discovery, Items, Time};
#[cfg(daemon)]
pub use context::{Context, Handle, Pending, ProgramId, TimerId, WorkerCall, WorkerRef};
#[cfg(feature = "services")]
pub use context::{ServiceCall, Services};
#[cfg(all(daemon, feature = "console"))]
pub use daemon::console;
#[cfg(daemon)]
pub use daemon::{Builder, builder, check_examples, run};
#[cfg(all(daemon, feature = "cli"))]
pub use daemon::{Suite, command, execute, main, suite};
#[cfg(daemon)]
pub use daemon_macros::{
    Fault, after_call, before_call, daemon, every, on, on_signal, plugin, rpc_method, rpc_type, settings,
    worker,
};
#[cfg(daemon)]
pub use declare::worker::{DescribeWorker, Worker};
#[cfg(daemon)]
pub use declare::{Daemon, Describe};
#[cfg(not(stub))]
pub use error::{Error, Result};
#[cfg(daemon)]
pub use event::{
    Event, EventKind, Message, Progress, ServiceChange, ServiceState, WorkerChange, WorkerState,
};
#[cfg(not(stub))]
pub use fault::{Fault, code};
#[cfg(daemon)]
pub use fault::{FaultSpec, TypedFault};
#[cfg(daemon)]
pub use poller::{Readiness, WatchId};
#[cfg(daemon)]
pub use programs::{Line, Program};
#[cfg(daemon)]
pub use rpc::{AfterCall, BeforeCall, Ended, Reply, Subscribers, Subscription};
#[cfg(feature = "schema")]
#[doc(no_inline)]
pub use schemars;
#[cfg(children)]
pub use signal::Signal;
#[cfg(daemon)]
pub use span::{NotASpan, Span};
#[cfg(stub)]
pub use stub::*;
#[cfg(daemon)]
pub use trace::{Link, link_spans};
pub use trace::{NotATrace, TraceContext};
#[doc(no_inline)]
pub use {serde, serde_json};

/// The imports of a daemon's source file: `use daemon_core::prelude::*;`.
#[cfg(daemon)]
pub mod prelude {
    pub use crate::{
        AfterCall, BeforeCall, Caller, Context, Event, EventKind, Fault, Handle, Message, Progress, Reply,
        Result, ServiceChange, ServiceState, Signal, Span, Subscribers, Subscription, WorkerChange,
        WorkerState, after_call, before_call, daemon, every, on, on_signal, plugin, rpc_method, rpc_type,
        settings, worker,
    };
}

/// What generated code uses. Not part of the public interface: it changes without notice.
#[cfg(daemon)]
#[doc(hidden)]
pub mod __private {
    pub use inventory;

    #[cfg(all(feature = "workers", any(test, daemon_bench)))]
    pub use crate::bench;
    #[cfg(client)]
    pub use crate::client::{Calls, Discoverable, Settings, ask, subscribe};
    #[cfg(feature = "schema")]
    pub use crate::constraint::describe_field;
    pub use crate::constraint::{
        Checked, Constrained, Matched, Measured, Pattern, Ranged, Rules, Unit, read_field,
    };
    pub use crate::declare::extension::{Expected, Extension, More, Tables};
    pub use crate::declare::flag;
    pub use crate::declare::metric::{CounterValue, Metric, MetricKind, MetricValue};
    pub use crate::declare::plugin::{
        DescribePlugin, NoDaemon, Plugin, PluginSpec, PluginType, Values, check_plugin, plugged,
        plugged_call, plugged_period,
    };
    pub use crate::declare::worker::{Recycle, Registered, WorkerSpec, WorkerType};
    pub use crate::declare::{
        DaemonSpec, Dialects, Done, Flags, Hook, Initial, Listener, Made, NoSettings, Period, Setup, Timer,
        check_no_flags, period,
    };
    pub use crate::fault::derived::{FaultData, FaultText};
    pub use crate::fault::raise::{IntoFault, Raise};
    #[cfg(feature = "tokio")]
    pub use crate::offload::send_all;
    pub use crate::rpc::access::Rule;
    pub use crate::rpc::call::{Call, Outcome};
    pub use crate::rpc::hooks::CallHooks;
    pub use crate::rpc::method::{Example, Handler, Method, MethodSpec, Name};
    pub use crate::rpc::param::{Param, check_value, described};
    pub use crate::rpc::params::Text;
    pub use crate::rpc::rate::Rate;
    pub use crate::rpc::route::Route;
    pub use crate::rpc::signature::{Gives, RepliesLate, Returned, Takes, check_read, returns};
    pub use crate::supervisor::spec::{Backoff, Intensity, Policy, Restart};
    #[cfg(feature = "workers")]
    pub use crate::worker::worker_type;
    pub use crate::{Daemon, Describe, DescribeWorker, FaultSpec, TypedFault, Worker};

    /// The traits that a method look-up in generated code chooses from.
    pub mod via {
        pub use crate::fault::derived::{
            ViaData as _, ViaDisplay as _, ViaNoData as _, ViaNoSchema as _, ViaSchema as _, ViaWords as _,
        };
        pub use crate::fault::raise::{ViaError as _, ViaTyped as _};
        pub use crate::rpc::signature::{
            ViaConstant as _, ViaPlain as _, ViaReadable as _, ViaReply as _, ViaResult as _,
            ViaWritable as _,
        };
    }

    /// The default of a parameter as JSON.
    pub fn default<T: serde::Serialize>(default: impl FnOnce() -> T) -> serde_json::Value {
        json(default())
    }

    /// A value as JSON, for the data of a fault.
    pub fn json<T: serde::Serialize>(value: T) -> serde_json::Value {
        serde_json::to_value(value).unwrap_or_default()
    }
}

/// The program of the README, compiled with the documentation tests.
#[cfg(all(daemon, doctest))]
#[doc = include_str!("../README.md")]
mod readme {}
