//! The loop that a worker runs: messages from its daemon, its ticks, its timers, until it is told to leave.

mod answers;

use std::collections::HashMap;
use std::env;
use std::time::{Duration, Instant};

use tracing::{debug, warn};

use super::line::{Line, Woken};
use crate::context::{Command, Context, Facts};
use crate::declare::flag::Flag;
use crate::declare::worker::{Assignment, Job};
use crate::declare::{Hook, Listener, Timer};
use crate::error::{Error, OrError, Result};
use crate::event::{Event, EventKind, Signal};
use crate::fault::Fault;
use crate::logs;
use crate::reactions::{Panic, Reactions, Tasks};
use crate::rpc::Method;
use crate::rpc::call::{Outbox, Ticket};
use crate::rpc::output::Output;
use crate::signals::is_stop;
use crate::sys::process;
use crate::timers::next_turn;
use crate::worker::header::Header;
use crate::worker::message::{self, Begin, Told, state};

/// Messages that are handled before the clock, the signals and the ticks get their turn.
const MESSAGES_PER_TURN: usize = 128;
/// How long messages are handled before the others get their turn: a call that has begun is finished all the same.
const READING: Duration = Duration::from_millis(5);

/// What a worker is made of; `S` is its state.
pub(crate) struct Tables<S: 'static> {
    pub(crate) job: Job,
    pub(crate) methods: Vec<&'static Method<S>>,
    pub(crate) flags: &'static [Flag<S>],
    pub(crate) listeners: &'static [Listener<S>],
    pub(crate) timers: &'static [Timer<S>],
    pub(crate) spinup: Option<Hook<S>>,
    pub(crate) tick: Option<Hook<S>>,
    pub(crate) spindown: Option<Hook<S>>,
    /// Whether it has its grace when its daemon is gone: there may be something to bring to its end.
    pub(crate) winds_up: bool,
}

/// Runs a worker to its end.
///
/// # Errors
///
/// What its `spinup`, `tick` or `spindown` has failed with. A panic goes through: it ends the process.
pub(crate) fn work<S: Default + 'static>(tables: Tables<S>, assignment: Assignment) -> Result<()> {
    let rests = assignment.begin.rests;
    let mut work = Work::new(tables, assignment)?;
    work.hook(work.tables.spinup, "spinup")?;
    work.apply();
    if let Some(failure) = work.failure.take() {
        return Err(failure);
    }
    // Whoever has given up privileges in it is not followed any more (prctl(2)).
    process::follow_parent(work.tables.winds_up).or_error(|| "cannot follow the daemon".to_owned())?;
    work.line.header(|header| header.set_state(state::LOOPING));
    work.line.send(&message::ready());
    if rests {
        work.rest(true);
    }
    work.emit(&Event::Start);
    while !work.leaving {
        work.turn()?;
    }
    work.leave()
}

struct Work<S: 'static> {
    tables: Tables<S>,
    state: S,
    context: Context,
    reactions: Reactions<S>,
    tasks: Tasks<S>,
    line: Line,
    outbox: Outbox,
    output: Output,
    /// Bytes that an answer may have.
    answer: usize,
    /// Calls whose answers will come later, by their tickets: at most as many as the daemon sends before it has answers.
    owed: HashMap<Ticket, u64>,
    message: Vec<u8>,
    /// When the next tick is due; none is if it ticks by message, or not at all.
    due: Option<Instant>,
    rests: bool,
    leaving: bool,
    /// Why the user's own code has ended the worker.
    failure: Option<Error>,
}

