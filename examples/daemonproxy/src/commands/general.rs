//! Commands about the connection, the log, signals, and the program itself.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use super::{expect, expect_integer};
use crate::controller::Timeouts;
use crate::controllers::Id;
use crate::log::Level;
use crate::proxy::Proxy;
use crate::reason::Reason;
use crate::signals;
use crate::text::Fields;

/// The longest timeout, in seconds.
const LONGEST: i64 = 0x7fff_ffff;

pub(super) fn echo(proxy: &mut Proxy, id: Id, fields: Fields<'_>) -> Result<(), Reason> {
    if !fields.rest().is_empty() {
        proxy.send(id, fields.rest());
    }
    Ok(())
}

pub(super) fn statedump(proxy: &mut Proxy, id: Id, _: Fields<'_>) -> Result<(), Reason> {
    proxy.dump_to(id);
    Ok(())
}

pub(super) fn exit(proxy: &mut Proxy, id: Id, _: Fields<'_>) -> Result<(), Reason> {
    if let Some(connection) = proxy.controllers.get_mut(id) {
        connection.input.close();
    }
    Ok(())
}

pub(super) fn chdir(_: &mut Proxy, _: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let path = expect(fields.next(), "missing path argument")?;
    if fields.next().is_some() {
        return Err("unexpected argument after path".into());
    }
    nix::unistd::chdir(OsStr::from_bytes(path)).map_err(|error| Reason::system("chdir failed", error))
}

pub(super) fn event_timeout(proxy: &mut Proxy, id: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let (reset, close) = (expect_integer(fields.next())?, expect_integer(fields.next())?);
    let seconds = |value: i64| {
        let value = u64::try_from(value).ok().filter(|_| value <= LONGEST);
        value.map(Duration::from_secs).ok_or(Reason::Fixed("invalid timeout (must be 0..7FFFFFFF)"))
    };
    let timeouts = Timeouts { reset: seconds(reset)?, close: seconds(close)? };
    if timeouts.reset > timeouts.close {
        return Err("reset timeout is greater than close timeout".into());
    }
    if let Some(connection) = proxy.controllers.get_mut(id) {
        connection.timeouts = timeouts;
    }
    Ok(())
}

pub(super) fn log_filter(proxy: &mut Proxy, id: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    if let Some(level) = fields.next().filter(|level| !level.is_empty()) {
        proxy.log.filter = proxy.log.filter.read(level).ok_or(Reason::Fixed("Invalid loglevel argument"))?;
    }
    proxy.send_format(id, format_args!("log.filter\t{}", proxy.log.filter.name()));
    Ok(())
}

pub(super) fn signal_clear(proxy: &mut Proxy, _: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let signal = signals::read(fields.next())?;
    proxy.counts.clear(signal, expect_integer(fields.next())?);
    Ok(())
}

pub(super) fn socket_create(proxy: &mut Proxy, _: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let (Some(options), Some(path)) = (fields.next(), fields.next()) else {
        return Err("missing argument".into());
    };
    if !matches!(options, b"" | b"-") {
        return Err("Invalid options".into());
    }
    let created = proxy.socket.create(path, &proxy.turn);
    created.map_err(|_| Reason::Fixed("Failed to create control socket"))
}

pub(super) fn socket_delete(proxy: &mut Proxy, _: Id, _: Fields<'_>) -> Result<(), Reason> {
    if let Some(path) = proxy.socket.delete(&proxy.turn) {
        proxy.log.bytes(Level::Info, format_args!("Unlinked control socket "), path.as_bytes());
    }
    Ok(())
}
