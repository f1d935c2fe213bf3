#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method(worker = "pool")]
    fn a(n: u64) -> Opaque {
        Opaque
    }

    #[rpc_method(worker = "pool")]
    fn b(other: Opaque) {}
}

struct Opaque;

fn main() {}
