//! Runs its timers once, for cron. What it did is in its journal.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use daemon_core::Program;
use daemon_core::prelude::*;

/// Does what is due.
#[daemon(name = "cron", cycle, pool(name = "mint", count = 1))]
#[derive(Default)]
struct Cron {
    /// Where to write what was done
    #[flag(default = "journal")]
    journal: PathBuf,
    /// What the thread, the worker and the program read before they end
    #[flag]
    wait_for: Option<PathBuf>,
    /// What the first timer reads before it ends
    #[flag]
    hold: Option<PathBuf>,
    /// Which timers fail
    #[flag]
    fail: Vec<String>,
}

#[daemon]
impl Cron {
    fn setup(&mut self, context: &mut Context) -> Result<()> {
        // Neither becomes due, nor keeps the cycle from its end.
        context.every(std::time::Duration::from_secs(3600), |_: &mut Cron, _| ());
        self.note(if context.is_cycle() { "setup of a cycle" } else { "setup" })
    }

    #[every("1h")]
    fn sweep(&mut self) -> Result<()> {
        read(self.hold.as_ref());
        self.done("sweep")
    }

    /// Goes on in a thread.
    #[every("30s")]
    fn relay(&mut self, context: &mut Context) -> Result<()> {
        let (handle, file): (Handle<Self>, _) = (context.handle(), self.wait_for.clone());
        thread::spawn(move || {
            read(file.as_ref());
            handle.run(|cron, context| {
                if let Err(error) = cron.done("relayed") {
                    context.fail(error);
                }
            })
        });
        self.done("relay")
    }

    /// Goes on in a worker.
    #[every("5min")]
    fn mint(&mut self, context: &mut Context) -> Result<()> {
        context.worker("mint").call("coin", &[&self.wait_for]).then(
            |cron: &mut Cron, coin: Result<u64, Fault>, context| {
                if let Err(error) = cron.note(&format!("minted {coin:?}")) {
                    context.fail(error);
                }
            },
        );
        self.done("mint")
    }

    /// Goes on in another program.
    #[every("1day")]
    fn backup(&mut self, context: &mut Context) -> Result<()> {
        let program = match &self.wait_for {
            Some(file) => Program::new("cat").args([file]),
            None => Program::new("true"),
        };
        context.spawn(program, |cron: &mut Cron, status, _| {
            let _ = cron.note(&format!("backed up: {}", status.success()));
        })?;
        self.done("backup")
    }

    /// Return a coin, when the file ends.
    #[rpc_method(worker = "mint")]
    fn coin(wait_for: Option<PathBuf>) -> u64 {
        read(wait_for.as_ref());
        7
    }

    fn teardown(&mut self) -> Result<()> {
        self.note("teardown")
    }

    fn done(&self, name: &str) -> Result<()> {
        self.note(name)?;
        match self.fail.iter().any(|failing| failing == name) {
            true => Err(format!("{name} is out of order").into()),
            false => Ok(()),
        }
    }

    fn note(&self, line: &str) -> Result<()> {
        let mut journal = OpenOptions::new().create(true).append(true).open(&self.journal)?;
        Ok(writeln!(journal, "{line}")?)
    }
}

/// Reads a file to its end, which may take long.
fn read(file: Option<&PathBuf>) {
    if let Some(file) = file {
        let _ = std::fs::read(file);
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Cron>()
}
