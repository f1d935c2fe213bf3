//! Handlers that send items, and cannot.

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn borrowed(&mut self, subscription: &Subscription<u64>) {}

    #[rpc_method]
    fn untyped(&mut self, subscription: Subscription) {}

    #[rpc_method]
    fn two(&mut self, first: Subscription<u64>, second: Subscription<u64>) {}

    #[rpc_method]
    fn both(&mut self, reply: Reply<u64>, subscription: Subscription<u64>) {}

    #[rpc_method]
    fn returns(&mut self, subscription: Subscription<u64>) -> u64 {
        0
    }

    #[rpc_method]
    fn returns_both(&mut self, subscription: Subscription<u64>) -> Result<u64> {
        Ok(0)
    }

    #[rpc_method(thread, timeout = "5s")]
    fn hurried(subscription: Subscription<u64>) {}

    #[rpc_method(worker = "pool")]
    fn pooled(subscription: Subscription<u64>) {}
}

#[worker]
#[derive(Default)]
struct Hands {}

#[worker]
impl Hands {
    #[rpc_method]
    fn watch(&mut self, subscription: Subscription<u64>) {}
}

fn main() {}
