#[on(connect, hang_up, daemon = Echo)]
fn noted(state: &mut Echo, event: &Event) {}

#[on_signal(SIGUSR1, daemon = Echo)]
#[every("1h")]
fn forget(state: &mut Echo, context: &mut Context) -> Result<()> {
    Ok(())
}

#[after_call(daemon = crate::Echo)]
fn count(state: &mut crate::Echo, call: &AfterCall) {}

#[every(period, daemon = Echo)]
#[rpc_method(daemon = Echo)]
fn scan(state: &mut Echo) {}
