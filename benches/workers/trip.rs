//! The round trip of a call, compared with that of a socketpair.

use std::process;
use std::time::{Duration, Instant};

use crate::common::cores::{Cores, Placement};
use crate::common::{Outcome, median};
use crate::core_time::CoreTime;
use crate::daemon::{Daemon, SMALL, bring};
use crate::pair::Pair;
use crate::report::{Target, ratio};

/// Long enough for a worker that stays awake for 50 µs after a call to be asleep.
const PAUSE: Duration = Duration::from_millis(2);
/// Calls with a pause, per run.
const LAPS: usize = 300;
/// Calls in quick succession, per run; this many for each call in flight, because they take less time.
const CALLS: usize = 20_000;
const DEPTHS: [usize; 3] = [1, 16, 64];

/// Measures and prints the round trips.
pub(crate) fn report(pairs: usize, cores: &Cores) -> Outcome<()> {
    let place = cores.place(Placement::Apart)?;
    // The baseline calls from this thread's core, so the daemon moves there too; both echoes are on the other one.
    let mut pair = place.start_server(Pair::start)??;
    let mut daemon = Daemon::start(&SMALL, &place)?;
    bring(daemon.pid())?;
    let pids = [process::id(), pair.pid(), daemon.pid(), worker(&mut daemon)?];
    pair.burst(CALLS)?;
    daemon.burst(CALLS, 1)?;

    let turns = take_turns(pairs, &pids, || {
        let pair = median(pair.laps(LAPS, PAUSE)?);
        Ok([pair, median(daemon.laps(LAPS, PAUSE)?)])
    })?;
    turns.print("round trip, both asleep, µs", 1.0);
    for depth in DEPTHS {
        let turns = take_turns(pairs, &pids, || {
            let calls = if depth == 1 { CALLS } else { 10 * CALLS };
            Ok([pair.burst(CALLS)?, daemon.burst(calls, depth)?])
        })?;
        turns.print(&format!("in quick succession, {depth} under way, µs a call"), 0.2);
    }
    daemon.stop()
}

fn worker(daemon: &mut Daemon) -> Outcome<u32> {
    Ok(*daemon.workers("echo")?.first().ok_or("there is no worker")?)
}

/// The results of the turns.
struct Turns {
    /// Nanoseconds of the baseline and of the worker.
    times: Vec<[f64; 2]>,
    /// The largest share of the time that one of the processes waited for its core.
    waited: f64,
}

impl Turns {
    fn print(&self, what: &str, target: f64) {
        let microseconds: Vec<[f64; 2]> =
            self.times.iter().map(|turn| turn.map(|time| time / 1000.0)).collect();
        ratio(what, &microseconds, Some(Target::AtMost(target)), self.waited);
    }
}

fn take_turns(pairs: usize, pids: &[u32], mut turn: impl FnMut() -> Outcome<[f64; 2]>) -> Outcome<Turns> {
    let core_times = || pids.iter().map(|pid| CoreTime::of(*pid)).collect::<Outcome<Vec<_>>>();
    let (before, start) = (core_times()?, Instant::now());
    let times = (0..pairs).map(|_| turn()).collect::<Outcome<_>>()?;
    let took = start.elapsed().as_secs_f64();
    let waits = core_times()?.into_iter().zip(&before).map(|(after, before)| after.since(before).waited);
    let waited = waits.map(|waited| waited.as_secs_f64() / took).fold(0.0, f64::max);
    Ok(Turns { times, waited })
}
