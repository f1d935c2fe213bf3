//! The parent's part: it starts a child, lets it warm up, measures, and waits for it to exit.

use std::env;
use std::process::{self, Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::unistd::alarm;

use crate::case::Case;
use crate::child::CHILD;
use crate::common::Outcome;
use crate::contender::{Contender, End, Pass};
use crate::core_time::CoreTime;
use crate::cores::Cores;
use crate::message::{self, Kind};

/// The beginning of a run, which is not counted: caches, buffers and connections warm up.
const WARM_UP: Duration = Duration::from_millis(100);

/// Messages between two checks of the clock.
const BATCH: usize = 16;

/// Seconds after which a run that hangs is killed, with the bench, by a signal.
const PATIENCE: u32 = 30;

/// The result of a run.
pub(crate) struct Run {
    /// Messages, or round trips, per second.
    pub(crate) rate: f64,
    /// The share of the time that parent or child was ready to run, but another had its core.
    pub(crate) waited: f64,
}

/// Runs `contender` with a new child, counted for `length`.
pub(crate) fn run<E: End>(
    contender: &Contender,
    case: Case,
    length: Duration,
    cores: &Cores,
) -> Outcome<Run> {
    alarm::set(PATIENCE + u32::try_from(length.as_secs())?);
    let mut child = None;
    let start = |pass| {
        child = Some(cores.start_child(case.placement(), || spawn(contender, case, pass))??);
        Ok(())
    };
    let mut end = E::host(case.size(), start)?;
    let mut child = child.ok_or("no child was started")?;
    let run = measure(&mut end, case, length, cores, child.id());
    if run.is_err() {
        child.kill()?;
    }
    let status = child.wait()?;
    alarm::cancel();
    if run.is_ok() && !status.success() {
        return Err(format!("the child ended with {status}").into());
    }
    run
}

fn spawn(contender: &Contender, case: Case, pass: Pass) -> Outcome<Child> {
    let [input, output] = pass.descriptors.map(|one| one.map_or_else(Stdio::null, Stdio::from));
    let mut command = Command::new(env::current_exe()?);
    command.args([CHILD, &process::id().to_string(), contender.name, &case.to_string(), &pass.name]);
    Ok(command.stdin(input).stdout(output).spawn()?)
}

/// Measures a running child, and lets it exit.
fn measure(end: &mut impl End, case: Case, length: Duration, cores: &Cores, child: u32) -> Outcome<Run> {
    let stretch = match case {
        Case::OneWay(_) => pour,
        Case::RoundTrip(_) => ping,
    };
    let mut message = message::new(case.size());
    end.receive(&mut message)?;
    cores.check(case.placement(), child)?;
    stretch(end, &mut message, WARM_UP)?;
    let processes = [process::id(), child];
    let before = [CoreTime::of(processes[0])?, CoreTime::of(processes[1])?];
    let start = Instant::now();
    let count = stretch(end, &mut message, length)?;
    let took = start.elapsed().as_secs_f64();
    let mut waited = Duration::ZERO;
    for (process, before) in processes.into_iter().zip(&before) {
        waited = waited.max(CoreTime::of(process)?.since(before).waited);
    }
    message::stamp(&mut message, Kind::Bye, 0);
    end.send(&message)?;
    Ok(Run { rate: count as f64 / took, waited: waited.as_secs_f64() / took })
}

/// Sends messages for `length`, and returns how many the child reports to have received.
fn pour<E: End>(end: &mut E, message: &mut Vec<u8>, length: Duration) -> Outcome<u64> {
    let (start, mut number, size) = (Instant::now(), 0, message.len());
    while start.elapsed() < length {
        for _ in 0..BATCH {
            message::stamp(message, Kind::Data, number);
            end.send(message)?;
            number += 1;
        }
    }
    message::stamp(message, Kind::Last, number);
    end.send(message)?;
    end.receive(message)?;
    message::check(message, size, number)?;
    Ok(number + 1)
}

/// Sends a message back and forth for `length`, one at a time, and returns how often.
fn ping<E: End>(end: &mut E, message: &mut Vec<u8>, length: Duration) -> Outcome<u64> {
    let (start, mut number, size) = (Instant::now(), 0, message.len());
    while start.elapsed() < length {
        for _ in 0..BATCH {
            message::stamp(message, Kind::Data, number);
            end.send(message)?;
            end.receive(message)?;
            message::check(message, size, number)?;
            number += 1;
        }
    }
    Ok(number)
}
