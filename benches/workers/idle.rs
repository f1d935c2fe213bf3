//! What workers cost while they get no calls.

use std::thread;
use std::time::Duration;

use crate::common::Outcome;
use crate::common::cores::{Cores, Placement};
use crate::core_time::CoreTime;
use crate::daemon::{Daemon, SMALL};
use crate::pair::Pair;
use crate::process::{Memory, sleeps};
use crate::report::{Target, figure};

const QUIET: Duration = Duration::from_secs(2);
/// How long work may follow the last reply before the quiet period begins.
const SETTLE: Duration = Duration::from_millis(200);
/// Calls before the quiet period, so that a worker that never sleeps again would show.
const CALLS: usize = 1000;

/// Measures and prints memory and wake-ups.
pub(crate) fn report(cores: &Cores) -> Outcome<()> {
    let mut pair = Pair::start()?;
    pair.trip()?;
    let mut daemon = Daemon::start(&SMALL, &cores.place(Placement::Free)?)?;
    let bare = Memory::of(pair.pid())?.proportional as f64;
    for count in [1, 8] {
        daemon.scale("echo", count)?;
        daemon.burst(CALLS, count)?;
        let workers = daemon.workers("echo")?;
        thread::sleep(SETTLE);
        let before = Idle::of(&daemon, &workers)?;
        thread::sleep(QUIET);
        let after = Idle::of(&daemon, &workers)?;
        let among = if count == 1 { "the only one".to_owned() } else { format!("one of {count}") };
        figure(
            &format!("idle worker, {among}, Pss, KiB"),
            [bare, after.memory / count as f64],
            Some(Target::AtMost(1024.0)),
        );
        figure(&format!("its daemon, with {count}, Pss, KiB"), [bare, after.daemon_memory], None);
        let workers = (after.workers - before.workers) as f64;
        figure(&format!("wake-ups of {count} idle in 2 s"), [0.0, workers], Some(Target::AtMost(0.0)));
        let daemon = (after.daemon - before.daemon) as f64;
        figure(&format!("of their daemon, with {count}"), [0.0, daemon], Some(Target::AtMost(0.0)));
        let used = after.used.saturating_sub(before.used).as_secs_f64() * 1e6;
        figure(&format!("core time of it, with {count}, µs"), [0.0, used], Some(Target::AtMost(0.0)));
    }
    daemon.stop()
}

/// The state of daemon and workers at one moment.
struct Idle {
    /// Of all workers together, in KiB.
    memory: f64,
    daemon_memory: f64,
    /// How often all of them have gone to sleep.
    workers: u64,
    daemon: u64,
    /// The daemon's core time.
    used: Duration,
}

impl Idle {
    /// Measures from outside: a call would wake the daemon.
    fn of(daemon: &Daemon, workers: &[u32]) -> Outcome<Self> {
        let memory = workers.iter().map(|pid| Memory::of(*pid)).collect::<Outcome<Vec<_>>>()?;
        Ok(Self {
            memory: memory.iter().map(|memory| memory.proportional as f64).sum(),
            daemon_memory: Memory::of(daemon.pid())?.proportional as f64,
            workers: workers.iter().map(|pid| sleeps(*pid)).sum::<Outcome<u64>>()?,
            daemon: sleeps(daemon.pid())?,
            used: CoreTime::of(daemon.pid())?.used,
        })
    }
}
