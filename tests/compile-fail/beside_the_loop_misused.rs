//! Methods beside the loop that want what belongs to it.

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method(thread)]
    fn state(&mut self) {}

    #[rpc_method(thread)]
    fn context(context: &mut Context) {}

    #[rpc_method(thread)]
    fn reply(reply: Reply<u64>) {}

    #[rpc_method(thread)]
    fn borrowed(text: &str) {}

    #[rpc_method(thread)]
    fn handle(handle: &Handle<Self>) {}

    #[rpc_method(thread, worker = "pool")]
    fn pooled() {}

    #[rpc_method(thread)]
    #[every("1s")]
    fn timer() {}
}

fn main() {}
