//! What it costs to come back to the loop, and to push: `cargo bench --bench push`.
//!
//! - **handle**: a thread of the daemon runs closures on the state, each after the one before has returned; the baseline
//!   is two threads of the same process that wake each other with an eventfd, and do nothing else.
//! - **item**: the daemon sends numbers to one subscriber, from the first call of `send` to the last byte that the
//!   subscriber has read; the baseline is a thread that writes the same lines to a socketpair, one `write` each, and the
//!   same reader.
//!
//! The two take turns; the ratio is the median of the ratios of neighbouring runs, below 1 where the daemon is faster.
//!
//! Options, after `--`: `--pairs 9`, `--calls 20000`, `--items 200000`. A ratio has no target and never fails the bench.

#![allow(clippy::print_stdout, reason = "a bench reports on its standard output")]

#[allow(dead_code, reason = "what the other benches need of it")]
mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Instant;

use common::contender::{Contender, SOCKET};
use common::cores::{Cores, Placement};
use common::server::Server;
use common::{Outcome, median};
use serde_json::{Value, json};

/// The daemon of `plain_push.rs`.
static PUSH: Contender = Contender {
    name: "plain-push",
    command: |home, _| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plain-push"));
        command.arg("--foreground");
        command.arg("--socket").arg(format!("unix:{}", home.join(SOCKET).display()));
        command.arg("--pidfile").arg(home.join("push.pid"));
        command
    },
    ready: "ready on",
    request: |_| String::new(),
    reply: |_| String::new(),
};

fn main() -> ExitCode {
    common::exit(bench())
}

fn bench() -> Outcome<()> {
    let Options { pairs, calls, items } = Options::from_arguments(std::env::args().skip(1))?;
    let server = Server::start(&PUSH, 1, &Cores::allowed()?.place(Placement::Free)?)?;
    let mut client = Client::connect(&server)?;
    println!("{:<12} {:>12} {:>12}    ratio", "median, ns", "daemon", "baseline");
    report("handle", pairs, |side| {
        let method = if side == Side::Daemon { "handle" } else { "eventfd" };
        client.call(method, &json!([calls]))?.as_f64().ok_or_else(|| "no number".into())
    })?;
    report("item", pairs, |side| match side {
        Side::Daemon => client.items(items),
        Side::Baseline => bare_writes(items),
    })?;
    drop(client);
    server.stop()
}

/// Which of the two is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Daemon,
    Baseline,
}

/// Measures both sides in turn, and prints their medians and the median of their ratios.
fn report(name: &str, pairs: usize, mut measure: impl FnMut(Side) -> Outcome<f64>) -> Outcome<()> {
    let mut times = Vec::new();
    for _ in 0..pairs {
        times.push((measure(Side::Daemon)?, measure(Side::Baseline)?));
    }
    let daemon = median(times.iter().map(|(daemon, _)| *daemon));
    let baseline = median(times.iter().map(|(_, baseline)| *baseline));
    let ratio = median(times.iter().map(|(daemon, baseline)| daemon / baseline));
    println!("{name:<12} {daemon:>12.0} {baseline:>12.0} {ratio:>8.2}");
    Ok(())
}

/// A connection to the daemon.
struct Client {
    stream: BufReader<UnixStream>,
}

impl Client {
    fn connect(server: &Server) -> Outcome<Self> {
        Ok(Self { stream: BufReader::new(UnixStream::connect(server.socket())?) })
    }

    fn call(&mut self, method: &str, params: &Value) -> Outcome<Value> {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        writeln!(self.stream.get_mut(), "{request}")?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let mut reply: Value = serde_json::from_str(&line)?;
        match reply.get_mut("result") {
            Some(result) => Ok(result.take()),
            None => Err(format!("`{method}` failed: {line}").into()),
        }
    }

    /// Has items sent; returns the nanoseconds for each.
    fn items(&mut self, count: u64) -> Outcome<f64> {
        let start = Instant::now();
        self.call("items", &json!([count]))?;
        // The last line is the end.
        let read = lines(&mut self.stream, count + 1)?;
        let took = start.elapsed();
        if read.contains("missed") {
            return Err("items were missed".into());
        }
        Ok(took.as_secs_f64() * 1e9 / count as f64)
    }
}

/// Writes such lines to a socketpair, one `write` each; returns the nanoseconds for each.
fn bare_writes(count: u64) -> Outcome<f64> {
    let (mut writer, reader) = UnixStream::pair()?;
    let start = Instant::now();
    let writing = thread::spawn(move || {
        (0..count).try_for_each(|number| {
            let head = r#"{"jsonrpc":"2.0","method":"items","params":{"subscription":1,"result":"#;
            writer.write_all(format!("{head}{number}}}}}\n").as_bytes())
        })
    });
    lines(&mut BufReader::new(reader), count)?;
    let took = start.elapsed();
    writing.join().map_err(|_| "the writer panicked")??;
    Ok(took.as_secs_f64() * 1e9 / count as f64)
}

/// Reads so many lines; returns the last ones.
fn lines(reader: &mut BufReader<UnixStream>, count: u64) -> Outcome<String> {
    let mut left = count;
    loop {
        let bytes = reader.fill_buf()?;
        if bytes.is_empty() {
            return Err("the peer hung up".into());
        }
        let length = bytes.len();
        left = left.saturating_sub(bytes.iter().filter(|byte| **byte == b'\n').count() as u64);
        if left > 0 {
            reader.consume(length);
            continue;
        }
        let mut last = vec![0; length];
        reader.read_exact(&mut last)?;
        return Ok(String::from_utf8_lossy(&last).into_owned());
    }
}

/// The options of the bench.
struct Options {
    pairs: usize,
    calls: u32,
    items: u64,
}

impl Options {
    /// Reads the arguments after the program's name.
    fn from_arguments(mut arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut options = Self { pairs: 9, calls: 20_000, items: 200_000 };
        while let Some(name) = arguments.next() {
            // cargo passes this to every bench.
            if name == "--bench" {
                continue;
            }
            let value: u32 =
                arguments.next().ok_or_else(|| format!("{name} needs a value"))?.parse::<u32>()?.max(1);
            match name.as_str() {
                "--pairs" => options.pairs = value as usize,
                "--calls" => options.calls = value,
                "--items" => options.items = value.into(),
                _ => return Err(format!("unknown option {name}: there are --pairs, --calls, --items").into()),
            }
        }
        Ok(options)
    }
}
