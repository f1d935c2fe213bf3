use std::time::{Duration, SystemTime};

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[rpc_type]
struct Job {
    timeout: Option<Duration>,
    #[serde(skip)]
    spent: Duration,
}

#[daemon]
impl Echo {
    #[rpc_method]
    fn wait(&mut self, time: Duration, more: Vec<std::time::Duration>) {}

    #[rpc_method]
    fn since(&mut self, when: SystemTime) -> Duration {
        Duration::ZERO
    }

    #[rpc_method]
    fn later(&mut self, reply: Reply<Duration>) {}

    #[rpc_method]
    fn job(&mut self, job: Job) -> std::result::Result<SystemTime, String> {
        Ok(SystemTime::now())
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
