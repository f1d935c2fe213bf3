//! A daemon with workers of every kind, for the tests of workers: they do what they are asked to, including what no
//! worker should do.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio, abort, exit, id};
use std::sync::mpsc;
use std::time::Duration;

use daemon_core::prelude::*;
use daemon_core::{Program, Readiness, schemars, serde};

/// Has workers of every kind.
#[daemon(
    name = "team",
    workers(Hands, First, Second, Fragile, Mortal),
    pool(name = "pool", count = 2, timeout = "1s", min_uptime = "0s"),
    pool(name = "shy", count = 1, backoff("1h", "1h"), env("PATH", "TEAM_KEPT"))
)]
#[derive(Default)]
struct Team {
    /// Put in front of the pool's results
    #[flag(default = "")]
    prefix: String,
    news: Vec<String>,
}

#[daemon(client = TeamClient)]
impl Team {
    #[on(worker)]
    fn changed(&mut self, event: &Event) {
        if let Event::Worker(change) = event {
            self.news.push(format!("{}/{} {}", change.worker, change.process, change.state));
        }
    }

    #[on(message)]
    #[on(progress)]
    fn heard(&mut self, event: &Event) {
        self.news.push(match event {
            Event::Message(message) if message.topic == "flood" => "flood".to_owned(),
            Event::Message(message) => format!("{} says {} {}", message.from, message.topic, message.payload),
            Event::Progress(progress) => format!("{} {}/{}", progress.worker, progress.done, progress.total),
            other => format!("{other:?}"),
        });
    }

    /// Reply what has happened to the workers, in order.
    #[rpc_method]
    fn news(&self) -> &[String] {
        &self.news
    }

    /// Answer at once.
    #[rpc_method]
    fn ping(&self) -> u32 {
        id()
    }

    /// Watch a descriptor that stays ready, and never read from it.
    #[rpc_method]
    fn stare(&self, daemon: &mut Context) -> bool {
        stare::<Team>(daemon)
    }

    /// Have a number doubled, and pass the result on.
    #[rpc_method]
    fn double(&mut self, number: u64, reply: Reply<u64>, daemon: &mut Context) {
        daemon.worker("hands").call("double", &[number]).reply_to(reply);
    }

    /// Have anything done, and record the outcome.
    #[rpc_method]
    fn have(&mut self, worker: &str, method: &str, reply: Reply<String>, daemon: &mut Context) {
        daemon.worker(worker).call(method, &()).then(
            |_: &mut Team, answer: Result<serde_json::Value, Fault>, _| {
                reply.send(match answer {
                    Ok(value) => value.to_string(),
                    Err(fault) => format!("fault {}", fault.code()),
                });
            },
        );
    }

    /// Make the pool work for 300 ms, and block the daemon: at once, or after this many milliseconds.
    #[rpc_method]
    fn doze(&mut self, after: u64, milliseconds: u64, reply: Reply<String>, daemon: &mut Context) {
        daemon.worker("pool").call("work", &[300]).reply_to(reply);
        match after {
            0 => rest(milliseconds),
            _ => {
                daemon.after(Duration::from_millis(after), move |_: &mut Team, _| rest(milliseconds));
            }
        }
    }

    /// Panic when the reply comes.
    #[rpc_method]
    #[allow(clippy::panic)]
    fn panic_then(&mut self, daemon: &mut Context) {
        daemon.worker("hands").call("pid", &()).then(|_: &mut Team, answer: Result<u32, Fault>, _| {
            panic!("the answer is {answer:?}");
        });
    }

    /// Call the hands without waiting for a reply.
    #[rpc_method]
    fn note(&mut self, text: &str, daemon: &mut Context) {
        daemon.worker("hands").send("note", &[text]);
    }

    /// Work for this long.
    #[rpc_method(worker = "pool")]
    fn work(config: &Self, milliseconds: u64) -> String {
        rest(milliseconds);
        format!("{}{}", config.prefix, id())
    }

