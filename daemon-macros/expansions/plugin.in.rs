/// Counts.
///
/// All of it.
#[plugin(name = "metrics", daemon = vault::Vault)]
#[derive(Default)]
struct Metrics {
    /// How often to count
    #[flag(default = "1s")]
    period: Duration,
    counted: u64,
}

#[plugin(client = MetricsClient)]
impl Metrics {
    /// Reply the count.
    #[rpc_method]
    fn counted(&self) -> u64 {
        self.counted
    }

    #[rpc_method]
    fn keep(&mut self, name: String, vault: &mut Vault, context: &mut Context) -> Result<usize, Refused> {
        vault.keep(name)
    }

    #[rpc_method(thread)]
    fn later(handle: Handle<Self>) {}

    #[on(start)]
    fn started(&mut self, vault: &Vault, event: &Event) {}

    #[every(period)]
    fn count(&mut self) -> Result<()> {
        Ok(())
    }

    #[before_call]
    fn admit(&self, call: &BeforeCall, context: &mut Context) -> Result<(), Fault> {
        Ok(())
    }

    fn setup(&mut self, vault: &mut Vault) {}
}
