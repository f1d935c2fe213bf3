#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn echo(&self, #[param(default = "two")] times: u8) {}
}

fn main() {}
