//! What an idle echo daemon costs: start-up, memory, wake-ups.
//!
//! `cargo bench --bench footprint` measures the daemon, and the bare echo server of `bare_echo.rs`, which shows how
//! much of each number is due to the machine, the dynamic linker and the C library:
//! - **exec to first reply**: from just before the process is started to the last byte of the first reply; the median
//!   of 30 starts, taken in turn. Meanwhile the client tries to connect without pause, from another core.
//! - **idle memory**: VmRSS after one call, including shared pages of libraries, and Pss, where a page that n processes
//!   share counts as 1/n.
//! - **idle connections**: how much the resident memory grows for each of 10,000 connections, once when they are only
//!   connected and once when each has been answered (a connection that keeps its buffers shows here). With all of them
//!   open, one more must still be served.
//! - **wake-ups**: how often any of its threads goes to sleep, and so must have woken, in two seconds without a call,
//!   with one connection open.
//!
//! Kernel memory (sockets, epoll entries) is not in these numbers. Client and server are pinned to a core each;
//! `--together` or `--no-pin` after `--` place them otherwise. A missed target is printed but does not fail the bench;
//! a wrong reply does.

#![allow(clippy::print_stdout, reason = "a bench reports on its standard output")]

mod common;

#[path = "footprint/call.rs"]
mod call;
#[path = "footprint/process.rs"]
mod process;

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use call::call;
use common::connect::connect;
use common::contender::{BARE, Contender, ECHO};
use common::cores::{Cores, Place, Placement};
use common::server::Server;
use common::{Outcome, median};
use process::Memory;

const STARTS: usize = 30;
const CONNECTIONS: usize = 10_000;
/// Descriptors of the client that are not connections: its own, and those for the server's process.
const OTHER_DESCRIPTORS: u64 = 64;
const QUIET: Duration = Duration::from_secs(2);
/// How long work may follow a reply before the quiet period begins.
const SETTLE: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    common::exit(bench())
}

fn bench() -> Outcome<()> {
    let placement = std::env::args().find_map(|option| Placement::from_option(&option));
    let placement = placement.unwrap_or(Placement::Apart);
    let cores = Cores::allowed()?;
    println!("{STARTS} starts in turn, {CONNECTIONS} connections; {placement}\n{cores}\n");
    let place = cores.place(placement)?;
    println!("{:<48} {:>10} {:>10}   target", "", BARE.name, ECHO.name);
    report_starts(&place)?;
    report_idle(idle(&BARE, &place)?, idle(&ECHO, &place)?);
    // The daemon comes first: it raises its own limit of descriptors, and must inherit the original one.
    let echo = crowd(&ECHO, &place)?;
    report_crowd(crowd(&BARE, &place)?, echo);
    Ok(())
}

fn report_starts(place: &Place) -> Outcome<()> {
    let (mut bare, mut echo) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        bare.push(first_answer(&BARE, place)?);
        echo.push(first_answer(&ECHO, place)?);
    }
    row("exec to first reply, ms", [median(bare), median(echo)], Some(5.0));
    Ok(())
}

/// Returns the milliseconds from exec to the first reply.
fn first_answer(contender: &'static Contender, place: &Place) -> Outcome<f64> {
    let server = Server::spawn(contender, 1, place)?;
    call(&mut connect(&server.socket())?, contender)?;
    let time = server.spawned.elapsed();
    server.stop()?;
    Ok(time.as_secs_f64() * 1000.0)
}

/// An idle server.
struct Idle {
    memory: Memory,
    wake_ups: u64,
}

fn idle(contender: &'static Contender, place: &Place) -> Outcome<Idle> {
    let server = Server::start(contender, 1, place)?;
    let mut stream = connect(&server.socket())?;
    call(&mut stream, contender)?;
    thread::sleep(SETTLE);
    let before = process::sleeps(server.pid())?;
    thread::sleep(QUIET);
    let idle = Idle { memory: Memory::of(server.pid())?, wake_ups: process::sleeps(server.pid())? - before };
    server.stop()?;
    Ok(idle)
}

fn report_idle(bare: Idle, echo: Idle) {
    let mebibytes = |kibibytes: u64| kibibytes as f64 / 1024.0;
    let resident = [mebibytes(bare.memory.resident), mebibytes(echo.memory.resident)];
    let proportional = [mebibytes(bare.memory.proportional), mebibytes(echo.memory.proportional)];
    row("idle memory, VmRSS, MiB", resident, Some(4.0));
    row("idle memory, Pss, MiB", proportional, None);
    row("wake-ups in 2 idle seconds", [bare.wake_ups as f64, echo.wake_ups as f64], Some(0.0));
}

/// A server with many connections.
struct Crowd {
    /// Bytes for each connection that has sent nothing.
    silent: f64,
    /// Bytes for each connection that has been answered once.
    answered: f64,
    /// Milliseconds for a call on one more connection.
    another: f64,
}

fn crowd(contender: &'static Contender, place: &Place) -> Outcome<Crowd> {
    let server = Server::start(contender, CONNECTIONS, place)?;
    raise_descriptors(CONNECTIONS as u64 + OTHER_DESCRIPTORS)?;
    call(&mut connect(&server.socket())?, contender)?;
    let before = Memory::of(server.pid())?;
    let mut streams = (0..CONNECTIONS).map(|_| connect(&server.socket())).collect::<Outcome<Vec<_>>>()?;
    // Connections are accepted in order: when one more is answered, all of them are there.
    let another = ask_another(&server, contender)?;
    let silent = Memory::of(server.pid())?.bytes_above(&before) / CONNECTIONS as f64;
    streams.iter_mut().try_for_each(|stream| call(stream, contender).map(drop))?;
    let answered = Memory::of(server.pid())?.bytes_above(&before) / CONNECTIONS as f64;
    drop(streams);
    server.stop()?;
    Ok(Crowd { silent, answered, another })
}

fn ask_another(server: &Server, contender: &Contender) -> Outcome<f64> {
    let mut stream = connect(&server.socket())?;
    call(&mut stream, contender)?;
    Ok(call(&mut stream, contender)?.as_secs_f64() * 1000.0)
}

fn report_crowd(bare: Crowd, echo: Crowd) {
    row("bytes for a connection that is silent", [bare.silent, echo.silent], Some(2048.0));
    row("bytes for a connection that was answered once", [bare.answered, echo.answered], Some(2048.0));
    row("a call on one more connection, ms", [bare.another, echo.another], None);
}

fn raise_descriptors(needed: u64) -> Outcome<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if hard < needed {
        return Err(format!(
            "{needed} open files are needed, the hard limit is {hard}: raise it (ulimit -Hn)"
        )
        .into());
    }
    Ok(setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?)
}

/// Prints a line; the target is an upper limit for the echo daemon, inclusive where it is zero.
fn row(what: &str, [bare, echo]: [f64; 2], target: Option<f64>) {
    let verdict = match target {
        Some(0.0) if echo == 0.0 => "0 reached".to_owned(),
        Some(target) if echo < target => format!("< {target} reached"),
        Some(0.0) => "0 missed".to_owned(),
        Some(target) => format!("< {target} missed"),
        None => "-".to_owned(),
    };
    println!("{what:<48} {bare:>10.2} {echo:>10.2}   {verdict}");
}
