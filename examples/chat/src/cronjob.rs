//! The daemon that pushes the kernel to act, at intervals.
//!
//! Each job runs in a process of a pool, so a slow one delays neither the clock nor the other jobs; a job that is due while it
//! still runs is left out. The stamps that the kernel pays with are minted in a pool of their own.

mod job;

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use daemon_core::prelude::*;

pub use self::job::Job;
use self::job::Order;
use crate::kernel::Kernel;
use crate::stamp::FEWEST_BITS;

/// I push the kernel to act.
///
/// I ping nodes, send messages, look for new nodes, save and clean up, and mint the stamps that messages are paid with.
#[daemon(
    name = "cronjob",
    cycle,
    needs(Kernel),
    workers(),
    pool(name = "jobs", count = 3, timeout = "2min"),
    pool(name = "minters", count = 1, nice = 10, timeout = "10min")
)]
#[derive(Default)]
pub struct Cronjob {
    /// Where the kernel listens
    #[flag(value_name = "URI", env = "CHAT_KERNEL")]
    kernel: Option<String>,
    /// A node to begin with, such as chat.example.org:25000; can be given several times
    #[flag(long = "node", value_name = "HOST:PORT", env = "CHAT_NODE")]
    nodes: Vec<String>,
    /// How long after the start nodes are pinged and looked for
    #[flag(default = "1min")]
    first: Duration,
    /// How often messages are sent
    #[flag(default = "1min")]
    send_every: Duration,
    /// How often new nodes are looked for
    #[flag(default = "1min")]
    meet_every: Duration,
    /// How often the kernel saves its counters
    #[flag(default = "5min")]
    save_every: Duration,
    /// How often nodes are pinged
    #[flag(default = "15min")]
    ping_every: Duration,
    /// How often the nodes to begin with are added
    #[flag(default = "30min")]
    bootstrap_every: Duration,
    /// How often old nodes are forgotten
    #[flag(default = "30min")]
    clean_every: Duration,
    /// How often the stamps are counted, and missing ones minted
    #[flag(default = "1min")]
    mint_every: Duration,
    /// How many stamps the kernel should have
    #[flag(default = "100")]
    stamps: u32,
    /// How many bits a stamp has, 12 to 20
    #[flag(default = "15")]
    bits: u32,
    running: BTreeSet<Job>,
    /// The jobs of a single cycle that are done next: one after the other, because each helps those that follow.
    waiting: VecDeque<Job>,
}

#[daemon(client = CronjobClient)]
impl Cronjob {
    fn setup(&mut self, context: &mut Context) -> Result<()> {
        if !(FEWEST_BITS..=20).contains(&self.bits) {
            return Err(format!("--bits is {}; it must be from {FEWEST_BITS} to 20", self.bits).into());
        }
        context.after(self.first, |cronjob: &mut Cronjob, context| {
            [Job::Bootstrap, Job::Ping, Job::Meet].into_iter().for_each(|job| cronjob.start(job, context));
        });
        Ok(())
    }

    #[on(start)]
    fn begin(&mut self, context: &mut Context) {
        // Nothing can be sent without stamps. A single cycle mints them in its turn.
        if !context.is_cycle() {
            self.start(Job::Mint, context);
        }
    }

    #[every(bootstrap_every)]
    fn bootstrap(&mut self, context: &mut Context) {
        self.start(Job::Bootstrap, context);
    }

    #[every(ping_every)]
    fn ping(&mut self, context: &mut Context) {
        self.start(Job::Ping, context);
    }

    #[every(meet_every)]
    fn meet(&mut self, context: &mut Context) {
        self.start(Job::Meet, context);
    }

    #[every(mint_every)]
    fn mint(&mut self, context: &mut Context) {
        self.start(Job::Mint, context);
    }

    #[every(send_every)]
    fn send(&mut self, context: &mut Context) {
        self.start(Job::Send, context);
    }

    #[every(save_every)]
    fn save(&mut self, context: &mut Context) {
        self.start(Job::Save, context);
    }

    #[every(clean_every)]
    fn clean(&mut self, context: &mut Context) {
        self.start(Job::Clean, context);
    }

    /// List the jobs that run.
    #[rpc_method(name = "running", read_only)]
    fn running(&self) -> Vec<Job> {
        self.running.iter().copied().collect()
    }

    /// Do a job now; return what was done.
    #[rpc_method(name = "do", worker = "jobs", allow(owner, root))]
    fn do_job(config: &Self, job: Job) -> Result<String> {
        job.run(&config.order())
    }

    /// Mint the stamps that the kernel lacks; return what was done.
    #[rpc_method(name = "mint", worker = "minters", hidden, allow(owner, root))]
    fn do_mint(config: &Self) -> Result<String> {
        Job::Mint.run(&config.order())
    }
}

impl Cronjob {
    /// Starts a job, unless it still runs.
    fn start(&mut self, job: Job, context: &mut Context) {
        if context.is_cycle() && !self.running.is_empty() {
            self.waiting.push_back(job);
            return;
        }
        if !self.running.insert(job) {
            tracing::debug!("the job {job:?} still runs, and is left out");
            return;
        }
        let call = match job {
            Job::Mint => context.worker("minters").call("mint", &()),
            _ => context.worker("jobs").call("do", &(job,)),
        };
        call.then(move |cronjob: &mut Cronjob, done, context| cronjob.end(job, done, context));
    }

    /// A job is done, or has failed.
    fn end(&mut self, job: Job, done: Result<String, Fault>, context: &mut Context) {
        self.running.remove(&job);
        match done {
            Ok(done) => tracing::debug!("{job:?}: {done}"),
            Err(fault) if context.is_cycle() => context.fail(format!("the job {job:?} has failed: {fault}")),
            Err(fault) => tracing::warn!("the job {job:?} has failed: {fault}"),
        }
        if let Some(next) = self.waiting.pop_front() {
            self.start(next, context);
        }
    }

    fn order(&self) -> Order {
        let Cronjob { kernel, nodes, stamps, bits, .. } = self;
        Order { kernel: kernel.clone(), nodes: nodes.clone(), stamps: *stamps, bits: *bits }
    }
}
