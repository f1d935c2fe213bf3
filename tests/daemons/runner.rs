//! Runs other programs.

use std::collections::HashMap;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitCode, ExitStatus};
use std::time::Duration;

use daemon_core::prelude::*;
use daemon_core::{Program, ProgramId};
use tracing::info;

/// Runs programs.
#[daemon(name = "runner", limits(drain = "200ms"))]
#[derive(Default)]
struct Runner {
    /// Fail at the start, with a program running
    #[flag]
    broken: bool,
    /// What each program has written, by the number of its run.
    written: HashMap<u64, Vec<String>>,
    runs: u64,
    started: Vec<ProgramId>,
}

/// How a program has ended.
#[rpc_type]
struct Ended {
    lines: Vec<String>,
    code: Option<i32>,
    signal: Option<i32>,
}

impl Runner {
    /// Starts a shell that runs a script.
    fn start(
        &mut self,
        script: &str,
        context: &mut Context,
        done: impl FnOnce(&mut Runner, Ended) + 'static,
    ) -> Result<ProgramId> {
        self.runs += 1;
        let run = self.runs;
        let shell = Program::new("sh")
            .args(["-c", script])
            .env("RUN", run.to_string())
            .inherit_env(["PATH"])
            .directory("/")
            .stop_grace(Duration::from_millis(500))
            .lines(move |runner: &mut Runner, line, _| {
                assert_ne!(line.text, "panic", "as asked");
                let from = if line.is_error { "!" } else { "" };
                runner.written.entry(run).or_default().push(format!("{from}{}", line.text));
            });
        context.spawn(shell, move |runner: &mut Runner, status: ExitStatus, _| {
            info!("run {run} has ended");
            let lines = runner.written.remove(&run).unwrap_or_default();
            done(runner, Ended { lines, code: status.code(), signal: status.signal() });
        })
    }
}

/// Starts a program whenever it has ended.
fn always(context: &mut Context) -> Result<()> {
    context.spawn(Program::new("sleep").arg("1000"), |_: &mut Runner, _, context| {
        if let Err(error) = always(context) {
            info!("not started again: {}", error.report());
        }
    })?;
    Ok(())
}

#[daemon]
impl Runner {
    fn setup(&mut self, context: &mut Context) -> Result<()> {
        if self.broken {
            let sleep = Program::new("sleep").arg("1000");
            let id = context.spawn(sleep, |_: &mut Runner, _, _| info!("never seen"))?;
            return Err(daemon_core::Error::new(format!("as asked, with process {}", id.pid())));
        }
        let early = |_: &mut Runner, status, _: &mut Context| info!("early end: {status}");
        let id = context.spawn(Program::new("true"), early)?;
        // It ends before the loop begins.
        while !std::fs::read_to_string(format!("/proc/{}/stat", id.pid()))?.contains(") Z ") {
            std::thread::yield_now();
        }
        Ok(())
    }

    /// Run a program for as long as the daemon runs.
    #[rpc_method]
    fn always(&self, context: &mut Context) -> Result<()> {
        always(context)
    }

    /// Run a script, and return what it has written.
    #[rpc_method]
    fn run(&mut self, script: &str, reply: Reply<Ended, String>, context: &mut Context) {
        match self.start(script, context, |_, ended| reply.send(ended)) {
            Ok(_) => {}
            Err(error) => context.fail(error),
        }
    }

    /// Start a script, and return its process.
    #[rpc_method]
    fn begin(&mut self, script: &str, context: &mut Context) -> Result<i32> {
        let id = self.start(script, context, |runner, ended| {
            runner.written.entry(0).or_default().extend(ended.lines);
            let how = format!("code {:?}, signal {:?}", ended.code, ended.signal);
            runner.written.entry(0).or_default().push(how);
        })?;
        self.started.push(id);
        Ok(id.pid())
    }

    /// What the scripts that have begun and ended have written.
    #[rpc_method]
    fn ended(&self) -> Vec<String> {
        self.written.get(&0).cloned().unwrap_or_default()
    }

    /// Stop all of them.
    #[rpc_method]
    fn stop_all(&mut self, context: &mut Context) {
        self.started.iter().for_each(|id| context.stop_program(*id));
    }

    /// Start a program that may not exist.
    #[rpc_method]
    fn exec(&mut self, name: &str, context: &mut Context) -> Result<()> {
        context.spawn(Program::new(name), |runner: &mut Runner, status, _| {
            runner.written.entry(0).or_default().push(format!("{status}"));
        })?;
        Ok(())
    }

    /// How many lines were written.
    #[rpc_method]
    fn lines(&self) -> usize {
        self.written.values().map(Vec::len).sum()
    }

    /// Fail when a program has ended.
    #[rpc_method]
    fn fail_after(&mut self, script: &str, context: &mut Context) -> Result<()> {
        let program = Program::new("sh").args(["-c", script]);
        context.spawn(program, |_: &mut Runner, status, context| {
            context.fail(format!("it has ended: {status}"))
        })?;
        Ok(())
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Runner>()
}