    /// Work for this long, with enough time allowed.
    #[rpc_method(worker = "pool", timeout = "1min")]
    fn work_long(milliseconds: u64) -> u32 {
        rest(milliseconds);
        id()
    }

    /// Start a program that does not end by itself, and work for this long.
    #[rpc_method(worker = "pool")]
    fn run(milliseconds: u64) -> u32 {
        let program = run();
        rest(milliseconds);
        program
    }

    /// The names of all environment variables.
    #[rpc_method(worker = "shy")]
    fn variables() -> Vec<String> {
        variables()
    }

    /// End in one of several ways.
    #[rpc_method(worker = "pool")]
    fn end(how: &str) -> u32 {
        end(how)
    }

    /// End, in a pool in which an early end is followed by a long delay.
    #[rpc_method(worker = "shy")]
    fn end_shy(how: &str) -> u32 {
        end(how)
    }
}

/// Has the loop call a closure in every turn, by a descriptor at its end of file.
fn stare<S: 'static>(context: &mut Context) -> bool {
    let Ok((near, _)) = UnixStream::pair() else { return false };
    context.watch(near, Readiness::Read, |_: &mut S, _, _| {}).is_ok()
}

/// A text that panics when it reads a certain value.
#[derive(serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(from = "String")]
struct Touchy(String);

impl From<String> for Touchy {
    #[allow(clippy::panic)]
    fn from(text: String) -> Self {
        if text == "ouch" {
            panic!("do not touch");
        }
        Touchy(text)
    }
}

/// Does what it is asked.
#[worker(name = "hands", every = "20ms", heartbeat = "2s", min_uptime = "0s", call_timeout = "20s")]
#[derive(Default)]
struct Hands {
    ticks: u64,
    resumed: u64,
    notes: Vec<String>,
    linger: u64,
    later: Vec<Reply<u64>>,
    /// What a greeting begins with
    #[flag(default = "hello", env = "TEAM_GREETING")]
    greeting: String,
}

#[worker(client = HandsClient)]
impl Hands {
    fn tick(&mut self) {
        self.ticks += 1;
        for reply in self.later.drain(..) {
            reply.send(self.ticks);
        }
    }

    fn spindown(&mut self) {
        rest(self.linger);
    }

    /// Take this long to stop.
    #[rpc_method]
    fn linger(&mut self, milliseconds: u64) {
        self.linger = milliseconds;
    }

    /// Start a program, which the loop of a worker does not do.
    #[rpc_method]
    fn start_program(&self, context: &mut Context) -> Result<()> {
        context.spawn(Program::new("true"), |_: &mut Hands, _, _| {}).map(drop)
    }

    /// Take a parameter that panics when it is read.
    #[rpc_method]
    fn touch(&self, thing: Touchy) -> String {
        thing.0
    }

    #[on(resume)]
    fn resume(&mut self) {
        self.resumed += 1;
    }

    /// Twice the number.
    #[rpc_method]
    fn double(&self, number: u64) -> u64 {
        number * 2
    }

    #[rpc_method]
    fn pid(&self) -> u32 {
        id()
    }

    #[rpc_method]
    fn greet(&self, name: &str) -> String {
        format!("{} {name}", self.greeting)
    }

    #[rpc_method]
    fn uid(&self, worker: &mut Context) -> Option<u32> {
        worker.caller().and_then(|caller| caller.uid())
    }

    #[rpc_method]
    fn ticks(&self) -> (u64, u64) {
        (self.ticks, self.resumed)
    }

    /// Reply that the second timer has run, and cancel the first one before.
    #[rpc_method]
    fn wait(&mut self, reply: Reply<Vec<String>>, worker: &mut Context) {
        let first =
            worker.after(Duration::from_millis(1), |hands: &mut Hands, _| hands.notes.push("first".into()));
        worker.cancel(first);
        worker.after(Duration::from_millis(20), |hands: &mut Hands, _| {
            hands.notes.push("second".into());
            reply.send(hands.notes.clone());
        });
    }

