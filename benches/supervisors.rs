//! Supervisors side by side: `cargo bench --bench supervisors`.
//!
//! Each keeps the same small program running, 1, 100 and 1,000 times: a bare loop, which is the baseline, daemonproxy, a
//! daemon of ours with services, and runit, s6 and Supervisor as Debian has them. Those that are not installed are named
//! and left out; ours are built by `cargo build --release -p daemonproxy -p procfile`.
//!
//! - **all up**: from the start of the supervisor until every program has said that it runs.
//! - **restart**: from the SIGKILL of a program that has run for over a second until it has said that it runs again; the
//!   median.
//! - **processes**, **resident**, **proportional**: those of the supervisor without the programs, and their memory; a page
//!   that n processes share counts as 1/n.
//! - **wake-ups**: how often these processes go to sleep, and so must have woken, in two seconds in which nothing happens.
//!
//! Options, after `--`: `--services 1,100,1000`, `--only NAME`, `--restarts 30`. A number is never a failure; a program that
//! does not come up is.

#![allow(clippy::print_stdout, reason = "a bench reports on its standard output")]

#[allow(dead_code, reason = "what the other benches need of it")]
mod common;

#[allow(dead_code, reason = "what the bench of one daemon needs of it")]
#[path = "footprint/process.rs"]
mod process;
#[path = "supervisors/family.rs"]
mod family;
#[path = "supervisors/reports.rs"]
mod reports;
#[path = "supervisors/subject.rs"]
mod subject;

use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use common::{Outcome, median};
use family::Family;
use reports::Reports;
use subject::{SUBJECTS, Subject};

/// How long a program must have run to be restarted at once, in all of these supervisors.
const LIVED: Duration = Duration::from_millis(1300);
const QUIET: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    common::exit(bench())
}

fn bench() -> Outcome<()> {
    let options = Options::from_arguments(std::env::args().skip(1))?;
    for services in &options.services {
        println!(
            "\n{:<24} {:>10} {:>12} {:>10} {:>12} {:>14} {:>9}",
            format!("{services} programs"),
            "all up",
            "restart",
            "processes",
            "resident",
            "proportional",
            "wake-ups"
        );
        let mut baseline = None;
        for subject in SUBJECTS.iter().filter(|subject| options.wants(subject)) {
            match subject.is_there() {
                true => {
                    let figures = measure(subject, *services, options.restarts)?;
                    figures.print(subject.name, baseline.get_or_insert_with(|| figures.clone()));
                }
                false => println!("{:<24} not here: {}", subject.name, subject.remedy),
            }
        }
    }
    Ok(())
}

/// What was measured for one supervisor. Times are in milliseconds, memory in MiB.
#[derive(Debug, Clone)]
struct Figures {
    up: f64,
    restart: f64,
    processes: usize,
    resident: f64,
    proportional: f64,
    wakes: u64,
}

impl Figures {
    fn print(&self, name: &str, baseline: &Figures) {
        println!(
            "{name:<24} {:>7.1} ms {:>9.2} ms {:>10} {:>8.2} MiB {:>10.2} MiB {:>9}    restart {:.2}, all up {:.2} of the bare loop",
            self.up,
            self.restart,
            self.processes,
            self.resident,
            self.proportional,
            self.wakes,
            self.restart / baseline.restart,
            self.up / baseline.up
        );
    }
}

fn measure(subject: &Subject, services: usize, restarts: usize) -> Outcome<Figures> {
    let directory = tempfile::tempdir()?;
    let mut reports = Reports::listen(&directory.path().join("reports"))?;
    let prepared = subject.prepare(directory.path(), services)?;
    let started = Instant::now();
    let family = Family::of(prepared.start(&reports)?);
    let mut programs = reports.first_of(services)?;
    let up = programs.iter().map(|program| program.at).max().unwrap_or(started) - started;

    thread::sleep(LIVED.max(QUIET));
    let members = family.members()?;
    let memory = members.iter().map(|pid| process::Memory::of(*pid)).collect::<Outcome<Vec<_>>>()?;
    let sleeps = || members.iter().map(|pid| process::sleeps(*pid)).sum::<Outcome<u64>>();
    let before = sleeps()?;
    thread::sleep(QUIET);
    let wakes = sleeps()? - before;

    let mut times = Vec::new();
    for round in 0..restarts {
        let program = &mut programs[round % services];
        if let Some(rest) = LIVED.checked_sub(program.at.elapsed()) {
            thread::sleep(rest);
        }
        let (killed, next) = reports.kill(program)?;
        times.push((next.at - killed).as_secs_f64() * 1000.0);
        *program = next;
    }
    Ok(Figures {
        up: up.as_secs_f64() * 1000.0,
        restart: median(times),
        processes: members.len(),
        resident: memory.iter().map(|memory| memory.resident as f64 / 1024.0).sum(),
        proportional: memory.iter().map(|memory| memory.proportional as f64 / 1024.0).sum(),
        wakes,
    })
}

/// What was asked for.
struct Options {
    services: Vec<usize>,
    only: Option<String>,
    restarts: usize,
}

impl Options {
    fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Options { services: vec![1, 100, 1000], only: None, restarts: 30 };
        while let Some(name) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{name} needs a value"));
            match name.as_str() {
                "--services" => {
                    options.services = value()?.split(',').map(str::parse).collect::<Result<_, _>>()?;
                }
                "--only" => options.only = Some(value()?),
                "--restarts" => options.restarts = value()?.parse()?,
                // What `cargo bench` adds.
                "--bench" => {}
                other => return Err(format!("unknown option {other}").into()),
            }
        }
        Ok(options)
    }

    fn wants(&self, subject: &Subject) -> bool {
        self.only.as_ref().is_none_or(|only| subject.name == only)
    }
}
