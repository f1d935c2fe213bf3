#![allow(unused)]

use daemon_core::prelude::*;

#[worker]
#[derive(Default)]
struct Copier {}

#[worker]
impl Copier {
    #[on(start, connect, hang_up, worker, message, progress, pauze)]
    fn heard(&mut self) {}
}

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[on(worker, pause, resume)]
    fn heard(&mut self) {}
}

fn main() {}
