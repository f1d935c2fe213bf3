//! A loop of our own with a child.

use std::time::Instant;

use daemon_core::supervision::{
    Change, ChildId, ChildSpec, Exit, ExitReport, Owner, OwnerId, Pid, Turn, Want,
};
use daemon_core::{Result, Signal};

/// Notes how its child ended.
#[derive(Default)]
pub struct Watched(Option<Exit>);

impl Owner for Watched {
    fn start(&mut self, _: ChildId, spec: &ChildSpec, _: bool, _: Instant) -> Result<Pid> {
        spec.start()
    }

    fn ended(&mut self, _: ChildId, exit: Exit, _: Instant) -> ExitReport {
        self.0 = Some(exit);
        ExitReport::default()
    }

    fn changed(&mut self, _: Change) {}
}

/// Runs a program to its end.
///
/// # Errors
///
/// Those of [`Turn::new`] and [`Turn::wait`].
pub fn run(program: &str) -> Result<Option<Exit>> {
    let mut turn = Turn::new(&[Signal::SIGCHLD])?;
    let mut watched = Watched::default();
    let child = turn.supervisor.add(OwnerId(0), ChildSpec::new("child", program), Instant::now());
    turn.supervisor.want(child, Want::Start, &mut watched, Instant::now());
    while watched.0.is_none() {
        turn.supervisor.tick(&mut watched, Instant::now());
        turn.wait(None)?;
        turn.signals().for_each(drop);
        turn.reap(&mut watched, Instant::now());
    }
    Ok(watched.0)
}
