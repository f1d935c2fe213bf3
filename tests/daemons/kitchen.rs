//! A daemon that serves whatever a test may order: good replies, late ones, faults of every kind, panics.
//!
//! It never sleeps to be slow: a method that must take time opens a FIFO, and waits until the test opens the other end.

// It panics and prints to standard error on purpose, for the tests.
#![allow(clippy::panic, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use daemon_core::Error;
use daemon_core::prelude::*;
use daemon_core::serde_json::Value;

/// Serves whatever is ordered.
///
/// It exists to be tested: some of its methods panic,
/// some never answer, and some take
/// all the time there is.
#[daemon(name = "kitchen")]
#[derive(Default)]
struct Kitchen {
    /// Text put in front of the reply of `kitchen.greet`
    #[flag(short = 'p', default = "")]
    prefix: String,
    /// How hot the stove is
    #[flag(env = "KITCHEN_HEAT", default = "3", value_name = "DEGREES")]
    heat: u8,
    /// Who may come in; can be given several times
    #[flag(long = "guest")]
    guests: Vec<String>,
    /// Where the recipes are
    #[flag]
    recipes: Option<PathBuf>,
    /// How long the kitchen is open
    #[flag(default = "8h")]
    open: Duration,
    /// Cook without salt
    #[flag]
    saltless: bool,

    /// Start only when the other end of this FIFO is opened and closed
    #[flag]
    hold_setup: Option<PathBuf>,
    /// Fail to start, with this text
    #[flag]
    fail_setup: Option<String>,
    /// Panic at start-up, with this text
    #[flag]
    panic_setup: Option<String>,
    /// A file that the teardown writes to
    #[flag]
    farewell: Option<PathBuf>,
    /// Fail in `setup`, `start` or `teardown`, whichever this names, with it as the reason
    #[flag]
    give_up_in: Option<String>,
    /// Fail to tear down, with this text
    #[flag]
    fail_teardown: Option<String>,

    heard: Vec<String>,
    resistance: Option<String>,
    turns: u64,
    ticks: u64,
    parked: Vec<Reply<Value>>,
}

/// What can be ordered.
#[rpc_type]
#[derive(Debug, Clone, PartialEq)]
struct Dish {
    /// What it is called
    name: String,
    /// How many plates
    plates: u32,
    size: Size,
    note: Option<String>,
}

/// How much is on a plate.
#[rpc_type]
#[derive(Debug, Clone, Copy, PartialEq)]
enum Size {
    Small,
    Large,
}

/// An option by another name, which the macros cannot see through.
type Perhaps = Option<i64>;

/// A result by another name.
type Served<T> = Result<T, Refused>;

/// Who calls the kitchen.
#[rpc_type]
#[derive(Debug)]
struct Guest {
    uid: Option<u32>,
    gid: Option<u32>,
    pid: Option<i32>,
    address: Option<String>,
}

/// What the command line set.
#[rpc_type]
#[derive(Debug)]
struct Settings {
    prefix: String,
    heat: u8,
    guests: Vec<String>,
    recipes: Option<PathBuf>,
    open_seconds: u64,
    saltless: bool,
}

/// Why an order is refused.
#[derive(Debug, Fault)]
enum Refused {
    /// The kitchen is closed.
    #[fault(code = 1, message = "the kitchen is closed")]
    Closed,
    /// It is not on the menu.
    #[fault(code = 2, message = "no such dish: {name}")]
    Unknown { name: String },
    /// There is too little left.
    #[fault(code = -5, message = "only {0} of {1} left")]
    Short(u32, u32),
    /// It takes too long.
    #[fault(code = 4, message = "come back later")]
    Later {
        #[fault(data)]
        wait: BTreeMap<String, u32>,
    },
}

#[daemon]
impl Kitchen {
    // The examples of the JSON-RPC 2.0 specification, section 7.

    /// Subtract one number from another.
    #[rpc_method(name = "subtract")]
    fn subtract(&self, minuend: i64, subtrahend: i64) -> i64 {
        minuend - subtrahend
    }

