//! A daemon as it was declared: what the macros write about an annotated struct and its impl, as plain data.
//!
//! This is only data: the start turns it into settings, and the event loop calls the functions that it lists.

pub(crate) mod extension;
pub mod flag;
pub(crate) mod metric;
pub(crate) mod plugin;
pub(crate) mod worker;

use std::time::Duration;

use self::flag::Flag;
use self::metric::Metric;
use self::worker::{WorkerSpec, WorkerType};
use crate::context::Context;
pub use crate::dialect::Dialects;
use crate::error::{Error, Result};
use crate::event::{Event, EventKind};
use crate::rpc::Method;
use crate::rpc::hooks::CallHooks;
use crate::settings::options::Declared;
use crate::settings::setting::{Form, SettingSpec};
use crate::span::Span;

/// A struct that `#[daemon]` describes: its name, its defaults and its flags.
///
/// Written by `#[daemon]` on the struct; never by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a daemon yet",
    note = "write `#[daemon]` above `struct {Self}`"
)]
pub trait Describe: Sized + 'static {
    /// Name, help, version and defaults.
    const SPEC: DaemonSpec;
    /// Its workers, in the order of their start; `None` for all workers of the program.
    const WORKERS: Option<&'static [&'static dyn WorkerType]> = None;
    /// The pools whose settings are not the usual ones.
    const POOLS: &'static [WorkerSpec] = &[];
    /// The fields that are metrics.
    const METRICS: &'static [Metric<Self>] = &[];
}

/// A struct whose fields are flags of the command line.
///
/// Written by `#[daemon]`, `#[worker]` or `#[settings]` on the struct; never by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no flags yet",
    note = "write `#[settings]` above `struct {Self}`, or `#[daemon]` or `#[worker]` if it is the state"
)]
pub trait Flags: Sized + 'static {
    /// Its flags.
    const FLAGS: &'static [Flag<Self>];
}

/// A struct that has a value before any flag is set.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `Default`",
    label = "its fields need values before the flags are set",
    note = "write `#[derive(Default)]` above `struct {Self}`",
    note = "if that cannot be, have a function make the state: `fn setup(settings: …) -> Result<Self>`, in a worker `spinup`"
)]
pub trait Initial {
    /// Returns this value.
    fn initial() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> Initial for T {
    fn initial() -> Self {
        T::default()
    }
}

/// A daemon: what `#[daemon]` on the impl block makes of its methods.
///
/// Written by `#[daemon]` on the impl block; never by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no methods, listeners or timers yet",
    note = "write `#[daemon]` above `impl {Self} {{ … }}`; the block may be empty"
)]
pub trait Daemon: Describe {
    /// The struct with its flags: the one from which `setup` makes the state, or the state itself.
    type Settings: Flags + Initial;
    /// The methods.
    const METHODS: &'static [Method<Self, Self::Settings>];
    /// The listeners, called on events.
    const LISTENERS: &'static [Listener<Self>];
    /// The timers, called at intervals.
    const TIMERS: &'static [Timer<Self>];
    /// The functions called before and after every call.
    const CALL_HOOKS: CallHooks<Self> = CallHooks::none();
    /// Makes the state before the daemon is ready; an error ends the start.
    const SETUP: Setup<Self::Settings, Self>;
    /// The hook called once everything accepted is answered.
    const TEARDOWN: Option<Hook<Self>>;
}

/// What a daemon says about itself, and its defaults.
#[derive(Debug, Clone, Copy)]
pub struct DaemonSpec {
    /// The name of the daemon, its default files and its default methods.
    pub name: &'static str,
    /// The version of the user crate.
    pub version: &'static str,
    /// Its help; the first line is the short one.
    pub doc: &'static str,
    /// Where it listens; empty for `<name>.sock` in the runtime directory.
    pub sockets: &'static [&'static str],
    /// Where its pid file is; `None` for `<name>.pid` in the runtime directory.
    pub pid_file: Option<&'static str>,
    /// The dialects of its sockets; `None` for all on unix sockets, and JSON on inet sockets.
    pub dialects: Option<Dialects>,
    /// The domain of its interfaces of varlink, as in `com.example`.
    pub varlink: Option<&'static str>,
    /// Permission bits of its unix sockets; `None` for 0600.
    pub mode: Option<u32>,
    /// Its niceness, -20 to 19; `None` keeps the one it was started with.
    pub nice: Option<i32>,
    /// Its file mode creation mask when it detaches; `None` for 027.
    pub umask: Option<u32>,
    /// Its services, by name, as JSON; `None` if it has none.
    pub services: Option<&'static [(&'static str, &'static str)]>,
    /// Whether it can run a single cycle, by `-c`.
    pub cycle: bool,
    /// The daemons of its suite that must be ready before it is started.
    pub needs: &'static [&'static str],
    /// Settings of limits, as `("connections", "20000")`.
    pub limits: &'static [(&'static str, &'static str)],
}

