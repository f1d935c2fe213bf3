//! How many calls a second the echo daemon answers, relative to what the machine can do.
//!
//! `cargo bench --bench load` drives the daemon and a bare echo server (`bare_echo.rs`, the baseline: it parses
//! nothing) with the same client, and prints the ratio of the two with its target. A case is a number of connections
//! and a depth: each connection writes `depth` calls in one write, reads until every reply is there, and writes the
//! next. Depth 1 is ping-pong.
//!
//! What makes the ratio fair:
//! - Both servers get the same bytes. The bare one sends them back, 21 bytes per call more than the daemon's replies.
//!   Each byte of each reply of both is compared with the expected one.
//! - Both run as separate processes, one at a time, pinned to the same core. The client is pinned to another one
//!   (*apart*) and sleeps in `epoll_wait` as a real client does; it does not spin.
//! - They take turns, and each run is a new process: slow changes of the machine affect both, and the random layout of
//!   memory differs each time. The ratio is the median of the ratios of neighbouring runs.
//! - The first tenth of a second of a run, where buffers grow and caches warm up, is not counted.
//!
//! With a single connection, client and server never work at the same time. Apart, each waits in every round for the
//! other's core to wake from idle, and where that takes long, as in a virtual machine, it hides the time that the
//! servers need. Cases with one connection therefore also run with the client on the server's core (*together*): there
//! that is the stricter measure, while with many connections apart is the stricter one.
//!
//! Where the client needs more time than the server, a slower server costs nothing, and the ratio says less than it
//! seems to. *busy* shows this: the share of a run that the server spent on its core. *core ns* is that time per call,
//! which the client and other work on the machine affect least. *p50* and *p99* are the times of rounds, from the write
//! to the last byte of the last reply.
//!
//! Other work on the machine distorts the ratios. A case is marked as disturbed if client or server, though apart,
//! waited for their cores.
//!
//! If there is a `redis-server` on the PATH, its ECHO of the same text runs as a third contender.
//!
//! With `--features xml` before `--bench` and `--xml` after `--`, the baseline is the daemon called by JSON-RPC, and the contender the same daemon called by XML-RPC.
//!
//! Options, after `--`: `--pairs 7`, `--seconds 0.7` (per run), `--case 16x64` (connections x depth, repeatable, any
//! numbers), and one placement for all: `--apart`, `--together`, `--no-pin`. A missed target is printed but does not
//! fail the bench; a wrong reply does.

#![allow(clippy::print_stdout, reason = "a bench reports on its standard output")]

mod common;

#[path = "load/case.rs"]
mod case;
#[path = "load/client.rs"]
mod client;
#[path = "load/core_time.rs"]
mod core_time;
#[path = "load/options.rs"]
mod options;
#[path = "load/redis.rs"]
mod redis;
#[path = "load/report.rs"]
mod report;

use std::process::{self, ExitCode};
use std::time::{Duration, Instant};

use case::Case;
use client::{Client, Exchange};
use common::Outcome;
use common::contender::{BARE, Contender, ECHO, XML};
use common::cores::{Cores, Place};
use common::server::Server;
use core_time::CoreTime;
use options::Options;
use redis::REDIS;
use report::{Run, Runs, Times};

/// The share of the rate of JSON-RPC that XML-RPC is to reach.
const XML_TARGET: f64 = 0.33;

fn main() -> ExitCode {
    common::exit(bench())
}

fn bench() -> Outcome<()> {
    let options = Options::from_arguments(std::env::args().skip(1))?;
    let cores = Cores::allowed()?;
    let mut contenders = if options.xml { vec![&ECHO, &XML] } else { vec![&BARE, &ECHO] };
    if redis::is_installed() && !options.xml {
        contenders.push(&REDIS);
    }
    report::head(&options, &cores, &contenders);
    for (case, placement) in options.plan() {
        let place = cores.place(placement)?;
        let target = if options.xml { Some(XML_TARGET) } else { case.target() };
        report::row(&case, placement, target, &measure(&case, &contenders, &options, &place)?);
    }
    Ok(())
}

/// Runs the contenders in turn at `case`.
fn measure(
    case: &Case,
    contenders: &[&'static Contender],
    options: &Options,
    place: &Place,
) -> Outcome<Vec<Runs>> {
    let mut all: Vec<Runs> = contenders.iter().map(|contender| Runs::of(contender)).collect();
    for _ in 0..options.pairs {
        for runs in &mut all {
            let contender = runs.contender;
            let run = run(contender, case, options.run, place)
                .map_err(|cause| format!("{}, {case}: {cause}", contender.name))?;
            runs.push(run);
        }
    }
    Ok(all)
}

/// Starts `contender`, drives it for `length`, stops it.
fn run(contender: &'static Contender, case: &Case, length: Duration, place: &Place) -> Outcome<Run> {
    let server = Server::start(contender, case.connections, place)?;
    let exchange = Exchange::new(contender, case.depth)?;
    let mut client = Client::connect(&server.socket(), &exchange, case.connections)?;
    let (server_before, client_before) = (CoreTime::of(server.pid())?, CoreTime::of(process::id())?);
    let start = Instant::now();
    let rounds = client.run(length)?;
    let took = start.elapsed();
    let times = Times {
        took,
        server: CoreTime::of(server.pid())?.since(&server_before),
        client: CoreTime::of(process::id())?.since(&client_before),
    };
    drop(client);
    server.stop()?;
    Ok(Run::new(rounds, case.depth, &times))
}
