#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self, #[param] count: u8) {}

    #[rpc_method]
    fn b(&self, #[param(default = 1)] count: Option<u8>) {}

    #[rpc_method]
    fn c(&self, #[param(defualt = 1)] count: u8) {}

    #[rpc_method]
    fn d(&self, #[param(default)] count: u8) {}

    fn e(&self, #[param(default = 1)] count: u8) {}
}

fn main() {}
