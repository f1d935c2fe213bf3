#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self, #[param(default = 2)] from: u64, below: u64) {}

    #[rpc_method]
    fn b(&self, first: Option<&str>, reply: Reply<u8>, second: u8, third: Option<u8>, fourth: u8, fifth: Option<u8>) {}
}

#[rpc_method(daemon = Echo)]
fn c(state: &mut Echo, one: std::option::Option<u8>, context: &mut Context, other: &str) {}

fn main() {}
