//! A worker's end of the channel: it waits for room when it sends, and sleeps until there is something to do.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use mio::Registry;
use serde_json::Value;
use tracing::error;

use crate::channel::Channel;
use crate::channel::header::Header;
use crate::channel::message::{self, Parts};
use crate::context::Uplink;
use crate::error::{OrError, Result};
use crate::poller::{ChannelId, Poller, Source, WatchId};
use crate::signals::Signals;

/// The one channel that a worker has.
const DOORBELL: Source = Source::Doorbell(ChannelId { index: 0, generation: 0 });

/// How many bytes may wait for room in the ring; above that, the worker waits until the daemon has read.
const BACKLOG: usize = 1024 * 1024;
/// How long a worker stays awake after a call, if calls come in quick succession, and when it waits for room.
const SPIN: Duration = Duration::from_micros(50);
/// After a sleep shorter than this, it is worth staying awake the next time.
const EAGER: Duration = Duration::from_micros(100);
/// How long a worker that is always busy may go without checking its signals.
const LOOK_UP: Duration = Duration::from_millis(1);
/// How often the ring is checked between two readings of the clock.
const LOOKS: usize = 64;

/// The channel of a worker, and the poll that it sleeps on.
pub(crate) struct Port {
    channel: Rc<RefCell<Channel>>,
    poller: Poller,
    signals: Signals,
    /// The descriptors that the poll has reported, until they are taken: each turn.
    watched: Vec<WatchId>,
    /// Whether the daemon is gone.
    ended: bool,
    /// When the poll was last checked: a worker that never sleeps checks it now and then.
    asked: Instant,
    /// Whether the last message came so soon that it is worth staying awake for the next.
    eager: bool,
}

/// What woke the worker, besides messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Woken {
    pub(super) signalled: bool,
    /// Whether the daemon is gone.
    pub(super) ended: bool,
}

impl Port {
    pub(super) fn new(channel: Channel) -> Result<Self> {
        let poller = Poller::new()?;
        let mut signals = Signals::new()?;
        signals.register(poller.registry(), Source::Signals.into())?;
        let registered = channel.register(poller.registry(), DOORBELL.into());
        registered.or_error(|| "cannot poll the doorbell".to_owned())?;
        Ok(Port {
            channel: Rc::new(RefCell::new(channel)),
            poller,
            signals,
            watched: Vec::new(),
            ended: false,
            asked: Instant::now(),
            eager: false,
        })
    }

