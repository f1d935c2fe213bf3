#![allow(unused)]

use daemon_core::prelude::*;

#[rpc_type]
struct Colour {
    red: u8,
}

type Name = String;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self, #[param(range(min = 1))] name: Name) {}

    #[rpc_method]
    fn b(&self, #[param(length(min = 1))] colour: Colour) {}

    #[rpc_method]
    fn c(&self, #[param(pattern = "^red")] colour: Option<Colour>) {}
}

fn main() {}
