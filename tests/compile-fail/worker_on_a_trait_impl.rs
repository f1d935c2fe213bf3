#![allow(unused)]

use daemon_core::prelude::*;

#[worker]
#[derive(Default)]
struct Copier {}

#[worker]
impl Clone for Copier {
    fn clone(&self) -> Self {
        Copier {}
    }
}

fn main() {}
