//! What a process does, as `supervisorctl status` shows it.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::event::ServiceState;
use crate::services::Services;
use crate::services::entry::{Entry, Moment};
use crate::supervisor::Supervisor;
use crate::sys::exit::Exit;

/// A process as `supervisor.getProcessInfo` has it. Times are seconds since 1970, and 0 if there are none.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct ProcessInfo {
    name: String,
    group: String,
    /// When it was last started.
    start: i32,
    /// When it last ended.
    stop: i32,
    now: i32,
    state: i32,
    statename: &'static str,
    /// Why it could not be started, or is not running.
    spawnerr: String,
    /// The exit code of its latest process; -1 if a signal ended it.
    exitstatus: i32,
    logfile: String,
    stdout_logfile: String,
    /// Always empty: both outputs go to one log.
    stderr_logfile: String,
    /// The number of its process, or 0.
    pid: i32,
    /// What `supervisorctl status` shows.
    description: String,
}

/// Supervisor's states of a process, with their codes.
pub(super) fn state_of(state: ServiceState) -> (i32, &'static str) {
    match state {
        ServiceState::Down | ServiceState::Scheduled => (0, "STOPPED"),
        ServiceState::Starting => (10, "STARTING"),
        ServiceState::Running => (20, "RUNNING"),
        ServiceState::Waiting => (30, "BACKOFF"),
        ServiceState::Stopping => (40, "STOPPING"),
        ServiceState::Ended => (100, "EXITED"),
        ServiceState::Failed => (200, "FATAL"),
    }
}

impl Services {
    pub(super) fn process_infos(&self, supervisor: &Supervisor, now: Instant) -> Vec<ProcessInfo> {
        self.by_group().into_iter().map(|index| self.process_info(supervisor, index, now)).collect()
    }

    pub(super) fn process_info(&self, supervisor: &Supervisor, index: usize, now: Instant) -> ProcessInfo {
        let entry = &self.table[index];
        let state = self.state_of(supervisor, entry);
        let (code, statename) = state_of(state);
        let spawnerr = match state {
            ServiceState::Failed | ServiceState::Waiting => entry.reason.clone().unwrap_or_default(),
            _ => String::new(),
        };
        let log = entry.service.log.as_ref().map(|log| log.file.display().to_string()).unwrap_or_default();
        ProcessInfo {
            name: entry.name.to_string(),
            group: entry.group().to_string(),
            start: unix(entry.started),
            stop: unix(entry.ended),
            now: unix(Some(Moment::new(now))),
            state: code,
            statename,
            description: describe(entry, state, &spawnerr, now),
            spawnerr,
            exitstatus: match entry.exit {
                Some(Exit::Code(code)) => code,
                Some(Exit::Signal(_)) => -1,
                None => 0,
            },
            logfile: log.clone(),
            stdout_logfile: log,
            stderr_logfile: String::new(),
            pid: entry.pid.unwrap_or_default(),
        }
    }
}

/// Says what users of `supervisorctl` expect beside the state.
fn describe(entry: &Entry, state: ServiceState, failure: &str, now: Instant) -> String {
    match state {
        ServiceState::Running => {
            let uptime = entry.started.map(|started| now.saturating_duration_since(started.at));
            let pid = entry.pid.unwrap_or_default();
            format!("pid {pid}, uptime {}", uptime_of(uptime.unwrap_or_default()))
        }
        ServiceState::Waiting | ServiceState::Failed if failure.is_empty() => {
            format!("unknown error (try \"tail {}\")", entry.name)
        }
        ServiceState::Waiting | ServiceState::Failed => failure.to_owned(),
        ServiceState::Down | ServiceState::Scheduled | ServiceState::Ended => match entry.started {
            Some(_) => entry.ended.map(local_time).unwrap_or_default(),
            None => "Not started".to_owned(),
        },
        ServiceState::Starting | ServiceState::Stopping => String::new(),
    }
}

/// Writes a length of time as `H:MM:SS`, and the days before that.
fn uptime_of(uptime: Duration) -> String {
    let seconds = uptime.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let clock = format!("{hours}:{minutes:02}:{:02}", seconds % 60);
    match days {
        0 => clock,
        1 => format!("1 day, {clock}"),
        days => format!("{days} days, {clock}"),
    }
}

/// Writes a time as `Nov 28 01:05 AM`, in the time zone of the system.
fn local_time(moment: Moment) -> String {
    let time = Timestamp::from_second(moment.unix).unwrap_or_default();
    time.to_zoned(TimeZone::system()).strftime("%b %d %I:%M %p").to_string()
}

/// Returns seconds since 1970, as far as XML-RPC has numbers for them.
fn unix(moment: Option<Moment>) -> i32 {
    moment.map_or(0, |moment| i32::try_from(moment.unix).unwrap_or(i32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uptimes_are_written_as_users_of_supervisorctl_know_them() {
        for (seconds, text) in [
            (0, "0:00:00"),
            (59, "0:00:59"),
            (3661, "1:01:01"),
            (86_399, "23:59:59"),
            (86_400, "1 day, 0:00:00"),
            (2 * 86_400 + 36_005, "2 days, 10:00:05"),
        ] {
            assert_eq!(uptime_of(Duration::from_secs(seconds)), text);
        }
    }
}
