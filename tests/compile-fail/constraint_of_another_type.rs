#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self, #[param(range(min = 1))] name: String, #[param(range(max = 9))] names: Option<Vec<u8>>) {}

    #[rpc_method]
    fn b(&self, #[param(length(min = 1))] count: u8, #[param(length(max = 9))] on: bool) {}

    #[rpc_method]
    fn c(&self, #[param(pattern = "^[0-9]+$")] count: u64, #[param(range(min = 1))] on: bool) {}
}

fn main() {}
