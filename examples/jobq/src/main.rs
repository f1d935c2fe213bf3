//! A job queue: it runs commands in a pool of processes, tries them again when they fail, and keeps them in a database,
//! so that a restart loses none. Every user sees only their own jobs.
//!
//! ```sh
//! jobq -d --database jobq.redb
//! jobq submit 'make -j4' --retries 2 --longest 10min
//! jobq watch 1                      # each change, until the job has ended
//! jobq list --output table
//! jobq cancel 1
//! ```

#![allow(clippy::result_large_err, reason = "the database has large errors, and they are rare")]

mod job;
mod runner;
mod store;

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use daemon_core::prelude::*;
use nix::sys::signal;
use nix::unistd::Pid;

use self::job::{Job, JobError, State};
use self::runner::{Exit, Line};
use self::store::Store;

/// How many jobs run at a time: the number of processes in the pool.
const PARALLEL: usize = 2;

/// The settings of the queue.
#[settings]
#[derive(Default)]
struct Options {
    /// The file that keeps the jobs
    #[flag(default = "jobq.redb")]
    database: PathBuf,
    /// How long to wait before a failed job is tried again
    #[flag(default = "10s")]
    pause: Duration,
}

/// I run your commands, one after the other.
#[daemon(name = "jobq", pool(name = "runners", count = 2))]
struct Jobs {
    store: Store,
    pause: Duration,
    waiting: VecDeque<u64>,
    running: BTreeMap<u64, Running>,
    watchers: BTreeMap<u64, Subscribers<Job>>,
    /// Whether the daemon is stopping: what ends now has not failed.
    stopping: bool,
}

/// A job that a process of the pool works on.
#[derive(Default)]
struct Running {
    /// The group of its processes, as soon as it is known.
    group: Option<Pid>,
    cancelled: bool,
}

#[daemon(client = JobsClient)]
impl Jobs {
    fn setup(options: Options) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let store = Store::open(&options.database)?;
        // What ran when the daemon ended runs again.
        let mut waiting = VecDeque::new();
        for mut job in store.all()? {
            if !job.state.is_final() {
                job.state = State::Waiting;
                store.put(&job)?;
                waiting.push_back(job.id);
            }
        }
        let (running, watchers) = (BTreeMap::new(), BTreeMap::new());
        Ok(Jobs { store, pause: options.pause, waiting, running, watchers, stopping: false })
    }

    /// Put a command into the queue; return the number of the job.
    #[rpc_method(name = "submit", rate = "100/s")]
    fn submit(
        &mut self,
        /// What the shell runs
        #[param(length(min = 1, max = 10_000))]
        command: String,
        /// How often it is tried again when it fails
        #[param(range(max = 100), default = 0)]
        retries: u32,
        /// How long one attempt may take
        #[param(default = Span::from(Duration::from_secs(3600)))]
        longest: Span,
        context: &mut Context,
    ) -> Result<u64, JobError> {
        let user = context.caller().and_then(Caller::uid);
        let job = self.store.add(|id| Job::new(id, user, command, retries, longest))?;
        self.waiting.push_back(job.id);
        self.start(context);
        Ok(job.id)
    }

    /// Return what is known of a job.
    #[rpc_method(name = "show")]
    fn show(&self, id: u64, context: &mut Context) -> Result<Job, JobError> {
        self.find(id, context)
    }

    /// List your jobs.
    #[rpc_method(name = "list")]
    fn list(&self, context: &mut Context) -> Result<Vec<Job>, JobError> {
        let mut jobs = self.store.all()?;
        jobs.retain(|job| job.is_visible_to(context.caller()));
        Ok(jobs)
    }

    /// Send a job at each change, until it has ended.
    #[rpc_method(name = "watch")]
    fn watch(
        &mut self,
        id: u64,
        subscription: Subscription<Job>,
        context: &mut Context,
    ) -> Result<(), JobError> {
        let job = self.find(id, context)?;
        let _ = subscription.send(&job);
        if !job.state.is_final() {
            self.watchers.entry(id).or_default().add(subscription);
        }
        Ok(())
    }

    /// Cancel a job that has not ended; return whether it had not.
    #[rpc_method(name = "cancel")]
    fn cancel(&mut self, id: u64, context: &mut Context) -> Result<bool, JobError> {
        let mut job = self.find(id, context)?;
        if job.state.is_final() {
            return Ok(false);
        }
        if let Some(running) = self.running.get_mut(&id) {
            running.cancelled = true;
            running.stop();
        } else {
            self.waiting.retain(|waiting| *waiting != id);
            job.state = State::Cancelled;
            self.change(&job)?;
        }
        Ok(true)
    }

    /// Run a command, in a process of the pool.
    #[rpc_method(name = "run", worker = "runners", hidden, allow(owner))]
    fn run(id: u64, command: String, timeout: Span, context: &mut Context) -> std::io::Result<Exit> {
        runner::run(id, &command, timeout.into(), context)
    }

    #[on(start)]
    fn start_waiting(&mut self, context: &mut Context) {
        self.start(context);
    }

    #[on(stop)]
    fn keep_running_jobs(&mut self) {
        self.stopping = true;
    }

    /// What a running command has written, or where it runs.
    #[on(message)]
    fn hear(&mut self, event: &Event) -> Result<(), JobError> {
        let Event::Message(message) = event else { return Ok(()) };
        let Ok(Line { id, group, text }) = serde_json::from_value(message.payload.clone()) else {
            return Ok(());
        };
        if let (Some(group), Some(running)) = (group, self.running.get_mut(&id)) {
            running.group = Some(Pid::from_raw(group));
            if running.cancelled {
                running.stop();
            }
        }
        if let (Some(text), Some(mut job)) = (text, self.store.get(id)?) {
            job.line = Some(text);
            self.change(&job)?;
        }
        Ok(())
    }
}

