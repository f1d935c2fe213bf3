#![allow(unused)]

use daemon_core::prelude::*;

#[worker]
#[derive(Default)]
struct Copier {}

#[worker]
impl Copier {
    #[rpc_method(worker = "pool")]
    fn a(&self) {}

    #[rpc_method(timeout = "5s")]
    fn b(&self) {}

    #[rpc_method(daemon = Echo)]
    fn c(&self) {}
}

fn main() {}
