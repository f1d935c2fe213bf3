#![allow(unused)]

use daemon_core::prelude::*;

#[worker(name = "my worker", every = "often", restart = "sometimes", cuont = 4)]
#[derive(Default)]
struct Copier {
    #[flag(short = 'd', default = "")]
    file: String,
    #[on(start)]
    copy: u8,
}

#[worker]
impl Copier {
    async fn spinup(&mut self) {}

    fn tick(&mut self, count: u8) {}

    #[rpc_method(name = "worker.copy", worker = "pool", timeout = 5)]
    fn copy(&self, text: &String, #[param(default = None)] limit: Option<u8>) {}

    #[on(connect, paus)]
    #[every("0s")]
    fn heard() {}
}

fn main() {}
