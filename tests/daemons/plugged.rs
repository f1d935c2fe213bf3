//! A daemon with two plugins, which do all that plugins can; and one whose plugin has a flag of its own.

#![allow(clippy::panic, reason = "a method that panics")]

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use daemon_core::prelude::*;

/// Keeps a log.
#[daemon(name = "plugged")]
#[derive(Default)]
pub struct Plugged {
    noted: Vec<String>,
}

#[daemon]
impl Plugged {
    fn setup(&mut self) {
        self.noted.push("setup".to_owned());
    }

    /// Reply what has happened.
    #[rpc_method]
    fn noted(&self) -> &[String] {
        &self.noted
    }

    fn teardown(&mut self) {
        self.noted.push("teardown".to_owned());
    }
}

/// Counts what is called.
#[plugin(name = "meter", daemon = Plugged)]
#[derive(Default)]
struct Meter {
    /// How often to tick
    #[flag(short, default = "1h")]
    pace: Span,
    /// Where to write what has happened
    #[flag]
    diary: Option<PathBuf>,
    /// Whether to refuse the start
    #[flag]
    refuse: bool,
    count: u64,
    ticks: u64,
    closed: bool,
}

#[plugin]
impl Meter {
    fn setup(&mut self, plugged: &mut Plugged) -> Result<(), String> {
        plugged.noted.push("setup of the meter".to_owned());
        if self.refuse { Err("as asked".to_owned()) } else { Ok(()) }
    }

    #[before_call]
    fn admit(&self, call: &BeforeCall<'_>) -> Result<(), Fault> {
        match self.closed && call.method() == "plugged.noted" {
            true => Err(Fault::new(9, "closed")),
            false => Ok(()),
        }
    }

    #[after_call]
    fn note(&mut self, call: &AfterCall) {
        if call.method() == "plugged.noted" {
            self.count += 1;
        }
    }

    /// Reply how often it was asked what has happened.
    #[rpc_method(alias = "count", allow(owner))]
    fn count(&self) -> u64 {
        self.count
    }

    /// Refuse to tell.
    #[rpc_method(rate = "2/h")]
    fn close(&mut self, plugged: &Plugged, closed: bool) -> usize {
        self.closed = closed;
        plugged.noted.len()
    }

    /// Count so much, and panic.
    #[rpc_method]
    fn fall(&mut self, by: u64) {
        self.count += by;
        panic!("as asked");
    }

    /// Count on, later.
    #[rpc_method]
    fn later(&mut self, reply: Reply<u64>, context: &mut Context) {
        context.after(Duration::ZERO, |meter: &mut Meter, _| {
            meter.count += 1;
            reply.send(meter.count);
        });
    }

    /// Count on, in a thread.
    #[rpc_method(thread)]
    fn beside(handle: Handle<Self>, other: Handle<Plugged>) -> Result<u64> {
        other.run(|plugged, _| plugged.noted.push("from a thread".to_owned()))?;
        handle
            .with(|meter, _| {
                meter.count += 1;
                meter.count
            })
            .wait()
    }

    /// Send numbers up to the count.
    #[rpc_method]
    fn numbers(&self, subscription: Subscription<u64>) {
        for number in 0..self.count {
            let _ = subscription.send(&number);
        }
    }

    /// Tick more or less often.
    #[rpc_method]
    fn pace(&mut self, pace: Span, context: &mut Context) {
        self.pace = pace;
        context.reload();
    }

    /// Reply how often it has ticked.
    #[rpc_method]
    fn ticks(&self) -> u64 {
        self.ticks
    }

    #[every(pace)]
    fn tick(&mut self) {
        self.ticks += 1;
    }

    fn teardown(&mut self, plugged: &mut Plugged) -> Result<()> {
        plugged.noted.push("teardown of the meter".to_owned());
        if let Some(diary) = &self.diary {
            fs::write(diary, plugged.noted.join("\n"))?;
        }
        Ok(())
    }
}

/// Has nothing but hooks.
#[plugin(daemon = Plugged)]
#[derive(Default)]
struct Second {}

#[plugin]
impl Second {
    fn setup(&self, plugged: &mut Plugged, context: &mut Context) {
        plugged.noted.push(format!("setup of the second in {}", context.name()));
    }

    #[on(start)]
    fn started(&self, plugged: &mut Plugged) {
        plugged.noted.push("start".to_owned());
    }

    fn teardown(&self, plugged: &mut Plugged) {
        plugged.noted.push("teardown of the second".to_owned());
    }
}

/// Has a flag that its plugin has as well.
#[daemon(name = "alike")]
#[derive(Default)]
struct Alike {
    /// How fast
    #[flag(short = 'p')]
    pace: Option<u64>,
}

#[daemon]
impl Alike {}

#[plugin(daemon = Alike)]
#[derive(Default)]
struct Prober {
    /// How often
    #[flag(short = 'p')]
    period: Option<u64>,
}

#[plugin]
impl Prober {}

fn main() -> ExitCode {
    daemon_core::suite("plugged").add::<Plugged>().add::<Alike>().main()
}
