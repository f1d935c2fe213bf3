#![allow(unused)]

use daemon_core::prelude::*;

#[derive(Default)]
struct Opaque;

#[daemon]
#[derive(Default)]
struct Echo {
    #[flag]
    what: Opaque,
}

fn main() {}
