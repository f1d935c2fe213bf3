//! Handles: open descriptors with names.
//!
//! The table owns its descriptors. What a handle is good for is in its [`Kind`]; opening one is the business of the
//! [`fd` commands](crate::commands).

mod kind;

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;

pub(crate) use self::kind::{Family, FileFlags, Kind, PipeEnd, SocketFlags, Type, inspect};
use crate::descriptor::{Descriptor, Stream};
use crate::pool::Pool;
use crate::sys;
use crate::text::{Line, Name};

/// The names of the handles that no command can alter. The first ones stand for the connection of the service that gets them.
pub(crate) const EVENTS: &[u8] = b"control.event";
pub(crate) const COMMANDS: &[u8] = b"control.cmd";
pub(crate) const BOTH: &[u8] = b"control.socket";
const NULL: &[u8] = b"null";

/// The first descriptor that is not a standard one, and the first that gets no handle at the start.
const INHERITED: std::ops::Range<i32> = 3..1024;

/// A handle.
pub(crate) struct Handle {
    pub(crate) name: Name,
    kind: Kind,
    holds: Holds,
    description: Vec<u8>,
    /// The number of the pair of pipe ends that it belongs to; 0 is none.
    pair: u64,
}

/// What is behind a handle.
enum Holds {
    /// It is made for each start of a service.
    Connection,
    /// The null device.
    Null,
    Open(Descriptor),
}

/// All handles, in the order of their names.
pub(crate) struct Handles {
    table: Vec<Handle>,
    pool: Pool,
    null: OwnedFd,
    pairs: u64,
    /// Whether a handle has come or gone since this was last asked.
    changed: bool,
}

/// There is no room for one more.
#[derive(Debug)]
pub(crate) struct Full;

impl Handles {
    /// Makes a table without handles. A pool has so many slots, of so many bytes for a name and a description.
    ///
    /// # Errors
    ///
    /// If the null device cannot be opened.
    pub(crate) fn new(size: Option<(usize, usize)>) -> Result<Self, Errno> {
        let null = File::options().read(true).write(true).open("/dev/null");
        let null = OwnedFd::from(null.map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?);
        sys::keep_on_exec(null.as_fd())?;
        let (pool, slots) = match size {
            Some((slots, bytes)) => (Pool::fixed(slots, (bytes + 30).next_multiple_of(16)), slots),
            None => (Pool::growing(), 0),
        };
        Ok(Handles { table: Vec::with_capacity(slots), pool, null, pairs: 0, changed: false })
    }

    /// Adds the handles that exist from the start: the special ones, the standard streams, and every other descriptor that
    /// was open, which are passed with their numbers.
    pub(crate) fn add_first(&mut self, open: impl Iterator<Item = (i32, OwnedFd)>) -> Result<(), Full> {
        self.put(NULL, Kind::Special("read,write"), Holds::Null, b"/dev/null")?;
        self.put(COMMANDS, Kind::Special("write"), Holds::Connection, b"daemonproxy command pipe")?;
        self.put(EVENTS, Kind::Special("read"), Holds::Connection, b"daemonproxy event stream")?;
        self.put(BOTH, Kind::Special("read,write"), Holds::Connection, b"daemonproxy control socket")?;
        for (name, stream) in [&b"stdin"[..], b"stdout", b"stderr"].into_iter().zip(Stream::all()) {
            let descriptor = Descriptor::Standard(stream);
            let kind = inspect(descriptor.as_fd());
            self.put(name, kind, Holds::Open(descriptor), b"unknown")?;
        }
        for (number, descriptor) in open {
            let kind = inspect(descriptor.as_fd());
            let name = crate::text::Text::<16>::format(format_args!("fd_{number}"));
            self.put(name.as_bytes(), kind, Holds::Open(Descriptor::Owned(descriptor)), b"unknown")?;
        }
        Ok(())
    }

    fn put(&mut self, name: &[u8], kind: Kind, holds: Holds, description: &[u8]) -> Result<(), Full> {
        let name = Name::new(name).ok_or(Full)?;
        self.replace(name, kind, holds, description, 0)
    }

    /// Adds a handle, or replaces the one of this name.
    ///
    /// # Errors
    ///
    /// If the pool is full, even if one would be replaced: the new one is made first.
    pub(crate) fn add(
        &mut self,
        name: Name,
        kind: Kind,
        descriptor: OwnedFd,
        description: &[u8],
    ) -> Result<(), Full> {
        self.replace(name, kind, Holds::Open(Descriptor::Owned(descriptor)), description, 0)
    }

