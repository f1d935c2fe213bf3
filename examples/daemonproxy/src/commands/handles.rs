//! Commands about handles that there are, and the names of handles in commands.

use std::os::fd::AsFd;

use super::expect;
use crate::controllers::Id;
use crate::handles::{inspect, is_constant};
use crate::proxy::Proxy;
use crate::reason::Reason;
use crate::sys;
use crate::text::{Fields, Name};

/// There is no room for one more handle.
pub(super) const FULL: Reason = Reason::Fixed("Unable to allocate new file descriptor object");

/// Reads the name of a handle.
pub(super) fn read_name(field: Option<&[u8]>) -> Result<Name, Reason> {
    let text = expect(field, "Expected file descriptor name")?;
    Name::new(text).ok_or(Reason::Fixed("Invalid file descriptor name"))
}

/// Reads the name of a handle that may be altered.
pub(super) fn read_alterable(field: Option<&[u8]>) -> Result<Name, Reason> {
    let name = read_name(field)?;
    if is_constant(name) { Err("File descriptor cannot be altered".into()) } else { Ok(name) }
}

/// Reports a handle to all controllers.
pub(super) fn report(proxy: &mut Proxy, name: Name) {
    proxy.broadcast(|proxy, line| {
        if let Some(handle) = proxy.handles.get(name) {
            handle.event(line);
        }
    });
}

pub(super) fn take(proxy: &mut Proxy, id: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let taken = proxy.controllers.get_mut(id).and_then(|connection| connection.passed.take());
    let taken = taken.ok_or(Reason::Fixed("No ancillary file descriptor received"))?;
    let name = read_alterable(fields.next())?;
    let kind = inspect(taken.as_fd());
    sys::keep_on_exec(taken.as_fd()).map_err(|error| Reason::system("fcntl", error))?;
    proxy.handles.add(name, kind, taken, b"unknown").map_err(|_| FULL)?;
    report(proxy, name);
    Ok(())
}

pub(super) fn delete(proxy: &mut Proxy, _: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let name = read_alterable(fields.next())?;
    if !proxy.handles.remove(name) {
        return Err("No such file descriptor".into());
    }
    proxy.broadcast(|_, line| {
        line.push(b"fd.state").field(name.as_bytes()).field(b"deleted");
    });
    Ok(())
}

pub(super) fn log_dest(proxy: &mut Proxy, id: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let kind = expect(fields.next(), "missing argument")?;
    if kind != b"fd" {
        return Err("Unknown logging type".into());
    }
    let name = read_name(fields.next())?;
    if proxy.handles.get(name).is_none() {
        proxy.send_format(id, format_args!("warning\tfd \"{name}\" does not exist"));
    }
    proxy.log.send_to(name, &proxy.turn);
    Ok(())
}
