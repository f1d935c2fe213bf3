#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method(timeout = "5s")]
    fn a(&self) {}

    #[rpc_method(worker = "pool", timeout = "soon")]
    fn b() {}

    #[rpc_method(worker = pool)]
    fn c() {}

    #[rpc_method(worker = "")]
    fn d() {}

    #[rpc_method(worker = "pool")]
    fn e(n: u64, reply: Reply<u64>) {}

    #[rpc_method(worker = "pool")]
    async fn f() {}

    #[rpc_method(worker = "pool")]
    #[on(start)]
    fn g() {}

    #[rpc_method(worker = "pool", timeout = "0s")]
    fn h(other: &Other, #[param(default = 1)] config: &Self) {}
}

struct Other;

fn main() {}
