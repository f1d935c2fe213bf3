#[daemon]
impl Clock {
    #[on_signal(SIGHUP, SIGUSR1)]
    fn reload(&mut self, daemon: &mut Context) {
        daemon.reload();
    }

    #[on(start, hang_up)]
    fn watch(&self, event: &Event) -> Result<(), Error> {
        Ok(())
    }

    #[on(turn)]
    fn turn(&mut self, context: &mut Context, event: &Event) {}

    #[every("30s")]
    #[every("1h 250ms")]
    #[on(stop)]
    fn tidy(&mut self) {}

    #[every(pause)]
    #[every(settings.period)]
    fn measure(&mut self) {}

    #[every("1min")]
    #[rpc_method]
    fn report(&mut self, context: &mut Context) {}

    fn setup(&mut self, context: &mut Context) -> Result<()> {
        Ok(())
    }

    fn teardown(&mut self) {}
}
