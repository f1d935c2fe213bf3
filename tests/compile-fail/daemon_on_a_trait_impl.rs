#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Clone for Echo {
    fn clone(&self) -> Self {
        Echo {}
    }
}

fn main() {}