impl Jobs {
    /// Returns a job, if this caller may see it.
    fn find(&self, id: u64, context: &Context) -> Result<Job, JobError> {
        let job = self.store.get(id)?.filter(|job| job.is_visible_to(context.caller()));
        job.ok_or(JobError::Unknown { id })
    }

    /// Starts as many waiting jobs as may run.
    fn start(&mut self, context: &mut Context) {
        while self.running.len() < PARALLEL
            && let Some(id) = self.waiting.pop_front()
        {
            if let Err(error) = self.start_one(id, context) {
                context.fail(error);
            }
        }
    }

    fn start_one(&mut self, id: u64, context: &mut Context) -> Result<(), JobError> {
        let Some(mut job) = self.store.get(id)? else { return Ok(()) };
        job.state = State::Running;
        job.attempts += 1;
        self.change(&job)?;
        self.running.insert(id, Running::default());
        let parameters = (id, &job.command, job.timeout);
        let call = context.worker("runners").call("run", &parameters);
        call.then(move |jobs: &mut Jobs, exit, context| {
            if let Err(error) = jobs.end(id, exit, context) {
                context.fail(error);
            }
        });
        Ok(())
    }

    /// Records how an attempt has ended, and decides what follows.
    fn end(&mut self, id: u64, exit: Result<Exit, Fault>, context: &mut Context) -> Result<(), JobError> {
        if self.stopping {
            // The next start runs it again.
            return Ok(());
        }
        let cancelled = self.running.remove(&id).is_some_and(|running| running.cancelled);
        if let Some(mut job) = self.store.get(id)? {
            job.exit = Some(exit.as_ref().map_or_else(|fault| fault.message().to_owned(), Exit::words));
            let succeeded = matches!(&exit, Ok(exit) if exit.is_success());
            job.state = job.after(succeeded, cancelled);
            self.change(&job)?;
            if job.state == State::Waiting {
                context.after(self.pause, move |jobs: &mut Jobs, context| jobs.retry(id, context));
            }
        }
        self.start(context);
        Ok(())
    }

    fn retry(&mut self, id: u64, context: &mut Context) {
        // It may have been cancelled meanwhile.
        if matches!(self.store.get(id), Ok(Some(job)) if job.state == State::Waiting) {
            self.waiting.push_back(id);
            self.start(context);
        }
    }

    /// Keeps a job, and sends it to those who watch it.
    fn change(&mut self, job: &Job) -> Result<(), JobError> {
        self.store.put(job)?;
        if let Some(watchers) = self.watchers.get_mut(&job.id) {
            watchers.publish(job);
            if job.state.is_final() || watchers.is_empty() {
                self.watchers.remove(&job.id);
            }
        }
        Ok(())
    }
}

impl Running {
    /// Stops the command with all that it has started, and the process of the pool, which replies first. Until the group is
    /// known, nothing happens.
    fn stop(&self) {
        if let Some(group) = self.group {
            // It may have just ended.
            let _ = signal::killpg(group, signal::Signal::SIGTERM);
        }
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Jobs>()
}
