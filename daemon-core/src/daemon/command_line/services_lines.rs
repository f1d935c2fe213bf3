//! The services' part of `status`, and how long they may take to stop.

use std::time::Duration;

use crate::client::Client;
use crate::event::ServiceState;
use crate::service::{ServiceInfo, ServiceSummary};

/// The services of a daemon, for `status`.
pub(super) struct Services(Vec<ServiceInfo>);

impl Services {
    pub(super) fn ask(client: &mut Client) -> Self {
        // A daemon without services does not have the method.
        Services(client.call("service.status", &()).unwrap_or_default())
    }

    /// Whether one of them has failed, or ended too often.
    pub(super) fn are_degraded(&self) -> bool {
        self.0.iter().any(is_bad)
    }

    /// Counts them by state, and lists those that are not well, each on its own line; empty if there are none.
    pub(super) fn describe(&self) -> String {
        let mut states: Vec<(ServiceState, usize)> = Vec::new();
        for state in self.0.iter().map(|service| service.state) {
            match states.iter_mut().find(|(known, _)| *known == state) {
                Some((_, count)) => *count += 1,
                None => states.push((state, 1)),
            }
        }
        let states: Vec<String> =
            states.into_iter().map(|(state, count)| format!("{count} {state}")).collect();
        let bad: Vec<&str> =
            self.0.iter().filter(|service| is_bad(service)).map(|service| service.name.as_str()).collect();
        let mut text = String::new();
        if !states.is_empty() {
            text.push_str(&format!("\nservices: {}", states.join(", ")));
        }
        if !bad.is_empty() {
            text.push_str(&format!("\nservices that have failed, or end too often: {}", bad.join(", ")));
        }
        text
    }
}

fn is_bad(service: &ServiceInfo) -> bool {
    service.degraded || service.state == ServiceState::Failed
}

/// Returns how long the services may take to stop, one after the other.
pub(super) fn patience(client: Option<&mut Client>) -> Duration {
    let services = client.and_then(|client| client.call::<Vec<ServiceSummary>>("service.list", &()).ok());
    let graces = services.into_iter().flatten().map(|service| service.stop_grace.max(0.0));
    Duration::try_from_secs_f64(graces.sum()).unwrap_or(Duration::MAX)
}