impl<S: Default + 'static> Work<S> {
    fn new(tables: Tables<S>, assignment: Assignment) -> Result<Self> {
        let Assignment { mut channel, begin } = assignment;
        process::leave_within(begin.grace)
            .and_then(|()| process::follow_parent(tables.winds_up))
            .or_error(|| "cannot listen to signals".to_owned())?;
        // From here on the kernel tells; what was before shows here.
        if channel.hush().ended {
            return Err(Error::new("the daemon is gone"));
        }
        let mut line = Line::new(channel)?;
        if let Some(nice) = tables.job.nice {
            process::set_niceness(nice).or_error(|| format!("cannot set the niceness to {nice}"))?;
        }
        let mut context = Context::new::<S>(facts(&begin));
        context.link(line.uplink(begin.answer));
        for listener in tables.listeners {
            if let EventKind::Signal(signal) = listener.kind {
                line.signals().add(signal)?;
            }
        }
        // It was started with all of them blocked: what has come by now is heard.
        process::unblock_signals().or_error(|| "cannot listen to signals".to_owned())?;
        let waker = line.waker()?;
        let now = Instant::now();
        Ok(Work {
            state: configured(tables.flags, &begin)?,
            context,
            reactions: Reactions::new(Panic::Ends, tables.listeners),
            tasks: Tasks::new(Panic::Ends, tables.timers, now),
            outbox: Outbox::new(begin.answer, move || drop(waker.wake())),
            output: Output::new(begin.answer),
            answer: begin.answer,
            owed: HashMap::new(),
            message: Vec::new(),
            due: tables.tick.and(tables.job.every).map(|_| now),
            rests: false,
            leaving: false,
            failure: None,
            line,
            tables,
        })
    }
}

/// The state as the flags make it, which the daemon has tried: as it did, in the directory that it was started in.
fn configured<S: Default>(flags: &[Flag<S>], begin: &Begin) -> Result<S> {
    let mut state = S::default();
    if begin.flags.iter().all(Option::is_none) {
        return Ok(state);
    }
    let here = env::current_dir().or_error(|| "cannot find the current directory".to_owned())?;
    if let Err(error) = env::set_current_dir(&begin.directory) {
        // It is gone: what is absolute means the same all the same.
        warn!("cannot change to `{}`: {error}", begin.directory);
    }
    for (flag, given) in flags.iter().zip(&begin.flags) {
        if let Some(given) = given {
            (flag.set)(&mut state, given)
                .map_err(|reason| Error::usage(format!("--{}: {reason}", flag.face.long)))?;
        }
    }
    env::set_current_dir(&here).or_error(|| format!("cannot change to `{}`", here.display()))?;
    Ok(state)
}

fn facts(begin: &Begin) -> Facts {
    Facts {
        name: begin.name.clone(),
        version: begin.version.clone(),
        pid: std::process::id(),
        started: Instant::now(),
        sockets: Vec::new(),
        command: Vec::new(),
        directory: String::new(),
        detached: false,
    }
}

