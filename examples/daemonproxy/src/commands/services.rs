//! Commands about services.

use std::time::Duration;

use nix::unistd::Pid;

use super::{expect, expect_integer};
use crate::clock;
use crate::controllers::Id;
use crate::proxy::Proxy;
use crate::reason::Reason;
use crate::services::{Service, Slot, State, Trigger, Value};
use crate::signals;
use crate::sys;
use crate::text::{Fields, Line, Name, integer};

/// The longest interval, in seconds.
const LONGEST: i64 = 0x7fff_ffff;

/// Reads the name of a service.
fn read_name(field: Option<&[u8]>) -> Result<Name, Reason> {
    let text = expect(field, "Expected service name")?;
    Name::new(text).ok_or(Reason::Fixed("Invalid service name"))
}

/// Reads the name of a service that there is.
fn find(proxy: &Proxy, field: Option<&[u8]>) -> Result<Slot, Reason> {
    let name = read_name(field)?;
    proxy.services.find(name).ok_or(Reason::Fixed("No such service"))
}

/// Reads the name of a service, which is made if there is none.
fn find_or_add(proxy: &mut Proxy, field: Option<&[u8]>) -> Result<Slot, Reason> {
    let name = read_name(field)?;
    proxy.services.find_or_add(name).ok_or(Reason::Fixed("Unable to allocate new service"))
}

/// Returns a service of which there is a slot.
fn at(proxy: &Proxy, slot: Slot) -> Result<&Service, Reason> {
    proxy.services.get(slot).ok_or(Reason::Fixed("No such service"))
}

/// Reports one thing about a service to all controllers.
fn report(proxy: &mut Proxy, slot: Slot, write: impl FnOnce(&Service, &mut Line)) {
    proxy.broadcast(|proxy, line| {
        if let Some(service) = proxy.services.get(slot) {
            write(service, line);
        }
    });
}

fn set(proxy: &mut Proxy, slot: Slot, value: Value, text: &[u8], failed: &'static str) -> Result<(), Reason> {
    let service = proxy.services.get_mut(slot);
    if service.is_some_and(|service| service.values.set(value, text)) { Ok(()) } else { Err(failed.into()) }
}

pub(super) fn args(proxy: &mut Proxy, _: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let slot = find_or_add(proxy, fields.next())?;
    set(proxy, slot, Value::Args, fields.rest(), "unable to set argv")?;
    report(proxy, slot, |service, line| service.value_event(Value::Args, line));
    Ok(())
}

pub(super) fn tags(proxy: &mut Proxy, _: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let slot = find_or_add(proxy, fields.next())?;
    set(proxy, slot, Value::Tags, fields.rest(), "unable to set tags")?;
    report(proxy, slot, |service, line| service.value_event(Value::Tags, line));
    Ok(())
}

pub(super) fn fds(proxy: &mut Proxy, id: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let slot = find_or_add(proxy, fields.next())?;
    let list = fields.rest();
    for field in Fields::new(list).filter(|_| !list.is_empty()) {
        let name = Name::new(field).ok_or(Reason::Fixed("invalid fd name"))?;
        if proxy.handles.get(name).is_none() {
            proxy.send_format(id, format_args!("warning: fd \"{name}\" is not yet defined"));
        }
    }
    set(proxy, slot, Value::Fds, list, "unable to set file descriptors")?;
    report(proxy, slot, |service, line| service.value_event(Value::Fds, line));
    Ok(())
}

pub(super) fn auto_up(proxy: &mut Proxy, _: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let slot = find_or_add(proxy, fields.next())?;
    let interval = fields.next();
    if interval != Some(b"-") {
        let seconds = u32::try_from(expect_integer(interval)?).ok();
        let seconds = seconds.filter(|seconds| (1..=LONGEST).contains(&i64::from(*seconds)));
        let seconds = seconds.ok_or(Reason::Fixed("invalid interval"))?;
        if let Some(service) = proxy.services.get_mut(slot) {
            service.interval = seconds;
        }
    }
    const FAILED: &str = "unable to set auto_up triggers";
    let trigger = Trigger::read(fields.rest()).ok_or(Reason::Fixed(FAILED))?;
    set(proxy, slot, Value::Triggers, fields.rest(), FAILED)?;
    let service = proxy.services.get_mut(slot).ok_or(Reason::Fixed(FAILED))?;
    service.trigger = trigger;
    if trigger.holds(&proxy.counts) && service.run().is_none() {
        proxy.schedule(slot, proxy.now);
    }
    report(proxy, slot, Service::auto_up_event);
    Ok(())
}

pub(super) fn start(proxy: &mut Proxy, _: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let slot = find(proxy, fields.next())?;
    let time = fields.next().filter(|time| !time.is_empty());
    if time == Some(b"-") {
        return cancel(proxy, slot);
    }
    let when = time.map(read_time).transpose()?;
    let service = at(proxy, slot)?;
    if Fields::new(service.args()).next().is_none_or(<[u8]>::is_empty) {
        return Err("no args configured for service".into());
    }
    if service.run().is_some() {
        return Err("service is not startable".into());
    }
    proxy.schedule(slot, when.unwrap_or(proxy.now));
    Ok(())
}

fn cancel(proxy: &mut Proxy, slot: Slot) -> Result<(), Reason> {
    if !matches!(at(proxy, slot)?.state, State::Waiting { .. }) {
        return Err("no service.start pending".into());
    }
    proxy.services.cancel(slot);
    proxy.report_state(slot);
    Ok(())
}

/// Reads the time of a start, which must be later than now.
fn read_time(text: &[u8]) -> Result<Duration, Reason> {
    let seconds = integer(text).and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
    seconds.filter(|time| *time > clock::now()).ok_or(Reason::Fixed("invalid timestamp"))
}

pub(super) fn signal(proxy: &mut Proxy, _: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let slot = find(proxy, fields.next())?;
    let signal = signals::read(fields.next())?;
    let mut to_group = false;
    if let Some(options) = fields.next() {
        for option in options.split(|byte| *byte == b',') {
            if option != b"group" {
                return Err(Reason::quote("unknown option", option, ""));
            }
            to_group = true;
        }
    }
    let service = at(proxy, slot)?;
    let pid = service.run().ok_or(Reason::Fixed("service is not running"))?.pid;
    let (target, what) = if to_group { (Pid::from_raw(-pid.as_raw()), "pgid") } else { (pid, "pid") };
    sys::kill(target, signal).map_err(|error| {
        let cause = sys::describe(error);
        let cause = std::str::from_utf8(cause.as_bytes()).unwrap_or_default();
        Reason::format(format_args!("can't kill {} ({what} {pid}): {cause}", service.name))
    })
}

pub(super) fn delete(proxy: &mut Proxy, _: Id, mut fields: Fields<'_>) -> Result<(), Reason> {
    let slot = find(proxy, fields.next())?;
    if at(proxy, slot)?.run().is_some() {
        return Err("service is running".into());
    }
    report(proxy, slot, Service::deleted_event);
    proxy.services.remove(slot);
    Ok(())
}
