#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Meter {
    seconds: u64,
    settings: Settings,
}

#[derive(Default)]
struct Settings {
    pause: Option<Span>,
}

#[daemon]
impl Meter {
    #[every(seconds)]
    fn read(&mut self) {}

    #[every(settings.pause)]
    fn send(&mut self) {}
}

fn main() {}
