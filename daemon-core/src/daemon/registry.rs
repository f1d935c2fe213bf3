//! Every function of a daemon, from its impl block, from extensions or built in; and the check that none is missing.
//!
//! Those of the main block come first, in the order in which they are written; then those of further blocks and of free
//! functions, by crate, file and line. So methods are listed, and listeners, timers and hooks are called.

#[cfg(feature = "workers")]
mod workers;
#[cfg(not(feature = "workers"))]
#[path = "../without/registry.rs"]
mod workers;

use nix::unistd::{Group, User, geteuid};

pub(super) use self::workers::worker_types;
use super::built_in;
use crate::declare::Daemon;
use crate::declare::extension::{Expected, Extension, Tables};
use crate::declare::plugin::PluginType;
use crate::declare::worker::{Registered, RemoteMethod, WorkerType};
use crate::error::{Error, Result};
use crate::event_loop::Functions;
use crate::rpc::access::UserDb;
use crate::rpc::introspect;
use crate::rpc::method::Method;
use crate::rpc::methods::{Listed, Methods, Remote, Run};
use crate::settings::Settings;
use crate::settings::layers::Layer;

/// The prefixes of the names of built-in methods.
pub(crate) const PREFIXES: [&str; 5] = ["rpc", "system", "daemon", "worker", "service"];

/// Whether a name is reserved for built-in methods.
pub(super) fn is_built_in(name: &str) -> bool {
    let is_supervisors = |prefix| cfg!(feature = "supervisorctl") && prefix == "supervisor";
    let has_prefix =
        name.split_once('.').is_some_and(|(prefix, _)| PREFIXES.contains(&prefix) || is_supervisors(prefix));
    has_prefix || (cfg!(feature = "tokens") && name == "auth")
}

/// The functions and workers of a daemon's program.
pub(super) struct Registry<D: Daemon> {
    pub(super) worker_types: Vec<Box<dyn WorkerType>>,
    pub(super) methods: Methods<D>,
    pub(super) functions: Functions<D>,
}

impl<D: Daemon> Registry<D> {
    /// Collects what the linker included.
    ///
    /// # Errors
    ///
    /// Those of [`worker_types`], of [`methods`] and of [`check_plugins`].
    pub(super) fn collect() -> Result<Self> {
        let worker_types = worker_types::<D>()?;
        let methods = methods(&worker_types)?;
        let functions = functions();
        check_plugins::<D>(&functions.plugins)?;
        Ok(Registry { worker_types, methods, functions })
    }
}

/// Builds the method table of a daemon with these workers.
///
/// # Errors
///
/// If two methods have the same name, if a rule names a user that does not exist, or if a crate listed in `extensions!`
/// registered nothing.
fn methods<D: Daemon>(types: &[Box<dyn WorkerType>]) -> Result<Methods<D>> {
    check_extensions::<D>()?;
    let mut built_in = introspect::methods();
    built_in.extend(built_in::methods());
    if !types.is_empty() {
        built_in.extend(workers::methods());
    }
    #[cfg(feature = "services")]
    if D::SPEC.services.is_some() {
        built_in.extend(built_in::services::methods());
        #[cfg(feature = "supervisorctl")]
        built_in.extend(built_in::supervisorctl::methods());
    }
    let own = own::<D>().filter_map(|(under, method)| Listed::here(under, method));
    let remote =
        types.iter().enumerate().flat_map(|(number, worker_type)| remote::<D>(number, &**worker_type));
    Methods::new(Listed::built_in(built_in).chain(own).chain(remote), &System)
}

/// The methods of one worker, which are called through the daemon.
fn remote<D: Daemon>(number: usize, worker_type: &dyn WorkerType) -> Vec<Listed<D>> {
    // The methods of a pool belong to the daemon itself.
    let under = if worker_type.is_pool() { D::SPEC.name } else { worker_type.spec().name };
    let listed = |(index, method): (usize, RemoteMethod)| {
        let run = Run::Remote(Remote { worker: number, method: index, check: method.check });
        Listed { under, spec: method.spec, run }
    };
    worker_type.methods().into_iter().enumerate().map(listed).collect()
}

