//! A pool that uses all cores, compared with threads.

use std::hint::black_box;
use std::thread::{available_parallelism, scope};
use std::time::Instant;

use crate::common::Outcome;
use crate::common::cores::{Cores, Placement};
use crate::daemon::{Daemon, SMALL};
use crate::report::{Target, ratio};

/// Steps of one piece of work: about ten milliseconds.
const STEPS: u64 = 4_000_000;
/// Pieces of work for each core.
const PIECES: usize = 20;

/// Measures and prints how many times faster all cores are than one.
pub(crate) fn report(pairs: usize, cores: &Cores) -> Outcome<()> {
    let workers = available_parallelism()?.get();
    let pieces = PIECES * workers;
    let answer = press(STEPS);
    let mut daemon = Daemon::start(&SMALL, &cores.place(Placement::Free)?)?;
    let mut turns = Vec::new();
    for _ in 0..pairs {
        let threads = [1, workers].map(|count| by_threads(count, pieces));
        let mut pool = [0.0; 2];
        for (time, count) in pool.iter_mut().zip([1, workers]) {
            daemon.scale("press", count)?;
            let start = Instant::now();
            daemon.press(pieces, STEPS, answer)?;
            *time = start.elapsed().as_secs_f64();
        }
        turns.push([threads, pool].map(|[one, all]| one / all));
    }
    ratio(&format!("pool, {workers} workers, times faster than 1"), &turns, Some(Target::AtLeast(0.95)), 0.0);
    daemon.stop()
}

/// Returns the seconds that this many threads need for all pieces.
fn by_threads(count: usize, pieces: usize) -> f64 {
    let start = Instant::now();
    scope(|scope| {
        for _ in 0..count {
            scope.spawn(|| (0..pieces / count).map(|_| press(black_box(STEPS))).max());
        }
    });
    start.elapsed().as_secs_f64()
}

/// The same with the daemon's pool.
fn press(steps: u64) -> u64 {
    (0..steps)
        .fold(1, |number: u64, _| black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1)))
}
