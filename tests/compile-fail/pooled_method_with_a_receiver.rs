#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method(worker = "pool")]
    fn a(&mut self, n: u64) -> u64 {
        n
    }

    #[rpc_method(worker = "pool")]
    fn b(&self) {}

    #[rpc_method(worker = "pool")]
    fn c(config: &mut Self) {}

    #[rpc_method(worker = "pool")]
    fn d(self) {}
}

fn main() {}