    /// Take five numbers.
    #[rpc_method(name = "update")]
    fn update(&mut self, a: i64, b: i64, c: i64, d: i64, e: i64) {
        self.heard.push(format!("update {a} {b} {c} {d} {e}"));
    }

    /// Add three numbers.
    #[rpc_method(name = "sum")]
    fn sum(&self, a: i64, b: i64, c: i64) -> i64 {
        a + b + c
    }

    /// Take one number.
    #[rpc_method(name = "notify_hello")]
    fn notify_hello(&mut self, number: i64) {
        self.heard.push(format!("hello {number}"));
    }

    /// A string and a number.
    #[rpc_method(name = "get_data")]
    fn get_data(&self) -> (String, i64) {
        ("hello".to_owned(), 5)
    }

    // Parameters and results of every kind.

    /// Reply the message.
    #[rpc_method]
    fn echo(&mut self, message: &str) -> String {
        message.to_owned()
    }

    /// Reply any value as it came.
    #[rpc_method]
    fn same(&self, value: Value) -> Value {
        value
    }

    /// Add two numbers.
    ///
    /// Both are signed, and so is their sum.
    #[rpc_method(alias = "kitchen.plus")]
    fn add(&self, a: i64, b: i64) -> i64 {
        a.wrapping_add(b)
    }

    /// Greet somebody.
    #[rpc_method]
    fn greet(
        &self,
        /// Whom
        name: &str,
        #[param(default = "hello")] greeting: &str,
        #[param(default = 1)] times: u8,
        tail: Option<String>,
    ) -> String {
        let words = vec![format!("{greeting} {name}"); times.into()].join(", ");
        format!("{}{words}{}", self.prefix, tail.unwrap_or_default())
    }

    /// Reply which of the parameters arrived, whatever the command line calls its own options.
    #[rpc_method]
    fn collide(
        &self,
        limit: u8,
        json: bool,
        #[param(long = "my-socket")] socket: Vec<i64>,
        #[param(default = 3)] long_name: u8,
    ) -> (u8, bool, Vec<i64>, u8) {
        (limit, json, socket, long_name)
    }

    /// Multiply by two.
    #[rpc_method]
    fn double(&self, number: f64) -> f64 {
        number * 2.0
    }

    /// Turn true into false.
    #[rpc_method]
    fn invert(&self, truth: bool) -> bool {
        !truth
    }

    /// A number that fits into a byte.
    #[rpc_method]
    fn byte(&self, value: u8) -> u8 {
        value
    }

    /// A number of 128 bits.
    #[rpc_method]
    fn huge(&self, number: u128) -> u128 {
        number
    }

    /// The largest numbers there are.
    #[rpc_method]
    fn extremes(&self) -> (u64, i64, f64) {
        (u64::MAX, i64::MIN, f64::MAX)
    }

    /// Sort some words.
    #[rpc_method]
    fn sort(&self, mut words: Vec<String>) -> Vec<String> {
        words.sort();
        words
    }

    /// Add up the values of all names.
    #[rpc_method]
    fn total(&self, entries: BTreeMap<String, i64>) -> i64 {
        entries.values().sum()
    }

    /// Order a dish.
    #[rpc_method]
    fn order(&self, dish: Dish) -> Dish {
        Dish { plates: dish.plates + 1, ..dish }
    }

    /// Reply how many spoons are in it.
    #[rpc_method]
    fn portion(&self, size: Size) -> u32 {
        match size {
            Size::Small => 3,
            Size::Large => 7,
        }
    }

    /// Take twelve numbers.
    #[rpc_method]
    #[allow(clippy::too_many_arguments)]
    fn twelve(
        &self,
        a: u8,
        b: u8,
        c: u8,
        d: u8,
        e: u8,
        f: u8,
        g: u8,
        h: u8,
        i: u8,
        j: u8,
        k: u8,
        l: u8,
    ) -> u32 {
        [a, b, c, d, e, f, g, h, i, j, k, l].into_iter().map(u32::from).sum()
    }

    /// Do nothing.
    #[rpc_method]
    fn nothing(&self) {}

