//! Every method of a daemon, from its impl block, from extensions and built in; and the proof that none is missing.

use nix::unistd::{Group, User, geteuid};

use super::built_in;
use crate::declare::{Daemon, Expected, Extension};
use crate::error::{Error, Result};
use crate::rpc::access::Names;
use crate::rpc::introspect;
use crate::rpc::method::Method;
use crate::rpc::methods::{Listed, Methods};

/// The method table of a daemon.
///
/// # Errors
///
/// If two methods have one name, if a rule names a user who does not exist, or if a crate that the program lists in
/// `extensions!` has registered nothing.
pub(super) fn methods<D: Daemon>() -> Result<Methods<D>> {
    check_extensions::<D>()?;
    let mut built_in = introspect::methods();
    built_in.extend(built_in::methods());
    let own = own::<D>().filter_map(|method| Listed::here(D::PROFILE.name, method));
    Methods::new(Listed::built_in(built_in).chain(own), &System)
}

/// The methods of the impl block, and those of extensions.
fn own<D: Daemon>() -> impl Iterator<Item = &'static Method<D>> {
    D::METHODS.iter().chain(extensions::<D>().filter_map(|extension| extension.method.downcast_ref()))
}

/// What other modules and crates add to this daemon, in a fixed order: the linker's is not.
fn extensions<D: Daemon>() -> impl Iterator<Item = &'static Extension> {
    let mut found: Vec<_> =
        inventory::iter::<Extension>().filter(|extension| extension.method.is::<Method<D>>()).collect();
    found.sort_by_key(|extension| extension.place);
    found.into_iter()
}

/// A crate that a program depends on but never names is not linked, and its registrations are silently lost. The
/// program lists the crates that it counts on, so that a loss is found at the start.
fn check_extensions<D: Daemon>() -> Result<()> {
    let missing =
        |expected: &&Expected| !extensions::<D>().any(|extension| extension.krate == expected.krate);
    match inventory::iter::<Expected>().find(missing) {
        None => Ok(()),
        Some(Expected { krate }) => Err(Error::new(format!(
            "the crate `{krate}` adds no method to `{}`, although `extensions!` lists it; does it have an \
             `#[rpc_method(daemon = …)]` for this daemon?",
            D::PROFILE.name
        ))),
    }
}

/// The system's user database.
struct System;

impl Names for System {
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
