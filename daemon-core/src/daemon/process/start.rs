//! The start and the exit of a daemon.
//!
//! Everything that is acquired is released by its `Drop`, in reverse order, whatever goes wrong in between.

use std::any::Any;
use std::env;
use std::process::ExitCode;
use std::rc::Rc;

use tracing::{error, info};

use super::detach::{Launcher, Side, detach};
use super::notify;
use super::pid_lock::PidLock;
use crate::context::{Context, Facts};
use crate::credentials::Credentials;
use crate::daemon::config::Config;
use crate::daemon::host::Host;
use crate::daemon::nats;
use crate::daemon::registry::Registry;
use crate::declare::Daemon;
use crate::declare::worker::WorkerType;
use crate::error::{Error, OrError, Result};
use crate::event::EventKind;
use crate::event_loop::{Components, EventLoop, Shown};
use crate::net::{Identity, ListeningSocket};
use crate::services::ServicesConfig;
use crate::settings::setting::SettingSpec;
use crate::signals::Signals;
use crate::sys::memory::sweep;
use crate::sys::{code, descriptor, process};
use crate::workers::{WorkersConfig, descriptors, prefix};

/// Descriptors that a daemon needs besides those of its connections.
const SPARE_DESCRIPTORS: u64 = 64;

/// Starts the daemon and runs it until it exits. When it detaches, returns in the launcher as soon as it is ready.
pub(in crate::daemon) fn start<D: Daemon>(
    config: &Config,
    host: &Host,
    own: D::Settings,
    registry: Registry<D>,
) -> Result<ExitCode> {
    let own = Own::new(own, config, &registry)?;
    let directory = env::current_dir().map(|path| path.display().to_string()).unwrap_or_default();
    // Signals that a parent ignored or blocked do not matter here. From now on, signals wait until they are handled.
    process::block_signals()
        .and_then(|()| process::reset_signals())
        .or_error(|| "cannot reset the signals".to_owned())?;
    if !config.detach {
        return live(config, host, own, registry, directory, None);
    }
    match detach(config.umask)? {
        Side::Launcher => Ok(ExitCode::SUCCESS),
        Side::Daemon(launcher) => live(config, host, own, registry, directory, Some(launcher)),
    }
}

/// What is read in the directory in which the daemon was started, because a path is relative to that: the structs with
/// flags, and the files of TLS.
struct Own<F> {
    settings: F,
    /// What TLS sockets show to their peers.
    identity: Option<Rc<Identity>>,
    /// What callers show is checked with.
    credentials: Credentials,
    /// The states of plugins.
    plugins: Vec<Rc<dyn Any>>,
}

impl<F> Own<F> {
    fn new<D: Daemon<Settings = F>>(settings: F, config: &Config, registry: &Registry<D>) -> Result<Self> {
        let identity = config.identity()?;
        let credentials = config.credentials()?;
        let given = config.settings.get();
        let value = |spec: &SettingSpec| given.value(spec).map(|value| value.texts.clone());
        let plugins = registry.functions.plugins.iter().map(|plugin| (plugin.make)(&value));
        Ok(Own { settings, identity, credentials, plugins: plugins.collect::<Result<_>>()? })
    }
}

/// Runs the daemon's process from start to exit.
fn live<D: Daemon>(
    config: &Config,
    host: &Host,
    own: Own<D::Settings>,
    registry: Registry<D>,
    directory: String,
    mut launcher: Option<Launcher>,
) -> Result<ExitCode> {
    host.takes_over.log_panics(|_| {});
    let ended = config
        .make_runtime_directory()
        .and_then(|()| host.takes_over.start_log(D::SPEC.name, config.verbosity, &config.log))
        .and_then(|()| prepare(config, host, own, registry, directory))
        .and_then(|running: Running<D>| running.run(&mut launcher));
    // The launcher reports the error: this process has no terminal.
    match (ended, launcher) {
        (ended, None) => ended,
        (Ok(code), Some(launcher)) => {
            launcher.failed(&Error::new("the daemon was asked to stop before it was ready"));
            Ok(code)
        }
        (Err(error), Some(launcher)) => {
            launcher.failed(&error);
            std::process::exit(1)
        }
    }
}

/// A daemon that is ready to serve. Dropping it closes the loop, with its sockets, before it releases the lock.
struct Running<D: Daemon> {
    event_loop: EventLoop<D>,
    lock: PidLock,
}

