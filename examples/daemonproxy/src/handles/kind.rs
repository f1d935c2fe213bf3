//! What a handle is: its type and its flags, as events have them.

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::socket::{SockType, getsockopt, sockopt};

use crate::text::Line;

/// What a handle is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Made by this program; with its flags.
    Special(&'static str),
    File(FileFlags),
    /// An end of a pipe, or of a pair of sockets.
    Pipe {
        socket: Option<(Family, Type)>,
        nonblock: bool,
        end: PipeEnd,
    },
    Socket {
        family: Family,
        kind: Type,
        flags: SocketFlags,
    },
}

/// How a file was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct FileFlags {
    pub(crate) read: bool,
    pub(crate) write: bool,
    pub(crate) append: bool,
    pub(crate) create: bool,
    pub(crate) trunc: bool,
    pub(crate) nonblock: bool,
    pub(crate) mkdir: bool,
}

impl FileFlags {
    #[cfg(test)]
    pub(crate) const READ: FileFlags = FileFlags {
        read: true,
        write: false,
        append: false,
        create: false,
        trunc: false,
        nonblock: false,
        mkdir: false,
    };
}

/// The direction of an end of a pipe. Both ends of a pair of sockets can be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PipeEnd {
    From,
    To,
}

/// The address family of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Unix,
    Inet,
    Inet6,
}

/// The type of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Type {
    Stream,
    Dgram,
    Seqpacket,
}

/// What was done with a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct SocketFlags {
    pub(crate) bind: bool,
    /// The length of its queue, if it listens.
    pub(crate) listen: Option<u16>,
    pub(crate) mkdir: bool,
    pub(crate) nonblock: bool,
}

impl Family {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Family::Unix => "unix",
            Family::Inet => "inet",
            Family::Inet6 => "inet6",
        }
    }
}

impl Type {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Type::Stream => "stream",
            Type::Dgram => "dgram",
            Type::Seqpacket => "seqpacket",
        }
    }
}

impl Kind {
    /// Adds the type and the flags to an event.
    pub(crate) fn write(self, line: &mut Line) {
        let mut flags = List { line, is_first: true };
        match self {
            Kind::Special(names) => flags.open("special").add(names, true),
            Kind::File(file) => file.write(flags.open("file")),
            Kind::Pipe { socket, nonblock, end } => {
                let list = flags.open("pipe");
                if let Some((family, kind)) = socket {
                    list.add(family.name(), true);
                    list.add(kind.name(), true);
                }
                list.add("nonblock", nonblock);
                list.add(if end == PipeEnd::From { "from" } else { "to" }, true);
            }
            Kind::Socket { family, kind, flags: with } => {
                let list = flags.open("socket");
                list.add(family.name(), true);
                list.add(kind.name(), true);
                with.write(list);
            }
        }
    }
}

impl FileFlags {
    fn write(self, list: &mut List<'_>) {
        for (name, is_set) in [
            ("read", self.read || !self.write),
            ("write", self.write),
            ("append", self.append),
            ("create", self.create),
            ("trunc", self.trunc),
            ("nonblock", self.nonblock),
            ("mkdir", self.mkdir),
        ] {
            list.add(name, is_set);
        }
    }
}

impl SocketFlags {
    fn write(self, list: &mut List<'_>) {
        list.add("bind", self.bind);
        if let Some(length) = self.listen {
            list.add("listen=", true);
            list.line.write(format_args!("{length}"));
        }
        list.add("mkdir", self.mkdir);
        list.add("nonblock", self.nonblock);
    }
}

/// A field of flags with commas between them.
struct List<'l> {
    line: &'l mut Line,
    is_first: bool,
}