    /// Returns a function that wakes the worker from another thread.
    pub(super) fn waker(&self) -> Result<impl Fn() + Clone + Send + Sync + 'static> {
        self.poller.waker()
    }

    /// Returns the poll's registry, for descriptors that user code watches.
    pub(super) fn registry(&self) -> Result<Rc<Registry>> {
        self.poller.registry().try_clone().map(Rc::new).or_error(|| "cannot make a poll".to_owned())
    }

    /// Returns the watched descriptors that were reported as ready.
    pub(super) fn take_watched(&mut self) -> Vec<WatchId> {
        std::mem::take(&mut self.watched)
    }

    pub(super) fn signals(&mut self) -> &mut Signals {
        &mut self.signals
    }

    /// Returns the way to the daemon for code that runs in a handler. `limit` is the most bytes of one message: the
    /// daemon treats a longer one as a protocol violation.
    pub(super) fn uplink(&self, limit: usize) -> Rc<dyn Uplink> {
        Rc::new(Speaker { channel: self.channel.clone(), limit })
    }

    /// Calls `look` with the header of the shared memory.
    pub(super) fn header<T>(&self, look: impl FnOnce(&Header) -> T) -> T {
        look(self.channel.borrow().header())
    }

    pub(super) fn send(&self, parts: &Parts<'_>) {
        send(&self.channel, parts);
    }

    /// Waits until the daemon has room for everything that was sent.
    pub(super) fn flush(&self) {
        push(&mut self.channel.borrow_mut(), 0);
        self.notify();
    }

    /// Makes the daemon check the header of the shared memory.
    pub(super) fn ring(&self) {
        self.channel.borrow().ring();
    }

    /// Wakes the daemon if it sleeps and there is something new for it.
    pub(super) fn notify(&self) {
        self.channel.borrow_mut().notify();
    }

    /// Receives the next message; `false` if there is none.
    pub(super) fn receive(&mut self, message: &mut Vec<u8>) -> Result<bool> {
        self.channel.borrow_mut().receive(message).or_error(|| "the channel is broken".to_owned())
    }

    /// Waits for a message, a signal or the end of the daemon; at most until `until`, if it is set, and not at all if
    /// there is something to do already.
    pub(super) fn wait(&mut self, now: Instant, until: Option<Instant>) -> Result<Woken> {
        self.channel.borrow_mut().flush();
        let busy = self.has_news();
        if !busy {
            self.notify();
        }
        if (busy || self.stay_awake(now, until)) && now.saturating_duration_since(self.asked) < LOOK_UP {
            return Ok(Woken { signalled: false, ended: self.ended });
        }
        if busy || !self.channel.borrow_mut().enable_wakeup() {
            return self.ask(Some(Duration::ZERO));
        }
        let woken = self.ask(until.map(|until| until.saturating_duration_since(now)))?;
        self.eager = self.asked.saturating_duration_since(now) < EAGER;
        Ok(woken)
    }

    fn has_news(&self) -> bool {
        self.channel.borrow_mut().has_news()
    }

    /// Stays awake for a while if calls come in quick succession; returns whether another one came.
    fn stay_awake(&mut self, now: Instant, until: Option<Instant>) -> bool {
        let end = until.map_or(now + SPIN, |until| until.min(now + SPIN));
        while self.eager && Instant::now() < end {
            for _ in 0..LOOKS {
                if self.has_news() {
                    return true;
                }
                std::hint::spin_loop();
            }
        }
        self.eager = false;
        false
    }

    fn ask(&mut self, timeout: Option<Duration>) -> Result<Woken> {
        self.poller.wait(timeout)?;
        self.asked = Instant::now();
        let mut signalled = self.poller.was_interrupted();
        for (source, readiness) in self.poller.ready() {
            match source {
                Source::Signals => signalled = true,
                Source::Doorbell(_) => self.ended |= readiness.is_read_closed() || readiness.is_error(),
                Source::Watch(id) => self.watched.push(id),
                Source::Waker | Source::Listener(_) | Source::Connection(_) | Source::Service(_) => {}
            }
        }
        Ok(Woken { signalled, ended: self.ended })
    }
}

/// Sends a message, and waits for room if too much is waiting already.
fn send(channel: &RefCell<Channel>, parts: &Parts<'_>) {
    let mut channel = channel.borrow_mut();
    channel.send(&parts.as_slices());
    push(&mut channel, BACKLOG);
}

/// Waits until at most `backlog` bytes wait for room, or the daemon is gone.
fn push(channel: &mut Channel, backlog: usize) {
    while channel.backlog() > backlog {
        channel.header().beat();
        channel.notify();
        if finds_room(channel, backlog) {
            return;
        }
        // Bytes that have moved into the ring meanwhile are also news.
        channel.notify();
        if channel.enable_wakeup() && channel.sleep().is_err() {
            return;
        }
        if channel.drain_doorbell().ended {
            return;
        }
        channel.flush();
    }
}

/// Stays awake for a short time, in case the daemon makes room; returns whether it did.
fn finds_room(channel: &mut Channel, backlog: usize) -> bool {
    let end = Instant::now() + SPIN;
    while Instant::now() < end {
        channel.flush();
        if channel.backlog() <= backlog {
            return true;
        }
        std::hint::spin_loop();
    }
    false
}

/// Sends messages for a handler while it runs.
struct Speaker {
    channel: Rc<RefCell<Channel>>,
    limit: usize,
}

impl Speaker {
    fn say(&self, parts: &Parts<'_>) {
        send(&self.channel, parts);
        let mut channel = self.channel.borrow_mut();
        channel.header().beat();
        channel.notify();
    }
}

impl Uplink for Speaker {
    fn emit(&self, topic: &str, payload: &Value) {
        let message = message::emit(topic, payload);
        let length: usize = message.as_slices().iter().map(|part| part.len()).sum();
        if length > self.limit {
            return error!("cannot emit `{topic}`: {length} bytes, the limit is {}", self.limit);
        }
        if message::from_worker(&message.as_slices().concat()).is_none() {
            return error!("cannot emit `{topic}`: it is nested too deeply");
        }
        self.say(&message);
    }

    fn progress(&self, done: u64, total: u64) {
        self.say(&message::progress(done, total));
    }

    fn beat(&self) {
        self.channel.borrow().header().beat();
    }
}
