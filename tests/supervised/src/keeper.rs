//! A daemon with nothing but services, which its file declares.

use std::collections::BTreeMap;

use daemon_core::prelude::*;

/// I keep services.
#[daemon(name = "keeper", dialects(json, http, xml), services)]
#[derive(Default)]
struct Keeper {
    changes: Vec<String>,
    signals: BTreeMap<String, u64>,
}

#[daemon]
impl Keeper {
    /// The changes of services, as listeners have seen them.
    #[rpc_method]
    fn changes(&self) -> Vec<String> {
        self.changes.clone()
    }

    /// How often listeners have seen each signal.
    #[rpc_method]
    fn signals(&self) -> BTreeMap<String, u64> {
        self.signals.clone()
    }

    #[on_signal(SIGUSR1, SIGUSR2, SIGHUP)]
    fn on_signal(&mut self, event: &Event) {
        if let Event::Signal(signal) = event {
            *self.signals.entry(signal.to_string()).or_default() += 1;
        }
    }

    #[on(service)]
    fn on_service(&mut self, event: &Event) {
        if let Event::Service(ServiceChange { service, state, .. }) = event {
            self.changes.push(format!("{service} {state}"));
        }
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Keeper>()
}
