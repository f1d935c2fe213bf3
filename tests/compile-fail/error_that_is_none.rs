#![allow(unused)]

use daemon_core::prelude::*;

struct Opaque;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self) -> std::result::Result<u8, Opaque> {
        Err(Opaque)
    }
}

fn main() {}
