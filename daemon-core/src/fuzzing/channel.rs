//! Whatever a worker does to the memory that it shares with the daemon, the daemon's end of the channel stays sound.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use crate::channel::Channel;
use crate::channel::header::{Areas, Header};
use crate::channel::ring::{Broken, Memory};
use crate::sys::memory::{Backing, Key, PAGE, Segment};
use crate::sys::sync::Doorbell;

/// The longest message that the daemon takes, in bytes: more than a ring holds.
const LIMIT: usize = 5000;

/// The most messages that the daemon takes in one step.
const TURN: usize = 100;

/// The size of the daemon's backlog, in bytes, above which it sends nothing more.
const BACKLOG: usize = 20_000;

/// Runs the steps in one thread, then with the worker in a thread of its own.
///
/// Each step is four bytes: an action, and three numbers for it.
///
/// # Panics
///
/// If the daemon's end misbehaves.
pub fn channel(data: &[u8]) {
    let steps: Vec<Step> = data.chunks_exact(4).map(Step::new).collect();
    let (mut daemon, mut worker) = ends();
    for step in &steps {
        worker.does(*step);
        daemon.does(*step, worker.honest);
    }
    at_once(&steps);
}

/// Runs both ends at once, each with its own steps; the worker repeats its steps until the daemon has finished.
fn at_once(steps: &[Step]) {
    let (mut daemon, mut worker) = ends();
    let (done, start) = (AtomicBool::new(false), Barrier::new(2));
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            start.wait();
            for step in steps.iter().cycle().take_while(|_| !done.load(Ordering::Relaxed)) {
                worker.does(*step);
            }
        });
        start.wait();
        // A failure here must also end the other thread, or the scope would never end.
        let end = Done(&done);
        for step in steps.iter().cycle().take(2 * steps.len()) {
            daemon.does(*step, false);
        }
        drop(end);
        // The scope waits only for the closure; a leak check must not find the thread still ending.
        thread.join().unwrap_or_else(|failure| resume_unwind(failure));
    });
}

/// Sets its flag when it is dropped.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[derive(Debug, Clone, Copy)]
struct Step {
    what: u8,
    numbers: [u8; 3],
}

impl Step {
    fn new(bytes: &[u8]) -> Self {
        Step { what: bytes[0] % 14, numbers: [bytes[1], bytes[2], bytes[3]] }
    }

    fn pair(self) -> usize {
        usize::from(u16::from_le_bytes([self.numbers[0], self.numbers[1]]))
    }

    /// Returns a number that is likely to be close to a valid one, or far from it.
    fn word(self, now: u64) -> u64 {
        let number = u64::from(self.numbers[2] >> 3);
        match self.numbers[2] & 7 {
            0 => number,
            1 => 8 * number,
            2 => now.wrapping_add(number),
            3 => now.wrapping_add(8 * number),
            4 => now.wrapping_sub(8 * number),
            5 => (number << 32) | (8 * number),
            6 => u64::MAX - number,
            _ => 1 << (2 * number),
        }
    }
}

/// The daemon, and what it is expected to receive.
struct Daemon {
    channel: Channel,
    message: Vec<u8>,
    broken: Option<Broken>,
}

/// A worker that behaves well, or in any other way.
struct Worker {
    channel: Channel,
    segment: Arc<Segment>,
    areas: Areas,
    message: Vec<u8>,
    /// Whether only valid data was written to the segment so far.
    honest: bool,
}

fn ends() -> (Daemon, Worker) {
    make().unwrap_or_else(|error| panic!("cannot make a channel: {error}"))
}

fn make() -> Result<(Daemon, Worker), Box<dyn std::error::Error>> {
    let (segment, key) = Segment::create(Backing::Sealed, "fuzzing", 2 * PAGE)?;
    let Key::Descriptor(descriptor) = key else { return Err("no descriptor".into()) };
    let (here, there) = Doorbell::pair()?;
    let daemon = Channel::host(segment, here, LIMIT)?;
    let segment = Arc::new(Segment::from_descriptor(descriptor.try_clone()?)?);
    let areas = Header::check(Arc::clone(&segment))?.areas()?;
    let doorbell = Doorbell::from_descriptor(there)?;
    let worker = Channel::join(Segment::from_descriptor(descriptor)?, doorbell, LIMIT)?;
    let daemon = Daemon { channel: daemon, message: Vec::new(), broken: None };
    Ok((daemon, Worker { channel: worker, segment, areas, message: Vec::new(), honest: true }))
}

/// A message whose content shows whether it is complete.
fn message(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at + length) as u8).collect()
}

impl Daemon {
    fn does(&mut self, step: Step, honest: bool) {
        match step.what {
            6 if self.channel.backlog() < BACKLOG => self.channel.send(&[&message(step.pair() % 3000)]),
            7 => (0..TURN).for_each(|_| self.receive(honest)),
            8 => self.channel.flush(),
            9 => drop(self.channel.notify()),
            10 => drop(self.channel.enable_wakeup()),
            11 => drop(self.channel.drain_doorbell()),
            12 => self.look(),
            _ => {}
        }
        assert!(self.channel.backlog() < BACKLOG + 3100, "only what was sent waits");
    }

    fn receive(&mut self, honest: bool) {
        let result = self.channel.receive(&mut self.message);
        if let Some(broken) = self.broken {
            assert_eq!(result, Err(broken), "once broken, always broken");
        }
        assert!(self.message.len() <= LIMIT && self.message.capacity() <= 3 * LIMIT, "as long as it may be");
        assert!(!honest || result.is_ok(), "an honest worker is never broken: {result:?}");
        assert!(!honest || self.message == message(self.message.len()), "what was sent arrives");
        self.broken = result.err();
        assert!(self.broken.is_none() || !self.channel.enable_wakeup(), "a broken channel must not sleep");
    }

    /// Reads the header, which may hold anything.
    fn look(&self) {
        let header = self.channel.header();
        let _ = (header.state(), header.heartbeat(), header.begun(), header.loops());
        // An invalid byte becomes a character of three bytes.
        assert!(header.last_words().is_none_or(|words| words.len() <= 3000));
    }
}

impl Worker {
    fn does(&mut self, step: Step) {
        let [first, second, _] = step.numbers;
        let (Areas { down, up }, position) = (&self.areas, u64::from(first) * 8);
        let area = if second.is_multiple_of(2) { up } else { down };
        match step.what {
            // A backlog has no limit of its own.
            0 if self.channel.backlog() < BACKLOG => {
                let length = step.pair() % (2 * LIMIT);
                self.channel.send(&[&message(length)]);
                self.honest &= length <= LIMIT;
            }
            1 => drop(self.channel.receive(&mut self.message)),
            2 => self.channel.flush(),
            3 => drop(self.channel.notify()),
            4 => drop(self.channel.enable_wakeup()),
            5 => {
                let word = &self.segment.words()[step.pair() % 512];
                word.store(step.word(word.load(Ordering::Relaxed)), Ordering::Relaxed);
            }
            // Where the important numbers are.
            13 if second < 64 => {
                let word = &self.segment.words()[32 + usize::from(second % 8) * 16];
                word.store(step.word(word.load(Ordering::Relaxed)), Ordering::Relaxed);
            }
            13 if second < 192 => area.mark(position, step.word(area.marked(position))),
            13 => area.write(position, &[first; 200]),
            _ => return,
        }
        self.honest &= !matches!(step.what, 5 | 13);
    }
}
