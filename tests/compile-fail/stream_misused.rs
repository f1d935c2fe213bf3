#![allow(unused)]

use daemon_core::prelude::*;

trait Stream {
    type Item;
}

struct Numbers;

impl Stream for Numbers {
    type Item = u64;
}

#[daemon(name = "echo")]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn off() -> impl Stream<Item = u64> {
        Numbers
    }

    #[rpc_method]
    #[example(result = 1)]
    fn foreseen() -> impl Stream<Item = u64> {
        Numbers
    }

    #[rpc_method(thread, timeout = "1s")]
    async fn twice(&self, text: &str) -> impl Stream<Item = u64> {
        Numbers
    }

    #[rpc_method(worker = "pool")]
    fn pooled() -> impl Stream<Item = u64> {
        Numbers
    }

    #[rpc_method]
    fn other(&self) -> impl Iterator<Item = u64> {
        0..1
    }
}

#[worker(name = "hands")]
#[derive(Default)]
struct Hands {}

#[worker]
impl Hands {
    #[rpc_method]
    fn count(&self) -> impl Stream<Item = u64> {
        Numbers
    }
}

fn main() {}
