#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {}

#[daemon(more)]
impl Echo {
    fn setup(&mut self) {}

    fn teardown(&mut self) {}

    #[on(start, daemon = Echo)]
    fn started(&mut self) {}

    #[rpc_method(daemon = Echo)]
    fn echo(&self) {}
}

#[daemon(more = "files")]
impl Echo {
    #[every(day)]
    fn daily(&mut self) {}
}

#[daemon(client = EchoClient, block = "files")]
impl Echo {
    #[rpc_method]
    fn files(&self) {}
}

#[worker]
#[derive(Default)]
struct Hands {}

#[worker]
impl Hands {}

#[worker(more)]
impl Hands {}

fn main() {}
