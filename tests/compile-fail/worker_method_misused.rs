#![allow(unused)]

use daemon_core::prelude::*;

#[worker]
#[derive(Default)]
struct Copier {}

#[worker]
impl Copier {
    #[rpc_method]
    async fn a(&self) {}

    #[rpc_method]
    fn b(n: u64) {}

    #[rpc_method]
    fn c(self) {}

    #[rpc_method(name = "worker.list")]
    fn d(&self) {}

    #[flag]
    fn e(&self) {}
}

fn main() {}
