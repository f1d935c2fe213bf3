#![allow(unused)]

use daemon_core::prelude::*;

#[worker]
#[derive(Default)]
struct Copier {}

#[worker]
impl Copier {
    async fn spinup(&mut self) {}

    fn tick(&mut self, count: u8) {}

    fn spindown() {}
}

fn main() {}