fn prepare<D: Daemon>(
    config: &Config,
    host: &Host,
    own: Own<D::Settings>,
    registry: Registry<D>,
    directory: String,
) -> Result<Running<D>> {
    let Registry { worker_types, methods, functions } = registry;
    let signals = Signals::new()?;
    let lock = PidLock::acquire(&config.pid_file, config.hard)?;
    let processes = worker_types.iter().map(|worker_type| worker_type.spec().processes()).sum();
    let wanted = own_descriptors(config) + descriptors(processes);
    descriptor::allow(wanted).or_error(|| format!("cannot have {wanted} descriptors"))?;
    if let Some(nice) = config.nice {
        process::set_niceness(nice).or_error(|| format!("cannot set the niceness to {nice}"))?;
    }
    let identity = own.identity.as_ref();
    let bind = |endpoint| ListeningSocket::bind(endpoint, config.mode, config.hard, identity);
    // A cycle serves nobody.
    let endpoints = if config.cycle.is_some() { &[] } else { config.endpoints.as_slice() };
    let listeners = endpoints.iter().map(bind).collect::<Result<Vec<_>>>()?;
    let mut context = Context::new::<D>(facts::<D>(config, &listeners, directory.clone()));
    own.plugins.into_iter().for_each(|state| context.plug(state));
    context.on(EventKind::Stop, |_: &mut D, _, _| notify::stopping());
    sweep(&prefix(D::SPEC.name));
    let mut services = services::<D>(config, wanted)?;
    nats::add::<D>(config, host, &listeners, &mut services)?;
    let workers = workers::<D>(config, host, worker_types, directory);
    let settings = config.settings.clone();
    let dialects = D::SPEC.dialects;
    let cycle = config.cycle.clone();
    let shown = Shown { credentials: own.credentials, hosts: config.hosts.clone() };
    let parts = Components {
        context,
        methods,
        functions,
        signals,
        listeners,
        dialects,
        workers,
        services,
        settings,
        cycle,
        shown,
    };
    let event_loop = EventLoop::new(parts, |context| {
        // Every signal is caught now. They are handled only when everything can be undone in order.
        process::unblock_signals().or_error(|| "cannot listen to signals".to_owned())?;
        D::SETUP(own.settings, context)
    })?;
    // Reading the command line took more memory than the daemon will need.
    process::trim_heap();
    Ok(Running { event_loop, lock })
}

/// Returns how many descriptors the daemon needs besides those for its workers.
fn own_descriptors(config: &Config) -> u64 {
    config.settings.get().limits.connections as u64 + SPARE_DESCRIPTORS
}

fn services<D: Daemon>(config: &Config, descriptors: u64) -> Result<ServicesConfig> {
    ServicesConfig::new(D::SPEC.services, config.services.clone(), config.detach, descriptors)
}

fn workers<D: Daemon>(
    config: &Config,
    host: &Host,
    types: Vec<Box<dyn WorkerType>>,
    directory: String,
) -> WorkersConfig {
    let settings = config.settings.get();
    let value = |spec: &SettingSpec| settings.value(spec).map(|value| value.texts.clone());
    WorkersConfig {
        name: D::SPEC.name.to_owned(),
        version: D::SPEC.version.to_owned(),
        directory,
        arguments: host.of_worker(),
        flags: types.iter().map(|worker_type| worker_type.flags().into_iter().map(value).collect()).collect(),
        types,
        settings: config.settings.clone(),
        descriptors: own_descriptors(config),
        verbosity: config.verbosity,
        log: config.log.clone(),
        detached: config.detach,
    }
}

fn facts<D: Daemon>(config: &Config, listeners: &[ListeningSocket], directory: String) -> Facts {
    Facts {
        sockets: listeners.iter().map(|listener| listener.endpoint().to_string()).collect(),
        command: env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect(),
        directory,
        detached: config.detach,
        is_cycle: config.cycle.is_some(),
        doc: D::SPEC.doc,
        ..Facts::new(D::SPEC.name, D::SPEC.version)
    }
}

impl<D: Daemon> Running<D> {
    fn run(mut self, launcher: &mut Option<Launcher>) -> Result<ExitCode> {
        let (detached, mut was_ready) = (launcher.is_some(), false);
        let ended = self.event_loop.run(|event_loop| {
            if let Some(detached) = launcher {
                detached.let_go()?;
                // A signal that has arrived by now takes precedence over readiness.
                if event_loop.is_stopping() {
                    return Ok(());
                }
            }
            launcher.take().map_or(Ok(()), Launcher::ready)?;
            was_ready = true;
            if !event_loop.is_stopping() {
                notify::ready(detached);
            }
            for socket in event_loop.sockets() {
                info!("ready on {socket}");
            }
            // What follows is the loop, a small part of the program.
            code::forget();
            Ok(())
        });
        let torn_down = self.event_loop.teardown();
        if let Err(error) = &torn_down {
            error!("teardown failed: {}", error.report());
        }
        let ended = ended.and(torn_down);
        info!("stopped");
        let code = ExitCode::from(self.event_loop.exit_code());
        // Close the sockets before releasing the lock.
        drop(self.event_loop);
        if let (Err(error), true) = (&ended, detached && was_ready) {
            // Nothing sees the exit status: the log and `status` show the reason.
            error!("the daemon had to end: {}", error.report());
            self.lock.leave(&error.report());
        }
        ended.map(|()| code)
    }
}
