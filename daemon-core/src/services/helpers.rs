//! Commands that are run for a service: whether it is ready, and that it was given up.

use std::ffi::OsString;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::{Due, Effect, OWNER, Role, Services, launch};
use crate::error::Error;
use crate::service::{CommandLine, WhenGivenUp};
use crate::supervisor::{Change, ChildId, State, Supervisor, Want};
use crate::timers::after;

/// The interval between two runs of the command that finds out whether a service is ready.
const PROBE_EVERY: Duration = Duration::from_millis(500);
/// The most commands that run at once; one more is not run, and that is logged.
const HELPERS: usize = 1024;

/// A command to run for a service.
struct Helper<'a> {
    /// Its name in the log.
    what: String,
    command: &'a CommandLine,
    /// Variables in addition to those of the service.
    variables: &'a [(&'a str, &'a str)],
}

impl Services {
    /// Runs the command that finds out whether a service is ready.
    pub(super) fn probe_by_command(
        &mut self,
        supervisor: &mut Supervisor,
        index: usize,
        command: &CommandLine,
        now: Instant,
    ) {
        let probe = match self.table[index].probe {
            Some(probe) => probe,
            None => {
                let what = format!("the check of {}", self.table[index].name);
                let helper = Helper { what, command, variables: &[] };
                let Some(probe) = self.add_helper(supervisor, index, helper, now) else { return };
                self.roles.insert(probe, Role::Probe(index));
                self.table[index].probe = Some(probe);
                probe
            }
        };
        self.run_helper(supervisor, probe, now);
    }

    /// A command that finds out whether a service is ready has changed.
    pub(super) fn apply_probe(
        &mut self,
        supervisor: &mut Supervisor,
        index: usize,
        change: &Change,
        now: Instant,
    ) {
        self.count_helper(change);
        if change.exit.is_some_and(|exit| exit.is_clean()) {
            self.report_ready(supervisor, index, now);
        } else if change.to.is_down() {
            self.deadlines.set((index, Due::Probe), Some(after(now, PROBE_EVERY)));
        }
    }

    /// Does what is declared for a service that has failed and is not restarted.
    pub(super) fn give_up(&mut self, supervisor: &mut Supervisor, index: usize, now: Instant) {
        let entry = &self.table[index];
        let (name, service) = (entry.name.clone(), entry.service.clone());
        let reason = entry.reason.clone().unwrap_or_default();
        match &service.when_given_up {
            WhenGivenUp::StayDown => {}
            WhenGivenUp::Retry(delay) => {
                self.deadlines.set((index, Due::Retry), Some(after(now, (*delay).into())));
            }
            WhenGivenUp::Command(command) => {
                let variables = [("SERVICE", &*name), ("REASON", reason.as_str())];
                let what = format!("the command for the end of {name}");
                let helper = Helper { what, command, variables: &variables };
                if let Some(alarm) = self.add_helper(supervisor, index, helper, now) {
                    self.roles.insert(alarm, Role::Alarm);
                    self.run_helper(supervisor, alarm, now);
                }
            }
            WhenGivenUp::EndDaemon => {
                let why = format!("the service `{name}` was given up: {reason}");
                self.effects.push(Effect::Fail(Error::new(why)));
            }
        }
    }

    /// The command for the end of a service has changed.
    pub(super) fn apply_alarm(&mut self, supervisor: &mut Supervisor, change: &Change) {
        if let Some(reason) = change.reason.as_ref().filter(|_| change.to.is_down()) {
            info!("the command for the end of a service has ended: {reason}");
        }
        self.apply_forgotten(supervisor, change);
    }

    /// A command has changed whose outcome does not matter.
    pub(super) fn apply_forgotten(&mut self, supervisor: &mut Supervisor, change: &Change) {
        self.count_helper(change);
        if change.to.is_down() {
            self.roles.remove(&change.child);
            supervisor.remove(change.child);
        }
    }

    /// Adds a command that runs in the environment of a service.
    fn add_helper(
        &self,
        supervisor: &mut Supervisor,
        index: usize,
        helper: Helper<'_>,
        now: Instant,
    ) -> Option<ChildId> {
        let Helper { what, command, variables } = helper;
        let entry = &self.table[index];
        if self.helpers.len() >= HELPERS {
            warn!("{what} is not run: {HELPERS} commands run already");
            return None;
        }
        match launch::child(&entry.name, &entry.service, self.config.silent) {
            Ok(service) => {
                let mut spec = launch::helper(what, &service, command);
                let variables =
                    variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
                spec.environment.set.extend(variables);
                Some(supervisor.add(OWNER, spec, now))
            }
            Err(error) => {
                warn!("{what} is not run: {}", error.report());
                None
            }
        }
    }

    fn run_helper(&mut self, supervisor: &mut Supervisor, helper: ChildId, now: Instant) {
        self.helpers.insert(helper);
        supervisor.want(helper, Want::Start, self, now);
    }

    fn count_helper(&mut self, change: &Change) {
        if change.to.is_down() {
            self.helpers.remove(&change.child);
        }
    }

    /// Stops the command that finds out whether a service is ready; with `forget`, there will be another one.
    pub(super) fn stop_probe(
        &mut self,
        supervisor: &mut Supervisor,
        index: usize,
        forget: bool,
        now: Instant,
    ) {
        let Some(probe) = self.table.get(index).and_then(|entry| entry.probe) else { return };
        if supervisor.state(probe) != State::Down {
            supervisor.want(probe, Want::Stop, self, now);
        }
        if forget {
            self.table[index].probe = None;
            self.roles.insert(probe, Role::Forgotten);
            if supervisor.state(probe) == State::Down {
                self.helpers.remove(&probe);
                self.roles.remove(&probe);
                supervisor.remove(probe);
            }
        }
    }
}