impl DaemonSpec {
    /// Returns a daemon with the usual defaults.
    pub const fn new(name: &'static str, version: &'static str) -> Self {
        DaemonSpec {
            name,
            version,
            doc: "",
            sockets: &[],
            pid_file: None,
            dialects: None,
            varlink: None,
            mode: None,
            nice: None,
            umask: None,
            services: None,
            cycle: false,
            needs: &[],
            limits: &[],
        }
    }

    /// Returns what brings options of its own.
    pub(crate) fn options(&self) -> Declared {
        Declared { services: self.services.is_some(), cycle: self.cycle }
    }

    /// Returns the declared value of a setting.
    pub(crate) fn given(&self, spec: &SettingSpec) -> Option<Vec<String>> {
        let limit = |(name, value): &(&str, &'static str)| (*name == spec.name).then_some(*value);
        let texts: Vec<&str> = match (spec.form, spec.name) {
            (Form::Limit, _) => self.limits.iter().filter_map(limit).collect(),
            (Form::Global, "socket") => self.sockets.to_vec(),
            (Form::Global, "pidfile") => self.pid_file.into_iter().collect(),
            _ => Vec::new(),
        };
        (!texts.is_empty()).then(|| texts.into_iter().map(str::to_owned).collect())
    }
}

/// A function to call when an event of one kind happens.
pub struct Listener<S: 'static> {
    /// The kind of event.
    pub kind: EventKind,
    /// The name of the function, for the log.
    pub name: &'static str,
    /// The function.
    pub handle: fn(&mut S, &Event, &mut Context) -> Result<()>,
}

/// A function to call at intervals.
pub struct Timer<S: 'static> {
    /// The interval; ticks that are missed are skipped.
    pub period: Period<S>,
    /// The name of the function, for the log.
    pub name: &'static str,
    /// The function.
    pub tick: Hook<S>,
}

/// The interval of a timer.
pub enum Period<S: 'static> {
    /// Always the same.
    Fixed(Duration),
    /// Read from the state, or from that of a plugin.
    Setting(fn(&S, &Context) -> Duration),
}

impl<S: 'static> Period<S> {
    /// Returns the interval that this state asks for.
    pub(crate) fn of(&self, state: &S, context: &Context) -> Duration {
        match self {
            Period::Fixed(period) => *period,
            Period::Setting(read) => read(state, context),
        }
    }
}

/// The type of a field that is the period of a timer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no length of time",
    label = "a period is a field of type `Duration` or `Span`"
)]
pub trait Length: Copy {
    #[doc(hidden)]
    fn length(self) -> Duration;
}

impl Length for Duration {
    fn length(self) -> Duration {
        self
    }
}

impl Length for Span {
    fn length(self) -> Duration {
        self.into()
    }
}

/// Returns the period that a field has.
pub fn period<T: Length>(field: &T) -> Duration {
    field.length()
}

/// A function that the loop calls by itself.
pub type Hook<S> = fn(&mut S, &mut Context) -> Result<()>;

/// A function that makes a state from its settings, before anything else is called.
pub type Setup<F, S> = fn(F, &mut Context) -> Result<S>;

/// The settings of a generic state, which is a mistake.
#[derive(Debug, Default)]
pub struct NoSettings;

impl Flags for NoSettings {
    const FLAGS: &'static [Flag<Self>] = &[];
}

/// Checks that a state that is made from other settings has no flags: nothing would set them.
pub const fn check_no_flags<S: Flags>() {
    assert!(
        S::FLAGS.is_empty(),
        "the state is made from other settings: move its `#[flag]` fields to their struct"
    );
}

/// The return types of a function that makes the state: the state, or a `Result` of it.
#[diagnostic::on_unimplemented(
    message = "a function that makes the state can't return `{Self}`",
    label = "return `Self`, or `Result<Self, E>`"
)]
pub trait Made<S> {
    #[doc(hidden)]
    fn made(self) -> Result<S>;
}

impl<S> Made<S> for S {
    fn made(self) -> Result<S> {
        Ok(self)
    }
}

impl<S, E: Into<Box<dyn std::error::Error + Send + Sync>>> Made<S> for Result<S, E> {
    fn made(self) -> Result<S> {
        self.map_err(Error::of_user)
    }
}

/// The return types of listeners, timers and hooks: nothing, or a `Result` of nothing.
#[diagnostic::on_unimplemented(
    message = "a listener, timer or hook can't return `{Self}`",
    label = "return nothing, or `Result<(), E>`"
)]
pub trait Done {
    #[doc(hidden)]
    fn done(self) -> Result<()>;
}

impl Done for () {
    fn done(self) -> Result<()> {
        Ok(())
    }
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> Done for Result<(), E> {
    fn done(self) -> Result<()> {
        self.map_err(Error::of_user)
    }
}
