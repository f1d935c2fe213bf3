//! A daemon with nothing but services, which its file declares.

use daemon_core::prelude::*;

/// I keep services.
#[daemon(name = "keeper", dialects(json, http, xml), services)]
#[derive(Default)]
struct Keeper {
    changes: Vec<String>,
}

#[daemon]
impl Keeper {
    /// The changes of services, as listeners have seen them.
    #[rpc_method]
    fn changes(&self) -> Vec<String> {
        self.changes.clone()
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
