#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    #[example(params(1, 2, 3), result = 3)]
    #[example(params(1), result = 3)]
    #[example(params(1, 2))]
    #[example(params = 1, result = 3)]
    #[example(parms(1, 2), result = 3)]
    fn add(&self, a: u8, b: u8) -> u8 {
        a + b
    }

    #[rpc_method]
    #[example(result = 5)]
    fn nothing(&self) {}

    #[rpc_method]
    #[example(result = 5)]
    fn items(&self, items: Subscription<u8>) {}

    #[example(params(1))]
    fn plain(&self, a: u8) {}
}

fn main() {}
