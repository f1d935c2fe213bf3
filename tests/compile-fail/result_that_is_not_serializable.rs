#![allow(unused)]

use daemon_core::prelude::*;

struct Opaque;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self) -> Opaque {
        Opaque
    }
}

fn main() {}
