//! A plugin as it was declared: functions for a daemon, with a state and flags of their own.
//!
//! The state of a plugin is kept beside that of the daemon. Each of its functions borrows it while it runs.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::extension::Extension;
use super::flag::{Flag, FlagSpec};
use super::{Daemon, DaemonSpec, Describe, Flags, Hook, Listener, Setup, Timer};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::rpc::Method;
use crate::rpc::call::{Call, Outcome};

/// A struct that `#[plugin]` describes: its name, its daemon and its flags.
///
/// Written by `#[plugin]` on the struct; never by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a plugin yet",
    note = "write `#[plugin(daemon = Echo)]` above `struct {Self}`"
)]
pub trait DescribePlugin: Flags {
    /// The daemon that it joins.
    type Daemon: Daemon;
    /// Its name and help.
    const SPEC: PluginSpec;
    /// Makes its state before its flags are set.
    const INITIAL: fn() -> Self;
}

/// A plugin: what `#[plugin]` on the impl block makes of its functions.
///
/// Written by `#[plugin]` on the impl block; never by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no functions yet",
    note = "write `#[plugin]` above `impl {Self} {{ … }}`; without it, the daemon does not have the plugin"
)]
pub trait Plugin {
    /// Its functions.
    const EXTENSION: Extension;
}

/// What a plugin says about itself.
#[derive(Debug, Clone, Copy)]
pub struct PluginSpec {
    /// The name of the plugin, and of its methods.
    pub name: &'static str,
    /// Its help; the first line is the short one.
    pub doc: &'static str,
}

/// A plugin of the daemon `S`, without its own type.
pub struct PluginType<S: 'static> {
    /// What it says about itself.
    pub spec: PluginSpec,
    /// Returns its flags.
    pub flags: fn() -> Vec<&'static FlagSpec>,
    /// Checks a value of the flag with this number.
    pub try_flag: fn(usize, &[String]) -> Result<(), String>,
    /// Makes its state, with its flags set.
    pub make: fn(&Values<'_>) -> Result<Rc<dyn Any>>,
    /// The hook called when the daemon has its state; an error ends the start.
    pub setup: Option<Hook<S>>,
    /// The hook called once everything accepted is answered, before that of the daemon.
    pub teardown: Option<Hook<S>>,
}

/// Returns the given values of a flag, if it has any.
pub type Values<'v> = dyn Fn(&FlagSpec) -> Option<Vec<String>> + 'v;

impl<S> PluginType<S> {
    /// Returns a plugin without hooks.
    pub const fn of<P: DescribePlugin>() -> Self {
        PluginType {
            spec: P::SPEC,
            flags: || P::FLAGS.iter().map(|flag| &flag.spec).collect(),
            try_flag: |index, given| {
                P::FLAGS.get(index).map_or(Ok(()), |flag| (flag.set)(&mut (P::INITIAL)(), given))
            },
            make: make::<P>,
            setup: None,
            teardown: None,
        }
    }
}

fn make<P: DescribePlugin>(values: &Values<'_>) -> Result<Rc<dyn Any>> {
    let mut state = (P::INITIAL)();
    for flag in P::FLAGS {
        if let Some(given) = values(&flag.spec) {
            (flag.set)(&mut state, &given)
                .map_err(|reason| Error::usage(format!("--{}: {reason}", flag.spec.name)))?;
        }
    }
    Ok(Rc::new(RefCell::new(state)))
}

/// The daemon of a plugin that does not say which one it joins, which is a mistake.
#[derive(Debug, Default)]
pub struct NoDaemon;

impl Flags for NoDaemon {
    const FLAGS: &'static [Flag<Self>] = &[];
}

impl Describe for NoDaemon {
    const SPEC: DaemonSpec = DaemonSpec::new("", "");
}

impl Daemon for NoDaemon {
    type Settings = Self;
    const METHODS: &'static [Method<Self>] = &[];
    const LISTENERS: &'static [Listener<Self>] = &[];
    const TIMERS: &'static [Timer<Self>] = &[];
    const SETUP: Setup<Self, Self> = |state, _| Ok(state);
    const TEARDOWN: Option<Hook<Self>> = None;
}

/// Calls a function of a plugin with both states.
///
/// # Errors
///
/// Those of the function; another one if the daemon has no such plugin.
pub fn plugged<P: 'static, S, T, E: From<Error>>(
    state: &mut S,
    context: &mut Context,
    run: impl FnOnce(&mut P, &mut S, &mut Context) -> Result<T, E>,
) -> Result<T, E> {
    let plugin = context.plugin::<P>()?;
    let mut plugin = plugin.try_borrow_mut().map_err(|_| is_borrowed())?;
    run(&mut plugin, state, context)
}

/// Calls a method of a plugin with both states.
///
/// # Errors
///
/// Those of the method; another one if the daemon has no such plugin.
pub fn plugged_call<P: 'static, S>(
    state: &mut S,
    mut call: Call<'_>,
    run: impl FnOnce(&mut P, &mut S, Call<'_>) -> Outcome,
) -> Outcome {
    let plugin = call.context().plugin::<P>()?;
    let mut plugin = plugin.try_borrow_mut().map_err(|_| is_borrowed())?;
    run(&mut plugin, state, call)
}

/// Returns a period that is a field of a plugin.
pub fn plugged_period<P: 'static>(context: &Context, read: impl FnOnce(&P) -> Duration) -> Duration {
    // A timer without its plugin never runs.
    let Ok(plugin) = context.plugin::<P>() else { return Duration::MAX };
    plugin.try_borrow().map_or(Duration::MAX, |plugin| read(&plugin))
}

fn is_borrowed() -> Error {
    Error::new("another function of this plugin is running")
}

/// Checks that a struct under `#[plugin]` has a block.
pub const fn check_plugin<P: Plugin>() {}