    /// Adds both ends of a pipe, each described by the name of the other.
    ///
    /// # Errors
    ///
    /// If the pool has no room for both.
    pub(crate) fn add_pair(&mut self, ends: [(Name, Kind, OwnedFd); 2]) -> Result<(), Full> {
        if !self.pool.has(2) {
            return Err(Full);
        }
        self.pairs += 1;
        let names = [ends[1].0, ends[0].0];
        for ((name, kind, descriptor), peer) in ends.into_iter().zip(names) {
            let holds = Holds::Open(Descriptor::Owned(descriptor));
            self.replace(name, kind, holds, peer.as_bytes(), self.pairs)?;
        }
        Ok(())
    }

    fn replace(
        &mut self,
        name: Name,
        kind: Kind,
        holds: Holds,
        description: &[u8],
        pair: u64,
    ) -> Result<(), Full> {
        let mut buffer = self.pool.take().ok_or(Full)?;
        describe(&mut buffer, description, self.pool.bytes - name.as_bytes().len());
        let handle = Handle { name, kind, holds, description: buffer, pair };
        self.changed = true;
        match self.place(name) {
            Ok(place) => {
                let old = std::mem::replace(&mut self.table[place], handle);
                self.forget(old);
            }
            Err(place) => self.table.insert(place, handle),
        }
        Ok(())
    }

    /// Removes a handle; returns whether there was one.
    pub(crate) fn remove(&mut self, name: Name) -> bool {
        let Ok(place) = self.place(name) else { return false };
        let old = self.table.remove(place);
        self.changed = true;
        self.forget(old);
        true
    }

    /// Closes what is behind a handle, and has the other end of its pipe say so.
    fn forget(&mut self, old: Handle) {
        let other = self.table.iter_mut().find(|handle| old.pair != 0 && handle.pair == old.pair);
        if let Some(other) = other {
            describe(&mut other.description, b"?", usize::MAX);
            other.pair = 0;
        }
        self.pool.put(old.description);
    }

    /// Has the null device behind a standard stream, and returns what was behind it.
    pub(crate) fn take_standard(&mut self, name: &[u8]) -> Option<Descriptor> {
        let handle = self.table.iter_mut().find(|handle| handle.name.as_bytes() == name)?;
        let is_standard = matches!(handle.holds, Holds::Open(Descriptor::Standard(_)));
        let taken = is_standard.then(|| std::mem::replace(&mut handle.holds, Holds::Null))?;
        self.changed = true;
        match taken {
            Holds::Open(descriptor) => Some(descriptor),
            Holds::Null | Holds::Connection => None,
        }
    }

    pub(crate) fn get(&self, name: Name) -> Option<&Handle> {
        self.place(name).ok().map(|place| &self.table[place])
    }

    /// Returns the first handle after this name; without one, the first of all.
    pub(crate) fn after(&self, name: Option<Name>) -> Option<&Handle> {
        let is_behind = |handle: &Handle| name.is_none_or(|name| handle.name.as_bytes() > name.as_bytes());
        let place = self.table.partition_point(|handle| !is_behind(handle));
        self.table.get(place)
    }

    /// Returns the descriptor behind a handle; `None` if there is no such handle, or if it is made for each start.
    pub(crate) fn descriptor(&self, name: Name) -> Option<BorrowedFd<'_>> {
        match &self.get(name)?.holds {
            Holds::Connection => None,
            Holds::Null => Some(self.null.as_fd()),
            Holds::Open(descriptor) => Some(descriptor.as_fd()),
        }
    }

    /// Returns descriptor 2, while the handle `stderr` is that.
    pub(crate) fn standard_error(&self) -> Option<BorrowedFd<'_>> {
        let handle = self.get(Name::new(b"stderr")?)?;
        match &handle.holds {
            Holds::Open(descriptor @ Descriptor::Standard(_)) => Some(descriptor.as_fd()),
            Holds::Open(_) | Holds::Null | Holds::Connection => None,
        }
    }

    /// Whether a handle has come or gone since the last call.
    pub(crate) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    fn place(&self, name: Name) -> Result<usize, usize> {
        self.table.binary_search_by(|handle| handle.name.as_bytes().cmp(name.as_bytes()))
    }
}

