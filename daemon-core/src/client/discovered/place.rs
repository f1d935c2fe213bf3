//! The directory in which the sockets of a daemon are found, and which of them are its own.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::directory::{Directory, MemberName, Membership, instances};
use crate::error::Result;

/// The most instances of one daemon that are called; further ones are ignored.
const MOST: usize = 256;

/// Where the instances of a daemon are.
#[derive(Debug)]
pub(in crate::client) struct Place {
    directory: Directory,
    /// The daemon, and the only instance to call if there is one.
    name: MemberName,
}

impl Place {
    /// Returns the place of a daemon in the suite of this process; without a suite, that in its own directory.
    ///
    /// # Errors
    ///
    /// As [`Place::new`].
    pub(in crate::client) fn own(daemon: &str, instance: Option<&str>) -> Result<Self> {
        let directory = match Membership::current() {
            Some(membership) => Directory::own(&membership.suite),
            None => Directory::of(&name_of(daemon, None)?.daemon),
        };
        Place::of(directory, daemon, instance)
    }

    /// Returns the place of a daemon in a suite.
    ///
    /// # Errors
    ///
    /// As [`Place::new`].
    pub(in crate::client) fn of_suite(suite: &str, daemon: &str, instance: Option<&str>) -> Result<Self> {
        let suite = name_of(suite, None)?.daemon;
        let directory = match Membership::current() {
            Some(membership) if membership.suite == suite => Directory::own(&suite),
            Some(_) | None => Directory::of(&suite),
        };
        Place::of(directory, daemon, instance)
    }

    /// Returns the place of a daemon, or of one of its instances, in a directory.
    ///
    /// # Errors
    ///
    /// [`is_usage`](crate::Error::is_usage) if a name could not be that of a socket.
    pub(in crate::client) fn new(path: PathBuf, daemon: &str, instance: Option<&str>) -> Result<Self> {
        Place::of(Directory::at(path), daemon, instance)
    }

    fn of(directory: Directory, daemon: &str, instance: Option<&str>) -> Result<Self> {
        Ok(Place { directory, name: name_of(daemon, instance)? })
    }

    /// Returns the directory with the sockets.
    pub(super) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Returns the sockets that are there now, sorted.
    ///
    /// # Errors
    ///
    /// If the directory can't be read, or another user could have put the sockets there.
    pub(super) fn sockets(&self) -> Result<Vec<PathBuf>> {
        let members = self.directory.sockets()?;
        let chosen = instances(&members, &self.name.daemon)
            .filter(|member| self.name.instance.is_none() || **member == self.name);
        Ok(chosen.take(MOST).map(|member| self.directory.socket(member)).collect())
    }
}

impl fmt::Display for Place {
    /// Names the daemon and the directory.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` in `{}`", self.name, self.directory.path().display())
    }
}

fn name_of(daemon: &str, instance: Option<&str>) -> Result<MemberName> {
    // A daemon is not called `a@b`: that is an instance.
    match instance {
        Some(instance) => format!("{daemon}@{instance}").parse(),
        None => format!("{daemon}@x").parse().map(|name: MemberName| MemberName::plain(&name.daemon)),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::DirBuilderExt;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn instances_are_found_by_their_names() {
        let directory = std::env::temp_dir().join(format!("place-{}", std::process::id()));
        let found = |instance| {
            let place = Place::new(directory.clone(), "kernel", instance).unwrap();
            let paths = place.sockets().unwrap();
            paths.iter().map(|path| path.file_name().unwrap().display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(found(None), [""; 0]);
        fs::DirBuilder::new().mode(0o700).create(&directory).unwrap();
        let names = ["kernel.sock", "kernel@b.sock", "kernel@a.sock", "kernels.sock", "cronjob.sock"];
        let _listeners = names.map(|name| UnixListener::bind(directory.join(name)).unwrap());
        assert_eq!(found(None), ["kernel.sock", "kernel@a.sock", "kernel@b.sock"]);
        assert_eq!(found(Some("b")), ["kernel@b.sock"]);
        assert_eq!(found(Some("c")), [""; 0]);
        fs::remove_dir_all(directory).unwrap();
    }
}
