//! A stand-in for Supervisor's XML-RPC interface on services, without the feature `supervisorctl`: nothing is remembered for
//! it.

use super::Services;
use crate::service::ServiceFile;
use crate::supervisor::Supervisor;

/// What clients of that interface would need to be remembered.
#[derive(Default)]
pub(super) struct Supervisorctl {}

impl Services {
    pub(super) fn remember(&mut self, _: ServiceFile) {}

    pub(super) fn finish_jobs(&mut self, _: &Supervisor) {}
}
