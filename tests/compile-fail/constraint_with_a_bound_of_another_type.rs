#![allow(unused)]

use daemon_core::prelude::*;

const MOST: i64 = 5;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self, #[param(range(max = 300))] count: u8) {}

    #[rpc_method]
    fn b(&self, #[param(range(max = MOST))] count: u32) {}

    #[rpc_method]
    fn c(&self, #[param(length(max = MOST))] name: &str) {}
}

fn main() {}
