//! What processes are, as `supervisorctl avail` shows it.

use std::path::Path;
use std::rc::Rc;

use serde::Serialize;

use super::names::group_of;
use crate::service::Service;
use crate::services::Services;
use crate::services::entry::Origin;

/// A process as `supervisor.getAllConfigInfo` has it. What services do not have is as Supervisor has it by default.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct ConfigInfo {
    name: String,
    group: String,
    /// Whether its group runs; otherwise it is only declared.
    inuse: bool,
    autostart: bool,
    command: String,
    directory: String,
    uid: String,
    exitcodes: [i32; 1],
    /// Services are ordered by what they need, and not by this.
    group_prio: i32,
    process_prio: i32,
    killasgroup: bool,
    redirect_stderr: bool,
    startretries: i32,
    startsecs: i32,
    stopsignal: i32,
    stopwaitsecs: i32,
    stdout_logfile: String,
    stdout_logfile_backups: i32,
    stdout_logfile_maxbytes: i32,
    stdout_capture_maxbytes: i32,
    stdout_events_enabled: bool,
    stdout_syslog: bool,
    stderr_logfile: String,
    stderr_logfile_backups: i32,
    stderr_logfile_maxbytes: i32,
    stderr_capture_maxbytes: i32,
    stderr_events_enabled: bool,
    stderr_syslog: bool,
    serverurl: String,
}

/// Supervisor's word for no value.
const NONE: &str = "none";
/// Supervisor's priority of what has none.
const PRIORITY: i32 = 999;

impl Services {
    /// Returns all services that are declared, and those that callers have added, in the order of their names.
    pub(super) fn configs(&self) -> Vec<ConfigInfo> {
        let known = &self.supervisorctl.known.services;
        let declared = known.iter().map(|(name, (service, _))| (name.text(), service.clone()));
        let is_extra = |name: &str, origin| origin == Origin::Request && !known.contains_key(name);
        let added = self
            .table
            .iter()
            .filter(|entry| is_extra(&entry.name, entry.origin))
            .map(|entry| (entry.name.clone(), entry.service.clone()));
        let mut configs: Vec<ConfigInfo> =
            declared.chain(added).map(|(name, service)| self.config_of(&name, &service)).collect();
        configs.sort_by(|one, other| one.name.cmp(&other.name));
        configs
    }

    fn config_of(&self, name: &Rc<str>, service: &Service) -> ConfigInfo {
        let group = group_of(name, service);
        let log = service.log.as_ref();
        let log_bytes = log.map_or(0, |log| log.max_size.bytes());
        ConfigInfo {
            name: name.to_string(),
            inuse: self.group(&group).is_ok(),
            group: group.to_string(),
            autostart: service.autostart,
            command: command(service),
            directory: service.directory.as_deref().map_or_else(|| NONE.to_owned(), text),
            uid: service.user.clone().unwrap_or_else(|| NONE.to_owned()),
            exitcodes: [0],
            group_prio: PRIORITY,
            process_prio: PRIORITY,
            killasgroup: true,
            redirect_stderr: true,
            startretries: service.intensity.map_or(i32::MAX, |intensity| number(intensity.restarts.into())),
            startsecs: number(service.min_uptime.as_secs()),
            stopsignal: service.stop_signal.0,
            stopwaitsecs: number(service.stop_grace.as_secs()),
            stdout_logfile: log.map_or_else(|| NONE.to_owned(), |log| text(&log.file)),
            stdout_logfile_backups: log.map_or(0, |log| log.keep.into()),
            stdout_logfile_maxbytes: number(log_bytes),
            stdout_capture_maxbytes: 0,
            stdout_events_enabled: false,
            stdout_syslog: false,
            stderr_logfile: NONE.to_owned(),
            stderr_logfile_backups: 0,
            stderr_logfile_maxbytes: 0,
            stderr_capture_maxbytes: 0,
            stderr_events_enabled: false,
            stderr_syslog: false,
            serverurl: NONE.to_owned(),
        }
    }
}

/// Returns the command of a service as a shell would read it.
fn command(service: &Service) -> String {
    let words = service.command.words();
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Returns a number as far as XML-RPC has numbers.
fn number(number: u64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