/// Checks the flags of plugins and workers, so that mistakes are found before anything starts, and adds them to the
/// settings.
pub(super) fn try_flags<D: Daemon>(
    registry: &Registry<D>,
    layers: &[Layer<'_>],
    settings: &mut Settings,
) -> Result<(), String> {
    for plugin in &registry.functions.plugins {
        for (index, spec) in (plugin.flags)().into_iter().enumerate() {
            settings.add(spec, layers, |texts| (plugin.try_flag)(index, texts))?;
        }
    }
    for worker_type in registry.worker_types.iter().filter(|worker_type| !worker_type.is_pool()) {
        for (index, spec) in worker_type.flags().into_iter().enumerate() {
            settings.add(spec, layers, |texts| worker_type.try_flag(index, texts))?;
        }
    }
    Ok(())
}

/// The methods of all blocks, each with the prefix of its name: that of the daemon, or of a plugin.
pub(super) fn own<D: Daemon>() -> impl Iterator<Item = (&'static str, &'static Method<D, D::Settings>)> {
    let of = |methods: &'static [_], under| methods.iter().map(move |method| (under, method));
    let further = further::<D>().flat_map(move |tables| {
        of(tables.methods, tables.plugin.as_ref().map_or(D::SPEC.name, |plugin| plugin.spec.name))
    });
    of(D::METHODS, D::SPEC.name).chain(further)
}

/// The plugins of a daemon.
fn plugins<D: Daemon>() -> Vec<&'static PluginType<D>> {
    further::<D>().filter_map(|tables| tables.plugin.as_ref()).collect()
}

/// Checks that no two plugins have the same name.
fn check_plugins<D: Daemon>(plugins: &[&PluginType<D>]) -> Result<()> {
    for (index, plugin) in plugins.iter().enumerate() {
        let name = plugin.spec.name;
        if plugins[..index].iter().any(|other| other.spec.name == name) {
            return Err(Error::new(format!(
                "two plugins of `{}` are called `{name}`; give one of them another name with `#[plugin(name = …)]`",
                D::SPEC.name
            )));
        }
    }
    Ok(())
}

/// The functions of all blocks that the loop calls by itself.
fn functions<D: Daemon>() -> Functions<D> {
    let further = further::<D>;
    Functions {
        listeners: D::LISTENERS.iter().chain(further().flat_map(|tables| tables.listeners)).collect(),
        timers: D::TIMERS.iter().chain(further().flat_map(|tables| tables.timers)).collect(),
        call_hooks: [D::CALL_HOOKS].into_iter().chain(further().map(|tables| tables.call_hooks)).collect(),
        plugins: plugins::<D>(),
    }
}

/// The functions of all blocks but the main one.
fn further<D: Daemon>() -> impl Iterator<Item = &'static Tables<D, D::Settings>> {
    extensions::<D>().filter_map(|extension| extension.tables.downcast_ref())
}

/// What other blocks, modules and crates add to this daemon, in a fixed order: the linker's order is not.
fn extensions<D: Daemon>() -> impl Iterator<Item = &'static Extension> {
    let mut found: Vec<_> = inventory::iter::<Extension>()
        .filter(|extension| extension.tables.is::<Tables<D, D::Settings>>())
        .collect();
    found.sort_by_key(|extension| (extension.krate, extension.place, extension.name));
    found.into_iter()
}

/// Checks that every crate in `extensions!` registered something. A crate that is only a dependency, and that the
/// program never names, is not linked: its registrations are silently lost. The list reveals the loss at start-up.
fn check_extensions<D: Daemon>() -> Result<()> {
    let registered = |krate| inventory::iter::<Registered>().any(|registered| registered.krate == krate);
    let missing = |expected: &&Expected| {
        !extensions::<D>().any(|extension| extension.krate == expected.krate) && !registered(expected.krate)
    };
    match inventory::iter::<Expected>().find(missing) {
        None => Ok(()),
        Some(Expected { krate }) => Err(Error::new(format!(
            "the crate `{krate}` adds nothing to `{}`, although `extensions!` lists it; does it have a function or a \
             plugin with `daemon = …` for this daemon, or a `#[worker]`?",
            D::SPEC.name
        ))),
    }
}

/// The system's user database.
struct System;

impl UserDb for System {
    fn uid(&self, user: &str) -> Option<u32> {
        User::from_name(user).ok().flatten().map(|user| user.uid.as_raw())
    }

    fn gid(&self, group: &str) -> Option<u32> {
        Group::from_name(group).ok().flatten().map(|group| group.gid.as_raw())
    }

    fn owner(&self) -> u32 {
        geteuid().as_raw()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::rpc::method::MethodSpec;

    #[test]
    fn the_names_of_built_in_methods_have_the_listed_prefixes_and_no_others() {
        let mut built_in = introspect::methods::<()>();
        built_in.extend(built_in::methods());
        built_in.extend(workers::methods());
        #[cfg(feature = "services")]
        built_in.extend(built_in::services::methods());
        let prefix = |spec: &MethodSpec| Some(spec.name.short().split_once('.')?.0);
        let bare =
            built_in.iter().filter(|(spec, _)| prefix(spec).is_none()).map(|(spec, _)| spec.name.short());
        assert!(bare.eq(cfg!(feature = "tokens").then_some("auth")));
        let prefixes: BTreeSet<_> = built_in.iter().filter_map(|(spec, _)| prefix(spec)).collect();
        let known = PREFIXES.into_iter().filter(|prefix| cfg!(feature = "services") || *prefix != "service");
        assert_eq!(prefixes, known.collect());
    }
}
