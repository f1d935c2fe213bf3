//! The crate on an unsupported system: names, so that a workspace with a daemon in it compiles, and a `main` that
//! reports that the system is not supported.
//!
//! The attributes drop their impl blocks, and with them everything that those would need from the crate.

use std::process::ExitCode;

#[cfg(feature = "daemon")]
pub use daemon_macros::{
    StubFault as Fault, rpc_type, stub as after_call, stub as before_call, stub as daemon, stub as every,
    stub as on, stub as on_signal, stub as plugin, stub as rpc_method, stub as settings, stub as worker,
};

/// A struct with `#[daemon]` or `#[worker]`.
pub trait Daemon {}

/// Reports that this system is not supported.
#[must_use]
pub fn main<D: Daemon>() -> ExitCode {
    refuse()
}

/// Says that this system is not supported.
pub fn run<D: Daemon>(_: impl Sized) -> ExitCode {
    refuse()
}

/// Links no spans.
pub fn link_spans(_: impl Sized) {}

/// Checks nothing.
///
/// # Errors
///
/// Never.
pub fn check_examples<D: Daemon>() -> Result<()> {
    Ok(())
}

/// Returns a daemon that cannot run on this system.
pub fn builder<D: Daemon>() -> Builder<D> {
    Builder(std::marker::PhantomData)
}

/// A daemon in a program that has more in it.
#[derive(Debug)]
pub struct Builder<D>(std::marker::PhantomData<fn() -> D>);

impl<D: Daemon> Builder<D> {
    /// Changes nothing.
    #[must_use]
    pub fn args<A>(self, _: impl IntoIterator<Item = A>) -> Self {
        self
    }

    /// Changes nothing.
    #[must_use]
    pub fn log(self, _: bool) -> Self {
        self
    }

    /// Changes nothing.
    #[must_use]
    pub fn panic_hook(self, _: bool) -> Self {
        self
    }

    /// Reports that this system is not supported.
    #[must_use]
    pub fn main(self) -> ExitCode {
        refuse()
    }

    /// Reports that this system is not supported.
    #[must_use]
    pub fn run(self, _: impl Sized) -> ExitCode {
        refuse()
    }
}

/// Returns a program of daemons that cannot run on this system.
#[must_use]
pub fn suite(_: &'static str) -> Suite {
    Suite(())
}

/// A program of several daemons.
#[derive(Debug)]
pub struct Suite(());

impl Suite {
    /// Changes nothing.
    #[must_use]
    pub fn add<D: Daemon>(self) -> Self {
        self
    }

    /// Changes nothing.
    #[must_use]
    pub fn add_built<D: Daemon>(self, _: Builder<D>) -> Self {
        self
    }

    /// Changes nothing.
    #[must_use]
    pub fn optional(self) -> Self {
        self
    }

    /// Changes nothing.
    #[must_use]
    pub fn instances<'n>(self, _: impl IntoIterator<Item = &'n str>) -> Self {
        self
    }

    /// Reports that this system is not supported.
    #[must_use]
    pub fn main(self) -> ExitCode {
        refuse()
    }
}

#[allow(clippy::print_stderr)] // There is no log.
fn refuse() -> ExitCode {
    eprintln!("this program cannot run here: daemon-core supports only Linux, on machines of 64 bits");
    ExitCode::FAILURE
}

/// The result of a fallible function.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! names {
    ($($name:ident)*) => {
        $(
            /// Only usable on a supported system.
            #[derive(Debug)]
            pub struct $name(());
        )*
    };
}

names! {
    Caller Client ConnectionId Context Discovered Discovery Error Event EventKind Fault Message Progress Signal WorkerChange WorkerState
}

/// Only usable on a supported system.
#[derive(Debug)]
pub struct Reply<T, E = Fault>(std::marker::PhantomData<(T, E)>);

/// Only on a supported system.
#[derive(Debug)]
pub struct Handle<S>(std::marker::PhantomData<S>);

/// Only on a supported system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Span(());

/// What generated code uses. Not part of the public interface.
#[cfg(feature = "daemon")]
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "schema")]
    pub use crate::constraint::describe_field;
    pub use crate::constraint::{Constrained, Pattern, Rules, read_field};
}

/// What a daemon's source file needs.
#[cfg(feature = "daemon")]
pub mod prelude {
    pub use super::{
        Caller, Context, Event, EventKind, Fault, Handle, Message, Progress, Reply, Result, Signal, Span,
        WorkerChange, WorkerState, after_call, before_call, daemon, every, on, on_signal, plugin, rpc_method,
        rpc_type, settings, worker,
    };
}

/// Does nothing.
#[macro_export]
macro_rules! extensions {
    ($($krate:ident),+ $(,)?) => {};
}
