//! A daemon with services.

use daemon_core::prelude::*;

/// I run a web server.
#[daemon(name = "host", services(web(command = "sleep 1000", ready = "started", stop_grace = "1s")))]
#[derive(Default)]
pub struct Host {
    failures: u64,
}

#[daemon]
impl Host {
    /// Count what fails.
    #[on(service)]
    fn count(&mut self, event: &Event, context: &mut Context) {
        if let Event::Service(ServiceChange { state: ServiceState::Failed, service, .. }) = event {
            self.failures += 1;
            #[cfg(feature = "services")]
            context.services().start(service).send();
            let _ = (service, context);
        }
    }
}