impl Handle {
    /// Writes the event about it.
    pub(crate) fn event(&self, line: &mut Line) {
        line.push(b"fd.state").field(self.name.as_bytes());
        self.kind.write(line);
        line.field(&self.description);
    }
}

/// Whether a name is one of those that no command can alter.
pub(crate) fn is_constant(name: Name) -> bool {
    [NULL, EVENTS, COMMANDS, BOTH].contains(&name.as_bytes())
}

/// Returns the descriptors that this process was started with, besides the standard ones. It must be called before any is
/// opened, and once.
pub(crate) fn inherited() -> impl Iterator<Item = (i32, OwnedFd)> {
    INHERITED.filter_map(|number| Some((number, sys::inherited(number)?)))
}

/// Sets a description. One that is too long ends in dots.
fn describe(buffer: &mut Vec<u8>, text: &[u8], most: usize) {
    buffer.clear();
    if text.len() <= most {
        buffer.extend_from_slice(text);
    } else {
        buffer.extend_from_slice(&text[..most.saturating_sub(3)]);
        buffer.extend_from_slice(b"...");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::new(text.as_bytes()).unwrap()
    }

    fn open() -> OwnedFd {
        File::open("/dev/null").unwrap().into()
    }

    fn add(handles: &mut Handles, text: &str) -> Result<(), Full> {
        handles.add(name(text), Kind::File(FileFlags::READ), open(), b"/dev/null")
    }

    fn listed(handles: &Handles) -> Vec<String> {
        let mut last = None;
        let next = || {
            let handle = handles.after(last)?;
            last = Some(handle.name);
            let mut line = Line::new();
            handle.event(&mut line);
            Some(String::from_utf8(line.as_bytes().to_vec()).unwrap().replace('\t', " "))
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn handles_are_listed_in_byte_order() {
        let mut handles = Handles::new(None).unwrap();
        for text in ["b", "a", "B", "a.b", "_"] {
            add(&mut handles, text).unwrap();
        }
        let names: Vec<String> =
            listed(&handles).iter().filter_map(|event| Some(event.split(' ').nth(1)?.to_owned())).collect();
        assert_eq!(names, ["B", "_", "a", "a.b", "b"]);
    }

    #[test]
    fn the_other_end_of_a_pipe_learns_that_its_peer_is_gone() {
        let mut handles = Handles::new(None).unwrap();
        let pair = |read, write| {
            let kind = |end| Kind::Pipe { socket: None, nonblock: false, end };
            [(name(read), kind(PipeEnd::From), open()), (name(write), kind(PipeEnd::To), open())]
        };
        handles.add_pair(pair("a", "b")).unwrap();
        handles.add_pair(pair("a", "c")).unwrap();
        assert_eq!(
            listed(&handles),
            ["fd.state a pipe from c", "fd.state b pipe to ?", "fd.state c pipe to a"]
        );
        assert!(handles.remove(name("c")));
        assert!(!handles.remove(name("c")));
        assert_eq!(listed(&handles), ["fd.state a pipe from ?", "fd.state b pipe to ?"]);
    }

    #[test]
    fn a_full_pool_takes_no_more_not_even_in_the_place_of_another() {
        let mut handles = Handles::new(Some((2, 32))).unwrap();
        add(&mut handles, "a").unwrap();
        add(&mut handles, "b").unwrap();
        assert!(add(&mut handles, "c").is_err());
        assert!(add(&mut handles, "a").is_err());
        assert!(handles.remove(name("b")));
        add(&mut handles, "c").unwrap();
    }

    #[test]
    fn a_long_description_ends_in_dots_in_a_pool() {
        let mut handles = Handles::new(Some((2, 32))).unwrap();
        let long = [b'x'; 200];
        handles.add(name("a"), Kind::File(FileFlags::READ), open(), &long).unwrap();
        // 62 bytes are rounded to 64, of which the name has one.
        assert_eq!(listed(&handles), [format!("fd.state a file read {}...", "x".repeat(60))]);
        let mut handles = Handles::new(None).unwrap();
        handles.add(name("a"), Kind::File(FileFlags::READ), open(), &long).unwrap();
        assert_eq!(listed(&handles), [format!("fd.state a file read {}", "x".repeat(200))]);
    }
}