impl<S: 'static> Work<S> {
    fn turn(&mut self) -> Result<()> {
        self.beat();
        let now = Instant::now();
        let woken = self.line.wait(now, self.deadline(now))?;
        self.line.header(Header::forget_last_words);
        self.hear(woken);
        let messages = self.read()?;
        self.tick(messages)?;
        if self.tasks.next().is_some() {
            self.beat();
            self.tasks.run(&mut self.state, &mut self.context, Instant::now());
        }
        self.emit(&Event::Turn);
        self.apply();
        self.settle();
        self.line.knock();
        Ok(())
    }

    /// Gives a sign of life: before code of the user's has its time, so that no other piece of it is counted with it.
    fn beat(&self) {
        self.line.header(Header::beat);
    }

    /// When there is something to do without a message.
    fn deadline(&self, now: Instant) -> Option<Instant> {
        if self.context.has_commands() || self.outbox.has_mail() {
            return Some(now);
        }
        let tick = self.due.filter(|_| !self.rests);
        // Three signs of life for each that the daemon looks for.
        let beat = self.tables.job.heartbeat.map(|longest| now + longest / 3);
        tick.into_iter().chain(beat).chain(self.tasks.next()).min()
    }

    fn hear(&mut self, woken: Woken) {
        self.leaving |= woken.ended;
        if !woken.signalled {
            return;
        }
        for signal in self.line.signals().take() {
            debug!(%signal, "signal");
            self.emit(&Event::Signal(signal));
            match signal {
                signal if is_stop(signal) => self.leaving = true,
                Signal::SIGHUP => self.reload(),
                _ => {}
            }
        }
    }

    /// Handles what the daemon has sent, for a while; gives back whether that was anything.
    fn read(&mut self) -> Result<bool> {
        let mut message = std::mem::take(&mut self.message);
        let mut count = 0;
        let begin = Instant::now();
        while count < MESSAGES_PER_TURN
            && !self.leaving
            && (count == 0 || begin.elapsed() < READING)
            && self.line.receive(&mut message)?
        {
            count += 1;
            match message::told(&message) {
                Some(Told::Call { seq, method, caller, params }) => self.call(seq, method, caller, params),
                Some(Told::Pause) => self.rest(true),
                Some(Told::Resume) => self.rest(false),
                Some(Told::Reload) => self.reload(),
                Some(Told::Begin(_)) | None => return Err(Error::new("the daemon sent nonsense")),
            }
        }
        self.message = message;
        Ok(count > 0)
    }

    /// Rests, or goes on: only the ticks rest.
    fn rest(&mut self, rests: bool) {
        if std::mem::replace(&mut self.rests, rests) != rests {
            let state = if rests { state::PAUSED } else { state::LOOPING };
            self.line.header(|header| header.set_state(state));
            self.emit(if rests { &Event::Pause } else { &Event::Resume });
        }
    }

    /// Does its tick if it is due, or by message if it has no period.
    fn tick(&mut self, messages: bool) -> Result<()> {
        if self.rests || self.leaving || self.tables.tick.is_none() {
            return Ok(());
        }
        let now = Instant::now();
        match (self.due, self.tables.job.every) {
            (Some(due), Some(period)) if due <= now => {
                self.due = Some(next_turn(due, period.max(Duration::from_millis(1)), now));
            }
            (None, None) if messages => {}
            _ => return Ok(()),
        }
        self.line.header(Header::count_loop);
        self.hook(self.tables.tick, "tick")
    }

    fn reload(&mut self) {
        logs::reopen();
        self.emit(&Event::Reload);
    }

    fn emit(&mut self, event: &Event) {
        if self.reactions.await_event(event.kind()) {
            self.beat();
            self.context.enter(None, 0);
            self.reactions.emit(&mut self.state, event, &mut self.context);
        }
    }

    fn hook(&mut self, hook: Option<Hook<S>>, name: &str) -> Result<()> {
        self.beat();
        self.context.enter(None, 0);
        match hook {
            Some(hook) => hook(&mut self.state, &mut self.context)
                .map_err(|error| Error::new(format!("`{name}` failed")).because(error)),
            None => Ok(()),
        }
    }

    /// Does what handlers have asked for.
    fn apply(&mut self) {
        if !self.context.has_commands() {
            return;
        }
        for command in self.context.take_commands() {
            match command {
                Command::Stop => self.leaving = true,
                Command::Fail(error) => {
                    self.leaving = true;
                    self.failure.get_or_insert(error);
                }
                Command::Reload(_) => self.reload(),
                Command::Schedule { delay, every, task } => {
                    self.tasks.schedule(Instant::now(), delay, every, task);
                }
                Command::Listen(kind, listener) => {
                    if let EventKind::Signal(signal) = kind
                        && let Err(error) = self.line.signals().add(signal)
                    {
                        warn!("{}", error.report());
                    }
                    self.reactions.add(kind, listener);
                }
                Command::Call(errand) => {
                    if let Some(settle) = errand.settle {
                        let fault = Fault::internal("a worker has no workers of its own");
                        settle(&mut self.state, Err(fault), &mut self.context);
                    }
                }
                // The connections, the methods and the listeners of the daemon are not here.
                Command::HangUp(_) | Command::Manage(..) | Command::Emit { .. } => {}
            }
        }
    }

    /// The end in order: what has been asked is left to the next process.
    fn leave(mut self) -> Result<()> {
        self.line.header(|header| header.set_state(state::SPINDOWN));
        self.line.ring();
        self.emit(&Event::Stop);
        let ended = self.hook(self.tables.spindown, "spindown");
        self.apply();
        self.settle();
        self.line.finish();
        self.failure.map_or(ended, Err)
    }
}