    #[rpc_method]
    fn undocumented(&self) {}

    /// Perhaps a number.
    #[rpc_method]
    fn perhaps(&self, number: Option<i64>) -> Option<i64> {
        number
    }

    /// Perhaps a number, under another name, and surely one.
    #[rpc_method]
    fn surely(&self, perhaps: Perhaps, surely: i64, too: Perhaps) -> i64 {
        perhaps.unwrap_or_default() + surely + too.unwrap_or_default()
    }

    /// Nobody should find this.
    #[rpc_method(hidden)]
    fn secret(&self) -> String {
        "psst".to_owned()
    }

    /// Add two numbers, as it used to be done.
    #[rpc_method(deprecated = "use kitchen.add instead")]
    fn oldadd(&self, a: i64, b: i64) -> i64 {
        a + b
    }

    /// A name beyond ASCII.
    #[rpc_method(name = "küche.grüßen")]
    fn gruessen(&self, wen: &str) -> String {
        format!("Grüß Gott, {wen}!")
    }

    /// So many letters.
    #[rpc_method]
    fn big(&self, bytes: usize) -> String {
        "x".repeat(bytes)
    }

    /// So many numbers.
    #[rpc_method]
    fn numbers(&self, count: u32) -> Vec<u32> {
        (0..count).collect()
    }

    /// What the command line set.
    #[rpc_method]
    fn settings(&self) -> Settings {
        Settings {
            prefix: self.prefix.clone(),
            heat: self.heat,
            guests: self.guests.clone(),
            recipes: self.recipes.clone(),
            open_seconds: self.open.as_secs(),
            saltless: self.saltless,
        }
    }

    // Faults.

    /// Serve a dish for some time.
    #[rpc_method]
    fn serve(&self, time: Span) -> Served<Span> {
        if time.is_zero() { Err(Refused::Closed) } else { Ok((*time * 2).into()) }
    }

    /// Read a number with an error that can't move between threads.
    #[rpc_method]
    fn count(&self, text: &str) -> Result<u32, Box<dyn std::error::Error>> {
        Ok(text.parse()?)
    }

    /// Fetch a dish.
    #[rpc_method]
    fn fetch(&self, name: &str) -> Result<String, Refused> {
        match name {
            "soup" => Ok("soup".to_owned()),
            "closed" => Err(Refused::Closed),
            "short" => Err(Refused::Short(1, 7)),
            "later" => Err(Refused::Later { wait: BTreeMap::from([("minutes".to_owned(), 5)]) }),
            _ => Err(Refused::Unknown { name: name.to_owned() }),
        }
    }

    /// Read a file that is not there.
    #[rpc_method]
    fn read(&self) -> Result<String, std::io::Error> {
        std::fs::read_to_string("/nonexistent/recipe")
    }

    /// Fail with plain text.
    #[rpc_method]
    fn grumble(&self, words: String) -> Result<(), String> {
        Err(words)
    }

    /// Fail with a cause.
    #[rpc_method]
    fn explain(&self) -> Result<()> {
        Err(Error::new("cannot cook `eggs`").because(std::io::Error::other("the stove is cold")))
    }

    /// Fail with a fault made by hand.
    #[rpc_method]
    fn fault(&self, code: i32, message: String, data: Option<Value>) -> Result<(), Fault> {
        let fault = Fault::new(code, message);
        Err(match data {
            Some(data) => fault.with_data(data),
            None => fault,
        })
    }

    /// Fail: the daemon stops, for this reason.
    #[rpc_method]
    fn give_up(&self, reason: String, context: &mut Context) -> bool {
        context.fail(reason);
        context.fail("and for another one");
        true
    }

    /// Refuse to reload from now on, for this reason.
    #[rpc_method]
    fn resist(&mut self, reason: Option<String>) {
        self.resistance = reason;
    }

    /// Drop the plates.
    #[rpc_method]
    fn panic(&self, words: String) -> bool {
        panic!("{words}")
    }

    /// Drop the plates, with a reply pending.
    #[rpc_method]
    fn panic_later(&self, reply: Reply<String>) {
        drop_plates(&reply);
        reply.send("never".to_owned());
    }

