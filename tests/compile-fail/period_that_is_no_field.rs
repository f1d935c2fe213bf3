#![allow(unused)]

use std::time::Duration;

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Meter {
    period: Duration,
}

#[daemon]
impl Meter {
    #[every(perid)]
    fn read(&mut self) {}
}

fn main() {}