    /// Watch a descriptor that stays ready, and never read from it.
    #[rpc_method]
    fn stare(&self, worker: &mut Context) -> bool {
        stare::<Hands>(worker)
    }

    /// Reply with what is read from a watched descriptor.
    #[rpc_method]
    fn listen(&mut self, reply: Reply<u8>, worker: &mut Context) {
        // A reply that is dropped is a fault.
        let Ok((near, mut far)) = UnixStream::pair() else { return };
        let mut reply = far.write_all(&[7]).is_ok().then_some(reply);
        let _ = worker.watch(near, Readiness::Read, move |_: &mut Hands, near, _| {
            let mut byte = [0];
            if near.read_exact(&mut byte).is_ok()
                && let Some(reply) = reply.take()
            {
                reply.send(byte[0]);
            }
        });
    }

    #[rpc_method]
    fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    #[rpc_method]
    fn notes(&self) -> &[String] {
        &self.notes
    }

    #[rpc_method]
    fn later(&mut self, reply: Reply<u64>) {
        self.later.push(reply);
    }

    #[rpc_method]
    fn same(&self, text: String) -> String {
        text
    }

    #[rpc_method]
    fn say(&self, topic: &str, payload: serde_json::Value, worker: &mut Context) {
        worker.emit(topic, &payload);
        worker.progress(3, 10);
    }

    #[rpc_method]
    fn hold(&self, milliseconds: u64) -> u32 {
        rest(milliseconds);
        id()
    }

    #[rpc_method]
    fn variables(&self) -> Vec<String> {
        variables()
    }

    #[rpc_method]
    fn run(&self) -> u32 {
        run()
    }

    #[rpc_method]
    fn end(&self, how: &str) -> u32 {
        end(how)
    }

    #[rpc_method]
    fn leave(&self, worker: &mut Context) {
        worker.stop();
    }

    /// Emit this much, this many times.
    #[rpc_method]
    fn flood(&self, count: usize, bytes: usize, worker: &mut Context) -> usize {
        (0..count).for_each(|_| worker.emit("flood", &"x".repeat(bytes)));
        count
    }

    /// The variables of this process that start with `DAEMON_CORE`.
    #[rpc_method]
    fn environment(&self) -> BTreeMap<String, String> {
        std::env::vars().filter(|(name, _)| name.starts_with("DAEMON_CORE")).collect()
    }

    #[rpc_method]
    fn forbidden(&self) -> bool {
        true
    }

    /// Overwrite all memory that is shared with the daemon.
    #[rpc_method]
    fn scribble(&self, byte: u8) -> u64 {
        let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
        let shared = maps.lines().find(|line| line.contains("rw-s") && !line.contains("/dev/zero"));
        let range = shared.and_then(|line| line.split(' ').next()?.split_once('-'));
        let number = |text| u64::from_str_radix(text, 16).unwrap_or_default();
        let (start, end) = range.map_or((0, 0), |(start, end)| (number(start), number(end)));
        overwrite(start, end, byte).map_or(0, |()| end - start)
    }
}

/// Keeps a diary of its life, together with the second one.
#[worker(name = "first")]
#[derive(Default)]
struct First {
    /// Where the diary is
    #[flag]
    diary: Option<PathBuf>,
}

#[worker]
impl First {
    fn spinup(&mut self) {
        write(self.diary.as_ref(), "first up");
    }

    fn spindown(&mut self) {
        write(self.diary.as_ref(), "first down");
    }

    #[rpc_method(allow(uid = 12345))]
    fn secret(&self) -> bool {
        true
    }
}

/// Keeps a diary of its life; ticks by message.
#[worker(name = "second", stop_grace = "1s", memory = "named")]
#[derive(Default)]
struct Second {
    /// Where the diary of the second is
    #[flag]
    second_diary: Option<PathBuf>,
    ticks: u64,
    stubborn: bool,
}

#[worker]
impl Second {
    fn spinup(&mut self) {
        write(self.second_diary.as_ref(), "second up");
    }

