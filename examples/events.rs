//! Events: signals, connections, start and stop call methods with an attribute, or listeners added at run time.

use std::process::ExitCode;

use daemon_core::prelude::*;

/// Keeps a diary of what happens to it.
#[daemon(name = "events")]
#[derive(Default)]
struct Diary {
    entries: Vec<String>,
}

#[daemon]
impl Diary {
    /// Runs before the daemon is ready: the place for steps that can fail, and to add listeners.
    fn setup(&mut self, context: &mut Context) -> Result<()> {
        context.on(EventKind::Signal(Signal::SIGUSR2), |diary: &mut Diary, event, _| {
            diary.entries.push(format!("registered: {event:?}"));
        });
        Ok(())
    }

    #[on(start)]
    fn started(&mut self) {
        self.entries.push("start".to_owned());
    }

    #[on(connect)]
    #[on(hang_up)]
    fn visited(&mut self, event: &Event) {
        let what = if matches!(event, Event::Connect(_)) { "connect" } else { "hang-up" };
        self.entries.push(what.to_owned());
    }

    #[on_signal(SIGUSR1)]
    fn signalled(&mut self, event: &Event) {
        if let Event::Signal(signal) = event {
            self.entries.push(signal.to_string());
        }
    }

    #[on(reload)]
    fn reload(&mut self) {
        self.entries.push("reload".to_owned());
    }

    /// What has happened so far.
    #[rpc_method]
    fn entries(&self) -> Vec<String> {
        self.entries.clone()
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Diary>()
}
