/// Say something else.
#[rpc_method(daemon = crate::Echo, name = "my.extra", allow(owner))]
pub fn extra(state: &mut crate::Echo, message: &str, context: &mut Context) -> String {
    format!("{message} {}", state.count())
}

#[rpc_method(daemon = Echo)]
fn count(state: &Echo) -> u64 {
    state.served
}
