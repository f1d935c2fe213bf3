#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method(name = "status")]
    fn state(&self) {}

    #[rpc_method(aliases("halt", "stop"))]
    fn end(&self) {}

    #[rpc_method(name = "call", call_only)]
    fn call(&self) {}

    #[rpc_method(name = "methods", hidden)]
    fn methods(&self) {}
}

fn main() {}
