/// All that can be set.
#[worker(
    every = "1h 30m",
    restart = "on-failure",
    optional,
    count = "cores",
    nice = -5,
    heartbeat = "10ms",
    call_timeout = "1500ms",
    start_timeout = "30s",
    stop_grace = "0s",
    min_uptime = "1s",
    backoff("100ms", "30s"),
    intensity(10, "1min"),
    memory = "named",
    env("PATH", "LANG")
)]
#[derive(Default)]
struct PrimeFinder;

#[worker]
impl PrimeFinder {}

#[worker(count = 4, restart = "never", memory = "sealed")]
#[cfg(unix)]
#[derive(Default)]
struct Few;

#[worker]
#[cfg(unix)]
impl Few {
    fn spindown(&mut self) {}
}

#[worker(name = "worker", count = 0)]
#[derive(Default)]
struct Wrong;

#[worker(name = "wrong")]
impl Wrong {
    fn tick(&mut self) {}
}