    /// Drop the plates in a task that runs later.
    #[rpc_method]
    fn panic_in_task(&self, context: &mut Context) -> bool {
        context.after(Duration::ZERO, |_: &mut Kitchen, _| panic!("the task dropped the plates"));
        true
    }

    // Late replies.

    /// Answer after some milliseconds.
    #[rpc_method]
    fn later(&self, milliseconds: u64, reply: Reply<String>, context: &mut Context) {
        let delay = Duration::from_millis(milliseconds);
        context.after(delay, move |_: &mut Kitchen, _| reply.send("ready".to_owned()));
    }

    /// Answer when `kitchen.release` is called.
    #[rpc_method]
    fn park(&mut self, reply: Reply<Value>) {
        self.parked.push(reply);
    }

    /// Answer all parked calls.
    #[rpc_method]
    fn release(&mut self, value: Value) -> usize {
        let parked = std::mem::take(&mut self.parked);
        let count = parked.len();
        parked.into_iter().for_each(|reply| reply.send(value.clone()));
        count
    }

    /// Drop all parked calls.
    #[rpc_method]
    fn forget(&mut self) -> usize {
        let count = self.parked.len();
        self.parked.clear();
        count
    }

    /// Reply how many calls are parked.
    #[rpc_method]
    fn waiting(&self) -> usize {
        self.parked.len()
    }

    /// Answer from another thread.
    #[rpc_method]
    fn elsewhere(&self, value: Value, reply: Reply<Value>) {
        std::thread::spawn(move || reply.send(value));
    }

    /// Fail later, with a typed fault.
    #[rpc_method]
    fn refuse_later(&self, reply: Reply<()>, context: &mut Context) {
        context.after(Duration::from_millis(1), move |_: &mut Kitchen, _| {
            reply.fail(Fault::new(9, "not today"));
        });
    }

    /// Answer within the call, by a reply.
    #[rpc_method]
    fn at_once(&self, reply: Reply<String>) {
        reply.send("at once".to_owned());
    }

    /// Block the whole daemon until the other end of a FIFO is opened and closed.
    #[rpc_method]
    fn hold(&self, fifo: PathBuf) -> std::io::Result<()> {
        wait_at(&fifo)
    }

    // Access rules.

    /// Only for the owner.
    #[rpc_method(allow(owner))]
    fn for_owner(&self) -> bool {
        true
    }

    /// Only for the superuser.
    #[rpc_method(allow(root))]
    fn for_root(&self) -> bool {
        true
    }

    /// Only for nobody.
    #[rpc_method(allow(uid = 65534))]
    fn for_nobody(&self) -> bool {
        true
    }

    /// Only for a group.
    #[rpc_method(allow(gid = 54321))]
    fn for_group(&self) -> bool {
        true
    }

    /// For users with a name.
    #[rpc_method(allow(user = "root", group = "root"))]
    fn for_named(&self) -> bool {
        true
    }

    /// Reply who calls.
    #[rpc_method]
    fn whoami(&self, context: &mut Context) -> Option<Guest> {
        context.caller().map(|caller| Guest {
            uid: caller.uid(),
            gid: caller.gid(),
            pid: caller.pid(),
            address: caller.address().map(|address| address.to_string()),
        })
    }

    /// Reply the daemon's state, from its context.
    #[rpc_method]
    fn about(&self, context: &mut Context) -> (String, usize) {
        (context.name().to_owned(), context.connections())
    }

    // Requests to the daemon.

    /// Hang up on the caller, after this reply.
    #[rpc_method]
    fn goodbye(&self, context: &mut Context) -> String {
        if let Some(connection) = context.caller().map(Caller::connection) {
            context.hang_up(connection);
        }
        "goodbye".to_owned()
    }

    /// Stop the daemon.
    #[rpc_method]
    fn close(&self, context: &mut Context) -> bool {
        context.stop();
        true
    }

    /// Reload the daemon.
    #[rpc_method]
    fn refresh(&self, context: &mut Context) -> bool {
        context.reload();
        true
    }

