//! A killed worker: when the daemon knows, and when its replacement is ready.

use std::time::Duration;

use crate::common::Outcome;
use crate::common::contender::Contender;
use crate::common::cores::{Cores, Placement};
use crate::daemon::{Daemon, LARGE, SMALL};
use crate::pair::Pair;
use crate::report::{Target, figure, quantile};

/// Measures and prints losses of a small daemon and of a large one.
pub(crate) fn report(losses: usize, cores: &Cores) -> Outcome<()> {
    for (daemon, size) in [(&SMALL, "small"), (&LARGE, "1 GiB")] {
        measure(daemon, losses, cores)?.print(size);
    }
    Ok(())
}

/// Milliseconds from each SIGKILL: of the baseline and of the worker.
#[derive(Default)]
struct Losses {
    reaped: [Vec<f64>; 2],
    ready: [Vec<f64>; 2],
}

impl Losses {
    fn push(&mut self, side: usize, (reaped, ready): (Duration, Duration)) {
        self.reaped[side].push(reaped.as_secs_f64() * 1000.0);
        self.ready[side].push(ready.as_secs_f64() * 1000.0);
    }

    fn print(&self, size: &str) {
        for (what, times, target) in [("reaped", &self.reaped, 1.0), ("ready again", &self.ready, 5.0)] {
            for (name, share, target) in [("p50", 0.5, None), ("p99", 0.99, Some(Target::AtMost(target)))] {
                let row = format!("killed until {what}, {size} daemon, {name}, ms");
                figure(&row, [0, 1].map(|side| quantile(&times[side], share)), target);
            }
        }
    }
}

fn measure(daemon: &'static Contender, losses: usize, cores: &Cores) -> Outcome<Losses> {
    let mut daemon = Daemon::start(daemon, &cores.place(Placement::Free)?)?;
    let mut pair = Pair::start()?;
    pair.trip()?;
    let mut all = Losses::default();
    for _ in 0..losses {
        all.push(0, lose_child(&mut pair)?);
        let pid = *daemon.workers("echo")?.first().ok_or("there is no worker")?;
        let loss = daemon.lose(pid)?;
        all.push(1, (loss.reaped, loss.ready));
    }
    daemon.stop()?;
    Ok(all)
}

/// Kills the echo, and starts another one.
fn lose_child(pair: &mut Pair) -> Outcome<(Duration, Duration)> {
    let (killed, reaped) = pair.kill()?;
    *pair = Pair::start()?;
    pair.trip()?;
    Ok((reaped - killed, killed.elapsed()))
}