    fn tick(&mut self) {
        self.ticks += 1;
    }

    fn spindown(&mut self) {
        if self.stubborn {
            rest(u64::from(u32::MAX));
        }
        write(self.second_diary.as_ref(), "second down");
    }

    #[rpc_method]
    fn ticks(&self) -> u64 {
        self.ticks
    }

    #[rpc_method]
    fn same(&self, text: String) -> String {
        text
    }

    #[rpc_method]
    fn resist(&mut self) {
        self.stubborn = true;
    }
}

/// Breaks where it is asked to.
#[worker(name = "fragile", optional, every = "5ms", backoff("20ms", "100ms"), intensity(5, "1min"))]
#[derive(Default)]
struct Fragile {
    /// Where it breaks: spinup, spinup-error, tick, tick-error, listener, timer or spindown
    #[flag(default = "")]
    fragile: String,
}

#[worker]
impl Fragile {
    fn spinup(&mut self) -> Result<(), String> {
        self.break_at("spinup");
        if self.fragile == "spinup-error" { Err("no spin".to_owned()) } else { Ok(()) }
    }

    fn tick(&mut self) -> Result<(), String> {
        self.break_at("tick");
        if self.fragile == "tick-error" { Err("no tick".to_owned()) } else { Ok(()) }
    }

    fn spindown(&mut self) {
        self.break_at("spindown");
    }

    #[on(start)]
    fn listen(&mut self) {
        self.break_at("listener");
    }

    #[every("5ms")]
    fn time(&mut self) {
        self.break_at("timer");
    }

    #[allow(clippy::panic)]
    fn break_at(&self, place: &str) {
        if self.fragile == place {
            panic!("broken in {place}");
        }
    }
}

/// Is not restarted, and stops the daemon.
#[worker(name = "mortal", restart = "never", every = "5ms")]
#[derive(Default)]
struct Mortal {
    /// How it ends: not at all, or leave, fail, spinup
    #[flag(default = "")]
    mortal: String,
}

#[worker]
impl Mortal {
    fn spinup(&mut self) -> Result<(), String> {
        if self.mortal == "spinup" { Err("no spin".to_owned()) } else { Ok(()) }
    }

    fn tick(&mut self, worker: &mut Context) -> Result<(), String> {
        match self.mortal.as_str() {
            "leave" => worker.stop(),
            "fail" => return Err("no more".to_owned()),
            _ => {}
        }
        Ok(())
    }
}

fn rest(milliseconds: u64) {
    // Nothing is ever sent, so this waits for the full time.
    let (_sender, receiver) = mpsc::channel::<()>();
    let _ = receiver.recv_timeout(Duration::from_millis(milliseconds));
}

fn variables() -> Vec<String> {
    std::env::vars().map(|(name, _)| name).collect()
}

/// Starts a program that does not end by itself, and forgets about it.
#[allow(clippy::zombie_processes)]
fn run() -> u32 {
    let program = Command::new("sleep").arg("1000").stdin(Stdio::null()).spawn();
    program.map_or(0, |program| program.id())
}

#[allow(clippy::panic)]
fn end(how: &str) -> u32 {
    match how {
        "panic" => panic!("the end is near"),
        "exit" => exit(7),
        "well" => exit(0),
        "abort" => abort(),
        "loop" => loop {
            std::hint::spin_loop();
        },
        _ => id(),
    }
}

fn write(diary: Option<&PathBuf>, line: &str) {
    let file = diary.and_then(|path| OpenOptions::new().create(true).append(true).open(path).ok());
    if let Some(mut file) = file {
        let _ = writeln!(file, "{line}");
    }
}

fn overwrite(start: u64, end: u64, byte: u8) -> std::io::Result<()> {
    let mut memory = File::options().write(true).open("/proc/self/mem")?;
    memory.seek(SeekFrom::Start(start))?;
    let length = usize::try_from(end - start).unwrap_or_default();
    memory.write_all(&vec![byte; length])
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Team>()
}
