#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    #[example(params("two"), result = 2)]
    fn echo(&self, times: u8) -> u8 {
        times
    }
}

fn main() {}
