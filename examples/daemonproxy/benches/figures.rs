//! What the program takes: memory, the time of a restart, and the time to bring many services up.
//!
//! ```sh
//! cargo build --release -p daemonproxy --bin daemonproxy
//! DAEMONPROXY=target/release/daemonproxy cargo bench --profile dev -p daemonproxy
//! ```
//!
//! Without the variable, the program is the one of the profile of the bench.

// It is a program of its own, which may print and fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::fmt::Write;
use std::fs;
use std::time::{Duration, Instant};

use support::Program;

fn main() {
    let binary =
        std::env::var("DAEMONPROXY").map(|path| fs::canonicalize(path).unwrap().display().to_string());
    let binary = binary.unwrap_or_else(|_| env!("CARGO_BIN_EXE_daemonproxy").to_owned());
    memory(&binary);
    restarts(&binary);
    for count in [100, 1000] {
        many(&binary, count);
    }
}

fn start(binary: &str) -> Program {
    let mut program = Program::prepare();
    program.start_binary(binary, &["-i".to_owned()]);
    program
}

/// With a service that runs.
fn memory(binary: &str) {
    let mut program = start(binary);
    program.ask(&["service.args\ts\tsleep\t100", "service.start\ts"]);
    program.expect("service.state\ts\tup\t#\t#\t-\t-\t0\t-");
    let map = fs::read_to_string(format!("/proc/{}/smaps_rollup", program.pid())).unwrap();
    let of = |name: &str| map.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().to_owned();
    println!("memory: RSS {}, PSS {}", of("Rss:"), of("Pss:"));
    program.ask(&["service.signal\ts\tKILL"]);
}

/// From a kill to the event of the next process, of a service that has run for over a second.
fn restarts(binary: &str) {
    let mut program = start(binary);
    program.ask(&["service.args\ts\tsleep\t100", "service.auto_up\ts\t1\talways"]);
    let mut up = program.expect("service.state\ts\tup\t#\t#\t-\t-\t0\t-");
    let mut times = Vec::new();
    for _ in 0..10 {
        support::pass_time(Duration::from_millis(1100));
        let pid: i32 = up.split('\t').nth(4).unwrap().parse().unwrap();
        let begin = Instant::now();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
        loop {
            up = program.next().unwrap();
            if up.contains("\tup\t") {
                break;
            }
        }
        times.push(begin.elapsed());
    }
    times.sort();
    println!("restart: median {:?}, longest {:?}", times[times.len() / 2], times[times.len() - 1]);
    program.ask(&["service.auto_up\ts\t-", "service.signal\ts\tKILL"]);
}

/// From the first command to the last event.
fn many(binary: &str, count: usize) {
    let mut program = start(binary);
    let mut commands = String::new();
    for number in 0..count {
        write!(commands, "service.args\ts{number}\tsleep\t100\nservice.start\ts{number}\n").unwrap();
    }
    let begin = Instant::now();
    program.send_in_background(commands.trim_end());
    let mut up = 0;
    while up < count {
        up += usize::from(program.next().unwrap().contains("\tup\t"));
    }
    println!("{count} services up: {:?}", begin.elapsed());
    for number in 0..count {
        program.send(&format!("service.signal\ts{number}\tKILL"));
        while !program.next().unwrap().contains("\tdown\t") {}
    }
}
