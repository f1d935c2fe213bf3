#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    fn setup(&mut self, name: String) {}

    async fn teardown(&mut self) {}
}

fn main() {}
