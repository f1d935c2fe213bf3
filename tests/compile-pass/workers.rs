//! Workers and pools in all the ways that they may be written.

use std::path::PathBuf;

use daemon_core::prelude::*;

/// Copies a file every ten seconds.
#[worker(name = "handyman", every = "10s", restart = "always")]
#[derive(Default)]
struct Copier {
    /// What to copy
    #[flag(default = "test.txt")]
    file: PathBuf,
    copy: PathBuf,
}

#[worker]
impl Copier {
    fn spinup(&mut self) -> Result<()> {
        self.copy = self.file.with_extension("copy");
        Ok(())
    }

    fn tick(&mut self, context: &mut Context) -> std::io::Result<()> {
        context.progress(std::fs::copy(&self.file, &self.copy)?, 0);
        Ok(())
    }

    fn spindown(&mut self) {}

    /// Change the output file name.
    #[rpc_method]
    fn changename(&mut self, name: String) -> bool {
        self.copy = PathBuf::from(name);
        true
    }

    #[rpc_method(name = "copies.later", hidden)]
    fn later(&mut self, from: Option<&str>, reply: Reply<u64>, context: &mut Context) {
        context.emit("later", &from);
        reply.send(0);
    }

    #[on(start, stop, reload, turn, pause, resume)]
    #[on_signal(SIGUSR1)]
    fn listen(&mut self, _event: &Event) {}

    #[every("1min")]
    fn tidy(&mut self) {}

    /// A hook of a daemon is an ordinary function in a worker.
    #[allow(dead_code)]
    fn setup(_: u8) {}
}

mod inner {
    use daemon_core::prelude::*;

    /// A worker with all that can be set.
    #[worker(
        every = "1h",
        restart = "on-failure",
        optional,
        count = "cores",
        nice = -5,
        heartbeat = "10ms",
        call_timeout = "5s",
        start_timeout = "30s",
        stop_grace = "0s",
        min_uptime = "0s",
        backoff("100ms", "30s"),
        intensity(10, "1min"),
        memory = "named"
    )]
    #[derive(Default)]
    pub(crate) struct PrimeFinder;

    #[worker]
    impl PrimeFinder {}

    #[cfg(any())]
    #[worker]
    #[derive(Default)]
    pub(crate) struct Absent;

    #[worker]
    #[cfg(any())]
    impl Absent {}
}

/// A daemon with both.
#[daemon(
    workers(Copier, inner::PrimeFinder),
    pool(name = "pool", count = 4, nice = 10, timeout = "5s", stop_grace = "5s", min_uptime = "1s", backoff("1ms", "1s")),
    pool(name = "cores", count = "cores")
)]
#[derive(Default)]
struct Office {
    #[flag(default = "1")]
    step: u64,
}

#[daemon]
impl Office {
    /// Something that takes long.
    #[rpc_method(worker = "pool", timeout = "5s", alias = "heavy")]
    fn heavy(n: u64, config: &Self) -> u64 {
        n * config.step
    }

    #[rpc_method(worker = "other")]
    fn plain() {}

    #[rpc_method(worker = "cores", name = "my.texts")]
    fn texts(
        text: &str,
        other: Option<&str>,
        #[param(default = 2)] times: usize,
        context: &mut Context,
        office: &Office,
    ) -> Result<Vec<String>> {
        context.progress(office.step, 1);
        Ok(vec![text.repeat(times), other.unwrap_or_default().to_owned()])
    }

    #[rpc_method(worker = "pool")]
    fn borrowed(office: &Office) -> &u64 {
        &office.step
    }

    #[rpc_method]
    fn rename(&mut self, name: &str, reply: Reply<bool>, context: &mut Context) {
        context.worker("handyman").call("changename", &[name]).reply_to(reply);
    }

    #[on(worker, message, progress)]
    fn heard(&mut self, event: &Event) {
        if let Event::Worker(WorkerChange { state: WorkerState::Failed, .. }) = event {
            self.step += 1;
        }
    }

    #[allow(dead_code)]
    fn tick(&self) {}
}

#[rpc_method(daemon = Office, worker = "pool")]
fn outside(config: &Office, n: u64) -> u64 {
    config.step + n
}

#[rpc_method(daemon = Office, worker = "pool", timeout = "1s")]
fn without(text: &str) -> usize {
    text.len()
}

/// A daemon without workers, although the program has some.
#[daemon(workers())]
#[derive(Default)]
struct Alone;

#[daemon]
impl Alone {}

fn main() {
    use daemon_core::__private::{Describe, DescribeWorker, Registered, inventory};

    let mut found: Vec<_> = inventory::iter::<Registered>().collect();
    found.sort_by_key(|registered| registered.place);
    let names: Vec<_> = found.iter().map(|registered| registered.worker_type.spec().name).collect();
    assert_eq!(names, ["handyman", "prime-finder"]);
    let listed: Vec<_> = Office::WORKERS.unwrap().iter().map(|worker_type| worker_type.spec().name).collect();
    assert_eq!(listed, names);
    assert_eq!(Alone::WORKERS.map(<[_]>::len), Some(0));
    assert_eq!(Office::POOLS.len(), 2);
    assert_eq!(inner::PrimeFinder::SPEC.nice, Some(-5));
}
