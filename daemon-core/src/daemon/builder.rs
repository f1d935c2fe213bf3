//! A daemon in a program that has more in it: what the program keeps for itself, before it starts the daemon.

use std::ffi::OsString;
use std::marker::PhantomData;
use std::process::ExitCode;

use super::host::{Arguments, Host};
#[cfg(feature = "cli")]
use super::own_commands::OwnCommand;
use super::registry::Registry;
use super::{declared, print_error, process, run_child};
use crate::declare::Daemon;
use crate::logs::TakesOver;

/// Returns a daemon for a program that has more in it than the daemon.
///
/// A program that is only a daemon calls `main` or [`run`](crate::run). The guide's
/// [page on embedding](crate::guide::embedding) has an example of each way.
///
/// ```no_run
/// use daemon_core::prelude::*;
///
/// /// I do nothing.
/// #[daemon(name = "idle")]
/// #[derive(Default)]
/// struct Idle {}
///
/// #[daemon]
/// impl Idle {}
///
/// fn main() -> std::process::ExitCode {
///     // `program serve …`: the rest is the command line of the daemon.
///     match std::env::args().nth(1).as_deref() {
///         Some("serve") => daemon_core::builder::<Idle>().args(std::env::args().skip(2)).main(),
///         _ => std::process::ExitCode::SUCCESS,
///     }
/// }
/// ```
pub fn builder<D: Daemon>() -> Builder<D> {
    Builder {
        takes_over: TakesOver::all(),
        arguments: None,
        #[cfg(feature = "cli")]
        own_commands: Vec::new(),
        daemon: PhantomData,
    }
}

/// A daemon in a program that has more in it. [`builder`] returns one.
#[must_use = "a daemon does nothing until it is started"]
pub struct Builder<D> {
    pub(super) takes_over: TakesOver,
    pub(super) arguments: Option<Vec<OsString>>,
    #[cfg(feature = "cli")]
    pub(super) own_commands: Vec<OwnCommand>,
    daemon: PhantomData<fn() -> D>,
}

impl<D: Daemon> Builder<D> {
    /// Reads these arguments instead of those of the process; the name of the program is not among them.
    ///
    /// A worker is this program, started again with the arguments of the process: they must lead to this daemon there,
    /// too.
    pub fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments = Some(arguments.into_iter().map(Into::into).collect());
        self
    }

    /// Whether the SDK starts a log, which is the default. It never replaces a `tracing` subscriber that the program has
    /// set before.
    ///
    /// With `false`, the messages of the daemon and of its workers go only where the program sends them, and `--log`,
    /// `-v` and `-q` have no effect.
    pub fn log(mut self, log: bool) -> Self {
        self.takes_over.log = log;
        self
    }

    /// Whether the SDK sets a panic hook, which is the default. Its hook logs the panic, and then calls the one that the
    /// program has set before.
    ///
    /// With `false`, a panic is not in the log, and the fault of a worker that panics does not say why.
    pub fn panic_hook(mut self, panic_hook: bool) -> Self {
        self.takes_over.panic_hook = panic_hook;
        self
    }

    /// Runs the daemon in the foreground of this process, without a command line, as [`run`](crate::run) does.
    pub fn run(self, make: impl FnOnce() -> D::Settings) -> ExitCode {
        let host = Host::new(self.takes_over, Arguments::OfProgram);
        if let Some(status) = run_child::<D>(&host) {
            return status;
        }
        let ended = Registry::<D>::collect().and_then(|registry| {
            let config = declared::<D>(&registry)?;
            process::start(&config, &host, make(), registry)
        });
        ended.unwrap_or_else(|error| print_error::<D>(&error))
    }
}

impl<D: Daemon> std::fmt::Debug for Builder<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("daemon", &D::SPEC.name).finish_non_exhaustive()
    }
}
