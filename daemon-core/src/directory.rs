//! The directory of a daemon or of a suite: where the sockets, the pid files and the logs of its members are.
//!
//! It also knows which suite this process belongs to, if any. Nothing here connects to anything: a socket that is listed
//! may be one that a dead daemon left.

use std::env;
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::OnceLock;

use nix::unistd::geteuid;

use crate::brief;
use crate::error::{Error, OrError, Result};

/// The longest name of an instance, in bytes. The path of a socket must fit into 107 (unix(7)).
const LONGEST: usize = 32;
/// The most files of a directory that are read; further ones are ignored.
const MOST_FILES: usize = 10_000;

/// Which suite this process belongs to, once its main line has said so.
static MEMBERSHIP: OnceLock<Membership> = OnceLock::new();

/// The suite that a process belongs to, and which of its instances the process is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(crate) suite: String,
    pub(crate) instance: Option<String>,
}

impl Membership {
    /// Makes this the suite of the process. Only the first call counts.
    pub(crate) fn join(suite: &str, instance: Option<&str>) {
        let suite = suite.to_owned();
        let _ = MEMBERSHIP.set(Membership { suite, instance: instance.map(str::to_owned) });
    }

    /// Returns the suite of this process; `None` for a daemon that is the whole program, and for other programs.
    pub(crate) fn current() -> Option<&'static Membership> {
        MEMBERSHIP.get()
    }
}

/// The name of a daemon in its directory, such as `kernel`; or that of an instance, such as `kernel@blue`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MemberName {
    pub(crate) daemon: String,
    pub(crate) instance: Option<String>,
}

impl MemberName {
    /// Returns the name of a daemon, as the instance that this process is about.
    pub(crate) fn current(daemon: &str) -> MemberName {
        let instance = Membership::current().and_then(|membership| membership.instance.clone());
        MemberName { daemon: daemon.to_owned(), instance }
    }

    /// Returns the name of a daemon that is no instance.
    pub(crate) fn plain(daemon: &str) -> MemberName {
        MemberName { daemon: daemon.to_owned(), instance: None }
    }
}

impl FromStr for MemberName {
    type Err = Error;

    /// # Errors
    ///
    /// [`is_usage`](Error::is_usage) if there is no daemon before the `@`, or no good name of an instance behind it.
    fn from_str(text: &str) -> Result<MemberName> {
        let (daemon, instance) = match text.split_once('@') {
            Some((daemon, instance)) => (daemon, Some(instance)),
            None => (text, None),
        };
        let shown = brief::start(text, 2 * LONGEST);
        if daemon.is_empty() || daemon.contains('/') {
            return Err(Error::usage(format!(
                "`{shown}` names no daemon; write `DAEMON` or `DAEMON@INSTANCE`"
            )));
        }
        if instance.is_some_and(|instance| !is_instance(instance)) {
            return Err(Error::usage(format!(
                "`{shown}` names no instance: behind the `@`, write at most {LONGEST} of the characters a-z, 0-9, `_` \
                 and `-`"
            )));
        }
        Ok(MemberName { daemon: daemon.to_owned(), instance: instance.map(str::to_owned) })
    }
}

fn is_instance(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    !name.is_empty() && name.len() <= LONGEST && name.bytes().all(fits)
}

impl fmt::Display for MemberName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.instance {
            Some(instance) => write!(f, "{}@{instance}", self.daemon),
            None => f.write_str(&self.daemon),
        }
    }
}

/// The directory of a daemon or of a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Directory(PathBuf);

impl Directory {
    /// Returns the directory of a daemon: that of its suite, if this process belongs to one.
    pub(crate) fn current(daemon: &str) -> Directory {
        Directory::own(Membership::current().map_or(daemon, |membership| &membership.suite))
    }

    /// Returns the directory of a daemon or suite that this process is, or is about: that of systemd, of the system, of the
    /// session, or one of our own.
    pub(crate) fn own(name: &str) -> Directory {
        // systemd.exec(5): this is a list; we use the first entry.
        let of_service =
            env::var("RUNTIME_DIRECTORY").ok().and_then(|list| list.split(':').next().map(PathBuf::from));
        match of_service.filter(|path| path.is_absolute()) {
            Some(directory) => Directory(directory),
            None => Directory::of(name),
        }
    }

    /// Returns the directory of a daemon or suite that this process does not belong to: `$RUNTIME_DIRECTORY` is that of
    /// another one.
    pub(crate) fn of(name: &str) -> Directory {
        let user = geteuid();
        if user.is_root() {
            return Directory(Path::new("/run").join(name));
        }
        let session = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
        Directory(match session {
            Some(session) => session.join(name),
            None => env::temp_dir().join(format!("{name}-{user}")),
        })
    }

