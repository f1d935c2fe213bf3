//! Descriptors that the daemon holds for its services, by name. They survive the services that use them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use crate::error::{Error, OrError, Result};
use crate::net::{Endpoint, ListeningSocket};
use crate::service::{Access, Address, Descriptor, End, HeldName, Name};
use crate::sys::descriptor::set_blocking;

/// Permission bits of the unix sockets among them.
const MODE: u32 = 0o600;

/// The descriptors that the daemon holds: those that are declared, and as many as user code passes.
#[derive(Default)]
pub(super) struct Held(BTreeMap<Name, (Option<Descriptor>, Open)>);

/// An open descriptor.
enum Open {
    Pipe(PipeReader, PipeWriter),
    File(File),
    Socket(ListeningSocket),
    /// It was opened by user code.
    Passed(OwnedFd),
}

impl Held {
    /// Holds a descriptor that user code has opened, in place of one with the same name.
    pub(super) fn hold(&mut self, name: Name, descriptor: OwnedFd) {
        self.0.insert(name, (None, Open::Passed(descriptor)));
    }

    /// Opens those that are new or have changed, and closes those that are no longer declared. Returns the names of those
    /// that are others now.
    ///
    /// # Errors
    ///
    /// If one can't be opened. The old ones stay then.
    pub(super) fn replace(&mut self, declared: &BTreeMap<Name, Descriptor>) -> Result<Vec<Name>> {
        let names = self.extend(declared)?;
        self.0.retain(|name, (old, _)| old.is_none() || declared.contains_key(name));
        Ok(names)
    }

    /// Opens those that are new or have changed. Returns their names.
    ///
    /// # Errors
    ///
    /// If one can't be opened. The old ones stay then.
    pub(super) fn extend(&mut self, declared: &BTreeMap<Name, Descriptor>) -> Result<Vec<Name>> {
        let changed = |(name, new): &(&Name, &Descriptor)| {
            self.0.get(*name).is_none_or(|(old, _)| old.as_ref() != Some(*new))
        };
        let mut new = Vec::new();
        for (name, descriptor) in declared.iter().filter(changed) {
            new.push((name.clone(), (Some(descriptor.clone()), Open::new(name, descriptor)?)));
        }
        let names = new.iter().map(|(name, _)| name.clone()).collect();
        self.0.extend(new);
        Ok(names)
    }

    /// Returns how a descriptor is declared, if it is.
    pub(super) fn declared(&self, name: &Name) -> Option<&Descriptor> {
        self.0.get(name)?.0.as_ref()
    }

    /// Returns a descriptor.
    ///
    /// # Errors
    ///
    /// If there is none of this name, or a pipe is named without its end.
    pub(super) fn get(&self, held: &HeldName) -> Result<BorrowedFd<'_>> {
        let name = &held.name;
        let Some((_, open)) = self.0.get(name) else {
            return Err(Error::new(format!(
                "there is no descriptor `{name}`; declare it as `[descriptor.{name}]`"
            )));
        };
        match (open, held.end) {
            (Open::Pipe(reader, _), End::Read) => Ok(reader.as_fd()),
            (Open::Pipe(_, writer), End::Write) => Ok(writer.as_fd()),
            (Open::File(file), End::Whole) => Ok(file.as_fd()),
            (Open::Socket(socket), End::Whole) => Ok(socket.as_fd()),
            (Open::Passed(descriptor), End::Whole) => Ok(descriptor.as_fd()),
            (Open::Pipe(..), End::Whole) => {
                Err(Error::new(format!("`{name}` is a pipe: write `{name}:read` or `{name}:write`")))
            }
            (Open::File(_) | Open::Socket(_) | Open::Passed(_), End::Read | End::Write) => {
                Err(Error::new(format!("`{name}` is no pipe and has no ends: write `{name}`")))
            }
        }
    }
}

impl Open {
    fn new(name: &Name, descriptor: &Descriptor) -> Result<Self> {
        let what = || format!("cannot open the descriptor `{name}`");
        match descriptor {
            Descriptor::Pipe => io::pipe().map(|(reader, writer)| Open::Pipe(reader, writer)).or_error(what),
            Descriptor::File(path, access) => open(path, *access).map(Open::File).or_error(what),
            Descriptor::Listen(address) => listen(address).or_error(what),
        }
    }
}

fn open(path: &Path, access: Access) -> io::Result<File> {
    let mut options = File::options();
    match access {
        Access::Read => options.read(true),
        Access::Append => options.append(true).create(true),
        Access::ReadWrite => options.read(true).write(true).create(true),
    };
    options.open(path)
}

fn listen(address: &Address) -> Result<Open> {
    let endpoint = match address {
        Address::Unix(path) => Endpoint::Unix(path.clone()),
        Address::Tcp(address) => Endpoint::Tcp(*address),
    };
    let socket = ListeningSocket::bind(&endpoint, MODE, false, None)?;
    // A service that is not prepared for it would take an empty queue for a failure.
    set_blocking(socket.as_fd()).or_error(|| format!("cannot prepare `{endpoint}`"))?;
    Ok(Open::Socket(socket))
}
