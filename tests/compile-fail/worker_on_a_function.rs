#![allow(unused)]

use daemon_core::prelude::*;

#[worker]
fn free(n: u64) -> u64 {
    n
}

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[worker]
    fn heavy(&self, n: u64) -> u64 {
        n
    }
}

fn main() {}