    /// Returns the directory at a path.
    pub(crate) fn at(path: PathBuf) -> Directory {
        Directory(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn socket(&self, member: &MemberName) -> PathBuf {
        self.0.join(format!("{member}.sock"))
    }

    pub(crate) fn pid_file(&self, member: &MemberName) -> PathBuf {
        self.0.join(format!("{member}.pid"))
    }

    pub(crate) fn log(&self, member: &MemberName) -> PathBuf {
        self.0.join(format!("{member}.log"))
    }

    /// Returns the members that have a socket here, in the order of their names; none if there is no directory.
    ///
    /// # Errors
    ///
    /// If the directory can't be read, or another user could have put the sockets there.
    pub(crate) fn sockets(&self) -> Result<Vec<MemberName>> {
        let is_socket = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_socket());
        self.members(".sock", is_socket)
    }

    /// Returns the members that have a pid file here, in the order of their names; none if there is no directory.
    ///
    /// # Errors
    ///
    /// As [`Directory::sockets`].
    pub(crate) fn pid_files(&self) -> Result<Vec<MemberName>> {
        let is_file = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_file());
        self.members(".pid", is_file)
    }

    fn members(&self, ending: &str, fits: impl Fn(&fs::DirEntry) -> bool) -> Result<Vec<MemberName>> {
        let what = || format!("cannot read the runtime directory `{}`", self.0.display());
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.or_error(what)?,
        };
        self.check().or_error(what)?;
        let mut found = Vec::new();
        for entry in entries.take(MOST_FILES) {
            let entry = entry.or_error(what)?;
            let name = entry.file_name();
            let member = name.to_str().and_then(|name| name.strip_suffix(ending)?.parse().ok());
            found.extend(member.filter(|_| fits(&entry)));
        }
        found.sort();
        Ok(found)
    }

    /// Creates the directory if it is missing, and checks that no other user owns it.
    pub(crate) fn make(&self) -> Result<()> {
        let what = || format!("cannot use the runtime directory `{}`", self.0.display());
        match fs::DirBuilder::new().mode(0o700).create(&self.0) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::new(what()).because(error)),
        }
        self.check().map_err(|why| {
            Error::new(format!("{}: {why}; choose other places with --socket and --pidfile", what()))
        })
    }

    /// Checks that the directory is one that no other user can write to.
    fn check(&self) -> Result<(), io::Error> {
        let there = fs::symlink_metadata(&self.0)?;
        let writable_by_others = there.permissions().mode() & 0o022 != 0;
        if !there.is_dir() || there.uid() != geteuid().as_raw() || writable_by_others {
            return Err(io::Error::other(format!(
                "it must be a directory of uid {} that nobody else may write to",
                geteuid()
            )));
        }
        Ok(())
    }
}

/// Returns the names of a member that a caller may mean: all instances of a daemon, or one.
pub(crate) fn instances<'m>(
    members: &'m [MemberName],
    daemon: &'m str,
) -> impl Iterator<Item = &'m MemberName> {
    members.iter().filter(move |member| member.daemon == daemon)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    fn directory(name: &str) -> Directory {
        let path = env::temp_dir().join(format!("directory-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Directory(path)
    }

    #[test]
    fn a_name_is_a_daemon_and_perhaps_an_instance() {
        for (text, daemon, instance) in [
            ("kernel", "kernel", None),
            ("kernel@blue", "kernel", Some("blue")),
            ("kernel@blue-2_x", "kernel", Some("blue-2_x")),
        ] {
            let member: MemberName = text.parse().unwrap();
            assert_eq!((member.daemon.as_str(), member.instance.as_deref()), (daemon, instance));
            assert_eq!(member.to_string(), text);
        }
        let long = format!("kernel@{}", "x".repeat(LONGEST + 1));
        for wrong in
            ["", "@blue", "kernel@", "kernel@Blue", "kernel@a@b", "kernel@a.b", "kernel@../x", "a/b", &long]
        {
            let error = wrong.parse::<MemberName>().unwrap_err();
            assert!(error.is_usage(), "{wrong}: {error}");
        }
    }

    #[test]
    fn the_sockets_are_listed_by_name() {
        let directory = directory("list");
        assert_eq!(directory.sockets().unwrap(), []);
        directory.make().unwrap();
        let members: Vec<MemberName> =
            ["cronjob", "kernel", "kernel@blue"].map(|name| name.parse().unwrap()).into();
        let _listeners: Vec<UnixListener> = members
            .iter()
            .rev()
            .map(|member| UnixListener::bind(directory.socket(member)).unwrap())
            .collect();
        fs::write(directory.path().join("file.sock"), "").unwrap();
        fs::write(directory.pid_file(&members[0]), "1").unwrap();
        assert_eq!(directory.sockets().unwrap(), members);
        assert_eq!(directory.pid_files().unwrap(), members[..1]);
        assert_eq!(instances(&members, "kernel").count(), 2);
        fs::remove_dir_all(directory.path()).unwrap();
    }

    #[test]
    fn a_directory_that_others_can_write_to_is_refused() {
        let directory = directory("open");
        directory.make().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o770)).unwrap();
        for error in [directory.make().unwrap_err(), directory.sockets().unwrap_err()] {
            assert!(error.report().contains("nobody else may write to"), "{}", error.report());
        }
        fs::remove_dir_all(directory.path()).unwrap();
    }
}
