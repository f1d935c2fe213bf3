//! The daemon that pushes the kernel to act, at intervals.
//!
//! Each job runs in a process of a pool, so a slow one delays neither the clock nor the other jobs; a job that is due while it
//! still runs is left out. The stamps that the kernel pays with are minted in a pool of their own.

mod job;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Duration;

use daemon_core::clap_builder::{Arg, ArgAction, ArgMatches, Command};
use daemon_core::prelude::*;

pub use self::job::Job;
use self::job::Order;
use crate::stamp::{FEWEST_BITS, MINTED_BITS};

/// I push the kernel to act.
///
/// I ping nodes, send messages, look for new nodes, save and clean up, and mint the stamps that messages are paid with.
#[daemon(
    name = "cronjob",
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
    #[flag(long = "node", value_name = "HOST:PORT")]
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
        // Nothing can be sent without stamps.
        self.start(Job::Mint, context);
    }

    #[every(send_every)]
    fn send(&mut self, context: &mut Context) {
        self.start(Job::Send, context);
    }

    #[every(meet_every)]
    fn meet(&mut self, context: &mut Context) {
        self.start(Job::Meet, context);
    }

    #[every(save_every)]
    fn save(&mut self, context: &mut Context) {
        self.start(Job::Save, context);
    }

    #[every(ping_every)]
    fn ping(&mut self, context: &mut Context) {
        self.start(Job::Ping, context);
    }

    #[every(bootstrap_every)]
    fn bootstrap(&mut self, context: &mut Context) {
        self.start(Job::Bootstrap, context);
    }

    #[every(clean_every)]
    fn clean(&mut self, context: &mut Context) {
        self.start(Job::Clean, context);
    }

    #[every(mint_every)]
    fn mint(&mut self, context: &mut Context) {
        self.start(Job::Mint, context);
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
        if !self.running.insert(job) {
            tracing::debug!("the job {job:?} still runs, and is left out");
            return;
        }
        let call = match job {
            Job::Mint => context.worker("minters").call("mint", &()),
            _ => context.worker("jobs").call("do", &(job,)),
        };
        call.then(move |cronjob: &mut Cronjob, done: Result<String, Fault>, _| {
            cronjob.running.remove(&job);
            match done {
                Ok(done) => tracing::debug!("{job:?}: {done}"),
                Err(fault) => tracing::warn!("the job {job:?} has failed: {fault}"),
            }
        });
    }

    fn order(&self) -> Order {
        let Cronjob { kernel, nodes, stamps, bits, .. } = self;
        Order { kernel: kernel.clone(), nodes: nodes.clone(), stamps: *stamps, bits: *bits }
    }
}

/// Returns the sub-command that does jobs once, for cron.
pub fn once() -> Command {
    let switch = |name: &'static str, short, help: &'static str| {
        Arg::new(name).short(short).long(name).action(ArgAction::SetTrue).help(help)
    };
    Command::new("once")
        .about("Do jobs once, and exit: all of them, or those that are named")
        .arg(switch("all", 'a', "All jobs, as without any option"))
        .arg(switch("ping", 'p', "Ping nodes"))
        .arg(switch("messages", 'm', "Send messages"))
        .arg(switch("new", 'o', "Look for new nodes"))
        .arg(switch("bootstrap", 'b', "Add the nodes to begin with"))
        .arg(Arg::new("kernel").long("kernel").value_name("URI").help("Where the kernel listens"))
        .arg(
            Arg::new("node")
                .long("node")
                .value_name("HOST:PORT")
                .action(ArgAction::Append)
                .help("A node to begin with"),
        )
}

/// Does what [`once`] says.
///
/// # Errors
///
/// If a job fails; the others are done first.
pub fn run_once(matches: &ArgMatches) -> Result<ExitCode> {
    let named = |name, jobs: &'static [Job]| if matches.get_flag(name) { jobs } else { &[] };
    let mut jobs = [
        named("bootstrap", &[Job::Bootstrap]),
        named("ping", &[Job::Ping]),
        named("new", &[Job::Meet]),
        named("messages", &[Job::Mint, Job::Send]),
    ]
    .concat();
    if jobs.is_empty() || matches.get_flag("all") {
        jobs = Job::ALL.to_vec();
    }
    let order = Order {
        kernel: matches.get_one::<String>("kernel").cloned(),
        nodes: matches.get_many::<String>("node").into_iter().flatten().cloned().collect(),
        stamps: 100,
        bits: MINTED_BITS,
    };
    let results: Vec<Result<String>> = jobs.into_iter().map(|job| job.run(&order)).collect();
    results.into_iter().collect::<Result<Vec<String>>>()?;
    Ok(ExitCode::SUCCESS)
}