    /// Reply everything that was heard, oldest first.
    #[rpc_method]
    fn heard(&self) -> Vec<String> {
        self.heard.clone()
    }

    /// Reply how many turns the loop has made.
    #[rpc_method]
    fn turns(&self) -> u64 {
        self.turns
    }

    /// Listen to SIGUSR2 from now on.
    #[rpc_method]
    fn listen(&self, context: &mut Context) -> bool {
        context.on(EventKind::Signal(Signal::SIGUSR2), |kitchen: &mut Kitchen, _, _| {
            kitchen.heard.push("SIGUSR2 at run time".to_owned());
        });
        true
    }

    /// Count at this interval, in milliseconds.
    #[rpc_method]
    fn tick(&self, milliseconds: u64, context: &mut Context) -> bool {
        context.every(Duration::from_millis(milliseconds), |kitchen: &mut Kitchen, _| kitchen.ticks += 1);
        true
    }

    /// Reply how often it has counted.
    #[rpc_method]
    fn ticks(&self) -> u64 {
        self.ticks
    }

    // Events.

    fn setup(&mut self, context: &mut Context) -> Result<()> {
        self.may_give_up("setup", context);
        self.heard.push("setup".to_owned());
        if let Some(fifo) = &self.hold_setup {
            wait_at(fifo)?;
        }
        if let Some(words) = &self.panic_setup {
            panic!("{words}");
        }
        match &self.fail_setup {
            Some(words) => Err(Error::new(words.clone())),
            None => Ok(()),
        }
    }

    fn teardown(&mut self, context: &mut Context) -> Result<()> {
        self.may_give_up("teardown", context);
        if let Some(path) = &self.farewell {
            let mut file = OpenOptions::new().create(true).append(true).open(path)?;
            writeln!(file, "teardown")?;
        }
        match &self.fail_teardown {
            Some(words) => Err(Error::new(words.clone())),
            None => Ok(()),
        }
    }

    #[on(start)]
    fn started(&mut self, context: &mut Context) {
        self.may_give_up("start", context);
        self.heard.push("start".to_owned());
    }

    #[on(stop)]
    fn stopping(&mut self, event: &Event) {
        eprintln!("the kitchen closes: {event:?}");
    }

    #[on(reload)]
    fn reloaded(&mut self) -> Result<()> {
        self.heard.push("reload".to_owned());
        self.resistance.clone().map_or(Ok(()), |reason| Err(reason.into()))
    }

    #[on(connect)]
    fn connected(&mut self, event: &Event, context: &mut Context) {
        let known = matches!(event, Event::Connect(caller) if Some(caller) == context.caller());
        self.heard.push(format!("connect {known}"));
    }

    #[on(hang_up)]
    fn hung_up(&mut self, event: &Event) {
        self.heard.push(format!("hang up {}", matches!(event, Event::HangUp(_))));
    }

    #[on(turn)]
    fn turned(&mut self) {
        self.turns += 1;
    }

    #[on_signal(SIGUSR1, SIGHUP, SIGWINCH)]
    fn signalled(&mut self, event: &Event, _context: &mut Context) {
        if let Event::Signal(signal) = event {
            self.heard.push(signal.to_string());
        }
    }

    #[on_signal(SIGALRM)]
    fn alarmed(&mut self) -> Result<()> {
        Err(Error::new("the kitchen is on fire"))
    }
}

impl Kitchen {
    fn may_give_up(&self, place: &str, context: &mut Context) {
        if self.give_up_in.as_deref() == Some(place) {
            context.fail(format!("given up in {place}"));
        }
    }
}

/// Waits until the other end of a FIFO is opened, and closed.
fn wait_at(fifo: &Path) -> std::io::Result<()> {
    File::open(fifo)?.read_to_end(&mut Vec::new()).map(|_| ())
}

fn drop_plates(reply: &Reply<String>) {
    panic!("the plates of {reply:?} are broken");
}

fn main() -> ExitCode {
    daemon_core::main::<Kitchen>()
}
