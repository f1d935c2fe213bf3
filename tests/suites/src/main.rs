//! A suite of three daemons, for tests.

// What it prints is what the tests look for.
#![allow(clippy::print_stdout)]

use std::process::ExitCode;

use daemon_core::prelude::*;

/// I know all.
#[daemon(name = "kernel", workers())]
#[derive(Default)]
struct Kernel {
    reloads: u32,
}

#[daemon(client = KernelClient)]
impl Kernel {
    /// Reply the message.
    #[rpc_method]
    fn echo(&self, message: &str) -> String {
        message.to_owned()
    }

    /// What is my suite, and which instance am I?
    #[rpc_method]
    fn whoami(&self, daemon: &mut Context) -> Vec<Option<String>> {
        [daemon.suite(), daemon.instance()].map(|name| name.map(str::to_owned)).to_vec()
    }

    /// How often has it reloaded?
    #[rpc_method]
    fn reloads(&self) -> u32 {
        self.reloads
    }

    /// Fail.
    #[rpc_method]
    fn fail(&self) -> Result<(), Fault> {
        Err(Fault::new(1, "it failed"))
    }

    #[on(reload)]
    fn reload(&mut self) {
        self.reloads += 1;
    }
}

/// I do the work that comes up from time to time.
#[daemon(name = "jobs", workers(), needs(Kernel))]
#[derive(Default)]
struct Jobs {
    /// What is said at the start
    #[flag(default = "nothing", env = "JOBS_GREETING")]
    greeting: String,
}

#[daemon]
impl Jobs {
    fn setup(&mut self, _: &mut Context) -> Result<()> {
        println!("I say {}", self.greeting);
        Ok(())
    }
}

/// I am not always needed.
#[daemon(name = "extra", workers(), needs(Kernel))]
#[derive(Default)]
struct Extra {}

#[daemon]
impl Extra {}

fn main() -> ExitCode {
    daemon_core::suite("trio").add::<Kernel>().add::<Jobs>().add::<Extra>().optional().main()
}
