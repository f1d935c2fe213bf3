//! Commands that open files and pipes.

use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open as open_file};
use nix::sys::socket::{SockFlag, socketpair};
use nix::sys::stat::Mode;
use nix::unistd::{mkdir, pipe as make_pipe};

use super::flags::{self, Socket};
use super::handles::{FULL, read_alterable, report};
use super::{expect, sockets};
use crate::controllers::Id;
use crate::handles::{FileFlags, Kind, PipeEnd};
use crate::proxy::Proxy;
use crate::reason::Reason;
use crate::text::Fields;

pub(super) fn pipe(proxy: &mut Proxy, _: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let (read, write) = (read_alterable(fields.next())?, read_alterable(fields.next())?);
    if read == write {
        return Err("the ends of a pipe need different names".into());
    }
    let (mut nonblock, mut socket) = (false, None);
    flags::each(fields.next().filter(|list| *list != b"-").unwrap_or_default(), |flag| {
        if flag == b"nonblock" {
            nonblock = true;
            return Ok(true);
        }
        let mut changed = socket.unwrap_or(Socket::USUAL);
        let is_known = changed.set(flag);
        socket = Some(changed);
        Ok(is_known)
    })?;
    let ends = match socket {
        None => make_pipe().map_err(|error| Reason::system("pipe() failed", error))?,
        Some(Socket { family, kind }) => {
            let (family, kind) = (sockets::address_family(family), sockets::socket_type(kind));
            let made = socketpair(family, kind, None, SockFlag::empty());
            made.map_err(|error| Reason::system("socketpair() failed", error))?
        }
    };
    for end in [&ends.0, &ends.1] {
        set_nonblocking(end, nonblock).map_err(|error| Reason::system("fcntl(O_NONBLOCK) failed", error))?;
    }
    let socket = socket.map(|Socket { family, kind }| (family, kind));
    let kind = |end| Kind::Pipe { socket, nonblock, end };
    let read_end = if socket.is_some() { PipeEnd::To } else { PipeEnd::From };
    let pair = [(read, kind(read_end), ends.0), (write, kind(PipeEnd::To), ends.1)];
    proxy.handles.add_pair(pair).map_err(|_| Reason::Fixed("failed to create pipe"))?;
    report(proxy, read);
    report(proxy, write);
    Ok(())
}

pub(super) fn open(proxy: &mut Proxy, _: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let name = read_alterable(fields.next())?;
    let list = fields.next().ok_or(Reason::Fixed("missing flags argument"))?;
    let path = expect(fields.next(), "missing path argument")?;
    if fields.next().is_some() {
        return Err("unexpected argument after path".into());
    }
    let flags = read_flags(list)?;
    let file = open_path(flags, path).map_err(|error| Reason::system("open failed", error))?;
    proxy.handles.add(name, Kind::File(flags), file, path).map_err(|_| FULL)?;
    report(proxy, name);
    Ok(())
}

fn read_flags(list: &[u8]) -> Result<FileFlags, Reason> {
    let mut flags = FileFlags::default();
    flags::each(list, |flag| {
        let field = match flag {
            b"read" => &mut flags.read,
            b"write" => &mut flags.write,
            b"append" => &mut flags.append,
            b"create" => &mut flags.create,
            b"trunc" => &mut flags.trunc,
            b"nonblock" => &mut flags.nonblock,
            b"mkdir" => &mut flags.mkdir,
            _ => return Ok(false),
        };
        *field = true;
        Ok(true)
    })?;
    Ok(flags)
}

/// Opens a file. It never waits: a FIFO without a reader is an error, and one without a writer opens at once.
fn open_path(flags: FileFlags, path: &[u8]) -> Result<OwnedFd, Errno> {
    if flags.mkdir {
        make_parents(path)?;
    }
    let access = match (flags.read, flags.write) {
        (true, true) => OFlag::O_RDWR,
        (false, true) => OFlag::O_WRONLY,
        (_, false) => OFlag::O_RDONLY,
    };
    let mut how = access | OFlag::O_NOCTTY | OFlag::O_NONBLOCK;
    how.set(OFlag::O_APPEND, flags.append);
    how.set(OFlag::O_CREAT, flags.create);
    how.set(OFlag::O_TRUNC, flags.trunc);
    let file = open_file(path, how, Mode::S_IRUSR | Mode::S_IWUSR)?;
    set_nonblocking(&file, flags.nonblock)?;
    Ok(file)
}

/// Makes the directories above a path that are missing.
pub(super) fn make_parents(path: &[u8]) -> Result<(), Errno> {
    let ends = path.iter().enumerate().filter(|(place, byte)| *place > 0 && **byte == b'/');
    for (end, _) in ends {
        match mkdir(&path[..end], Mode::S_IRWXU) {
            Ok(()) | Err(Errno::EEXIST) => {}
            // What cannot be made may be there.
            Err(Errno::EACCES | Errno::EPERM | Errno::EROFS) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

pub(super) fn set_nonblocking(descriptor: &impl AsFd, is_wanted: bool) -> Result<(), Errno> {
    let before = OFlag::from_bits_retain(fcntl(descriptor, FcntlArg::F_GETFL)?);
    if before.contains(OFlag::O_NONBLOCK) == is_wanted {
        return Ok(());
    }
    let mut flags = before;
    flags.set(OFlag::O_NONBLOCK, is_wanted);
    fcntl(descriptor, FcntlArg::F_SETFL(flags)).map(drop)
}
