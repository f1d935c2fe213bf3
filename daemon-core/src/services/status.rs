//! What is known about services.

use std::time::Instant;

use nix::unistd::Pid;

use super::Services;
use super::entry::Entry;
use super::life::exit_status;
use crate::fault::Fault;
use crate::service::{ServiceInfo, ServiceSummary};
use crate::supervisor::Supervisor;
use crate::sys::process;

impl Services {
    /// Returns what the services are, in the order of their names.
    pub(crate) fn list(&self) -> Vec<ServiceSummary> {
        let summary = |entry: &Entry| {
            let service = &entry.service;
            ServiceSummary {
                name: entry.name.to_string(),
                command: service.command.words().to_vec(),
                needs: service.needs.iter().map(ToString::to_string).collect(),
                groups: service.groups.iter().map(ToString::to_string).collect(),
                autostart: service.autostart,
                main: service.main,
                stop_grace: service.stop_grace.as_secs_f64(),
                log: service.log.as_ref().map(|log| log.file.display().to_string()),
            }
        };
        self.table.iter().map(summary).collect()
    }

    /// Returns what is known about the services that a text names, or about all.
    ///
    /// # Errors
    ///
    /// If there is no such service or group.
    pub(crate) fn infos(
        &self,
        supervisor: &Supervisor,
        name: Option<&str>,
        now: Instant,
    ) -> Result<Vec<ServiceInfo>, Fault> {
        let found = self.table.named(name.unwrap_or("*"))?;
        Ok(found.into_iter().map(|index| self.info(supervisor, &self.table[index], now)).collect())
    }

    fn info(&self, supervisor: &Supervisor, entry: &Entry, now: Instant) -> ServiceInfo {
        let since = supervisor.since(entry.child);
        let pid = supervisor.pid(entry.child).map(Pid::as_raw);
        ServiceInfo {
            name: entry.name.to_string(),
            state: self.state_of(supervisor, entry),
            pid,
            since: since.map_or(0.0, |since| now.saturating_duration_since(since).as_secs_f64()),
            restarts: supervisor.restarts(entry.child),
            degraded: supervisor.is_degraded(entry.child),
            reason: entry.reason.clone(),
            exit_code: entry.exit.map(|exit| exit_status(Some(exit)).into()),
            status: entry.status.clone(),
            next_start: entry.plan.next().map(|next| next.saturating_duration_since(now).as_secs_f64()),
            memory: pid.and_then(process::memory),
        }
    }
}