impl List<'_> {
    /// Adds the type, and opens the field of flags.
    fn open(&mut self, kind: &str) -> &mut Self {
        self.line.field(kind.as_bytes()).push(b"\t");
        self
    }

    fn add(&mut self, name: &str, is_set: bool) {
        if !is_set {
            return;
        }
        if !self.is_first {
            self.line.push(b",");
        }
        self.is_first = false;
        self.line.push(name.as_bytes());
    }
}

/// Returns what a descriptor is that came from elsewhere.
pub(crate) fn inspect(descriptor: BorrowedFd<'_>) -> Kind {
    let flags = fcntl(descriptor, FcntlArg::F_GETFL).map(OFlag::from_bits_retain);
    let flags = flags.unwrap_or(OFlag::empty());
    let nonblock = flags.contains(OFlag::O_NONBLOCK);
    if let Some((family, kind)) = socket(descriptor) {
        return Kind::Socket { family, kind, flags: SocketFlags { nonblock, ..SocketFlags::default() } };
    }
    let access = flags & OFlag::O_ACCMODE;
    Kind::File(FileFlags {
        read: access != OFlag::O_WRONLY,
        write: access != OFlag::O_RDONLY,
        append: flags.contains(OFlag::O_APPEND),
        nonblock,
        ..FileFlags::default()
    })
}

/// Returns the family and the type of a socket; `None` if it is none, or of another family.
fn socket(descriptor: BorrowedFd<'_>) -> Option<(Family, Type)> {
    let kind = match getsockopt(&descriptor, sockopt::SockType).ok()? {
        SockType::Stream => Type::Stream,
        SockType::Datagram => Type::Dgram,
        SockType::SeqPacket => Type::Seqpacket,
        _ => return None,
    };
    use nix::sys::socket::{AddressFamily, SockaddrLike, SockaddrStorage, getsockname};
    let address: SockaddrStorage = getsockname(descriptor.as_raw_fd()).ok()?;
    let family = match address.family()? {
        AddressFamily::Unix => Family::Unix,
        AddressFamily::Inet => Family::Inet,
        AddressFamily::Inet6 => Family::Inet6,
        _ => return None,
    };
    Some((family, kind))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixDatagram;

    use super::*;

    fn written(kind: Kind) -> String {
        let mut line = Line::new();
        kind.write(&mut line);
        String::from_utf8(line.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn flags_have_an_order() {
        let all = FileFlags { write: true, append: true, create: true, trunc: true, ..FileFlags::READ };
        let all = FileFlags { nonblock: true, mkdir: true, ..all };
        assert_eq!(written(Kind::File(all)), "\tfile\tread,write,append,create,trunc,nonblock,mkdir");
        assert_eq!(written(Kind::File(FileFlags::default())), "\tfile\tread");
        let flags = SocketFlags { bind: true, listen: Some(5), mkdir: true, nonblock: true };
        let socket = Kind::Socket { family: Family::Unix, kind: Type::Stream, flags };
        assert_eq!(written(socket), "\tsocket\tunix,stream,bind,listen=5,mkdir,nonblock");
        let pipe = |socket, nonblock, end| written(Kind::Pipe { socket, nonblock, end });
        assert_eq!(pipe(None, false, PipeEnd::From), "\tpipe\tfrom");
        let pair = Some((Family::Unix, Type::Seqpacket));
        assert_eq!(pipe(pair, true, PipeEnd::To), "\tpipe\tunix,seqpacket,nonblock,to");
    }

    #[test]
    fn descriptors_from_elsewhere_are_inspected() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(written(inspect(listener.as_fd())), "\tsocket\tinet,stream");
        let (one, _two) = UnixDatagram::pair().unwrap();
        one.set_nonblocking(true).unwrap();
        assert_eq!(written(inspect(one.as_fd())), "\tsocket\tunix,dgram,nonblock");
        let (reader, writer) = nix::unistd::pipe().unwrap();
        assert_eq!(written(inspect(reader.as_fd())), "\tfile\tread");
        assert_eq!(written(inspect(writer.as_fd())), "\tfile\twrite");
    }
}
