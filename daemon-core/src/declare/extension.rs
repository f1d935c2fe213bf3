//! What joins a daemon besides its main block: further blocks, and free functions of any module or crate.
//!
//! `inventory` collects what was linked. The daemon's registry brings it into a fixed order, and checks that nothing is
//! missing.

use std::any::Any;

use super::plugin::PluginType;
use super::{Daemon, Listener, Timer};
use crate::rpc::Method;
use crate::rpc::hooks::CallHooks;

/// The functions of one block, or a free function, as tables; `S` is the state of the daemon, and `F` has its flags.
pub struct Tables<S: 'static, F: 'static> {
    /// The methods.
    pub methods: &'static [Method<S, F>],
    /// The listeners, called on events.
    pub listeners: &'static [Listener<S>],
    /// The timers, called at intervals.
    pub timers: &'static [Timer<S>],
    /// The functions called before and after every call.
    pub call_hooks: CallHooks<S>,
    /// The plugin whose functions these are, if they are those of one.
    pub plugin: Option<PluginType<S>>,
}

impl<S, F> Tables<S, F> {
    /// Returns tables without functions.
    pub const fn empty() -> Self {
        Tables { methods: &[], listeners: &[], timers: &[], call_hooks: CallHooks::none(), plugin: None }
    }
}

/// A further block of a daemon; `B` tells its blocks apart.
///
/// Written by `#[daemon(more)]` on an impl block; never by hand.
pub trait More<B> {
    /// Its functions.
    const EXTENSION: Extension;
}

/// Functions that join a daemon, from any module or crate.
///
/// The macros write one for each further block and each free function; `inventory` collects them.
pub struct Extension {
    /// The crate that contains them.
    pub krate: &'static str,
    /// Where they were written: file, line and column.
    pub place: (&'static str, u32, u32),
    /// The name of the first function: those that one macro has generated have the same place.
    pub name: &'static str,
    /// The functions: the `Tables` of a daemon.
    pub tables: &'static (dyn Any + Send + Sync),
}

impl Extension {
    /// Returns functions for the daemon `S`.
    pub const fn new<S: Daemon>(
        krate: &'static str,
        place: (&'static str, u32, u32),
        name: &'static str,
        tables: &'static Tables<S, S::Settings>,
    ) -> Self {
        Extension { krate, place, name, tables }
    }
}

inventory::collect!(Extension);

/// A crate that the program expects to register something.
///
/// `extensions!` writes one; the start checks that the crate has registered something.
pub struct Expected {
    /// The name of the crate.
    pub krate: &'static str,
}

inventory::collect!(Expected);

/// Links what other crates add to a daemon into the program.
///
/// A crate that is only a dependency, and that the program never names, is not linked: the methods, listeners and
/// timers that it adds with `daemon = …` are silently lost. This macro names it, and the start of the daemon checks
/// that every crate listed here registered something.
///
/// ```
/// # extern crate serde_json as plugin;
/// daemon_core::extensions!(plugin);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! extensions {
    ($($krate:ident),+ $(,)?) => {
        $(
            use $krate as _;
            $crate::__private::inventory::submit! {
                $crate::__private::Expected { krate: ::core::stringify!($krate) }
            }
        )+
    };
}
