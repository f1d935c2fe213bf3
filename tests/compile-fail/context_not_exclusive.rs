#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self, context: &Context) {}

    #[rpc_method]
    fn b(&self, context: Context) {}

    #[every("1s")]
    fn c(&self, context: &Context) {}
}

fn main() {}
