#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {
    #[metric(conter)]
    a: u64,
    #[metric(name = "9 lives")]
    b: u64,
    #[metric]
    #[metric(counter)]
    c: u64,
    #[metric(name = "c")]
    d: u64,
}

#[settings]
#[derive(Default)]
struct Settings {
    #[metric]
    a: u64,
}

fn main() {}
