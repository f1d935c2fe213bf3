//! The children's share of a turn: workers and other programs are reaped, started and stopped.

use tracing::error;

use super::EventLoop;
use crate::context::StartedProgram;
#[cfg(feature = "services")]
use crate::context::{CallId, ServiceRequest};
use crate::declare::Daemon;
use crate::programs::{self, Programs};
use crate::services::{self, Services};
use crate::signal::Signal;
use crate::supervisor::{Owner, OwnerId, Owners};
use crate::workers::Workers;

/// The owners of all children.
struct All<'l> {
    workers: &'l mut Workers,
    programs: &'l mut Programs,
    services: &'l mut Services,
}

impl Owners for All<'_> {
    fn owner(&mut self, id: OwnerId) -> &mut dyn Owner {
        match id {
            programs::OWNER => self.programs,
            services::OWNER => self.services,
            _ => self.workers,
        }
    }
}

impl<D: Daemon> EventLoop<D> {
    /// Does what is due for children. This comes last in a turn because starting a process takes long.
    pub(super) fn supervise(&mut self) {
        let is_idle = self.workers.is_empty() && self.programs.is_empty() && self.services.is_empty();
        if is_idle && !self.turn.is_busy() {
            return;
        }
        let now = self.user.now();
        if self.turn.is_busy() {
            self.reap();
        }
        self.workers.tick(&mut self.turn.supervisor, now);
        self.services.tick(&mut self.turn.supervisor, now);
        let mut owners =
            All { workers: &mut self.workers, programs: &mut self.programs, services: &mut self.services };
        self.turn.supervisor.tick(&mut owners, now);
        self.services.apply_changes(&mut self.turn.supervisor, now);
        self.workers.supervised(&mut self.turn.supervisor, now);
        self.deliver_effects();
        self.deliver_service_effects();
        self.report_exits();
    }

    /// Reaps children after a SIGCHLD. If there are many, some are left to the next turn.
    pub(super) fn reap(&mut self) {
        let now = self.user.now();
        let mut owners =
            All { workers: &mut self.workers, programs: &mut self.programs, services: &mut self.services };
        self.turn.reap(&mut owners, now);
        self.workers.apply_changes(&mut self.turn.supervisor, now);
        self.services.apply_changes(&mut self.turn.supervisor, now);
    }

    /// Carries out a request about services.
    #[cfg(feature = "services")]
    pub(super) fn manage_services(&mut self, request: ServiceRequest, call: Option<CallId>) {
        self.services.manage(&mut self.turn.supervisor, request, call, self.user.now());
        self.deliver_service_effects();
    }

    /// Sends replies to callers and events to listeners, and stops the daemon if a service says so.
    pub(super) fn deliver_service_effects(&mut self) {
        for effect in self.services.take_effects() {
            match effect {
                services::Effect::Reply(call, outcome) => self.rpc.complete(call, outcome, &mut self.user),
                services::Effect::Event(event) => drop(self.user.emit(&event)),
                services::Effect::Fail(error) => {
                    error!("{}", error.report());
                    self.failure.get_or_insert(error);
                    self.stop();
                }
                services::Effect::Exit(status) => {
                    self.exit.get_or_insert(status);
                    self.stop();
                }
            }
        }
    }

    /// Looks after a program that user code has started.
    pub(super) fn adopt(&mut self, program: StartedProgram) {
        if let Err(error) = self.turn.add_signal(Signal::SIGCHLD) {
            error!("{}", error.report());
        }
        self.programs.adopt(&mut self.turn.supervisor, program, self.user.now());
    }

    /// Tells user code which of its programs have ended.
    fn report_exits(&mut self) {
        for (on_exit, status) in self.programs.take_ended(&mut self.turn.supervisor) {
            self.user.run_exit(on_exit, status);
        }
    }
}
