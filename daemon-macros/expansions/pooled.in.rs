#[daemon(
    workers(Copier, inner::Primes),
    pool(name = "pool", count = 4, nice = 10, timeout = "5s", stop_grace = "500ms"),
    pool(name = "calm", min_uptime = "2s", backoff("10ms", "1min")),
    pool(name = "all", count = "cores")
)]
#[derive(Default)]
struct Office {
    #[flag]
    step: u64,
}

#[daemon]
impl Office {
    /// Something that takes long.
    #[rpc_method(worker = "pool", timeout = "5s", alias = "my.heavy")]
    fn heavy(n: u64, config: &Self) -> u64 {
        n * config.step
    }

    #[rpc_method(worker = "all", name = "my.texts")]
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
    fn nothing() {}

    #[on(worker, message)]
    fn heard(&mut self, event: &Event) {}
}

#[rpc_method(daemon = crate::Office, worker = "pool")]
fn outside(config: &crate::Office, n: u64) -> u64 {
    config.step + n
}

#[rpc_method(daemon = Office, worker = "pool", timeout = "1s")]
fn without(text: &str) -> usize {
    text.len()
}

#[daemon(workers())]
#[derive(Default)]
struct Alone;
