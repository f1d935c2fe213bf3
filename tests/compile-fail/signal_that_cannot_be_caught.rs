#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[on_signal(SIGKILL, SIGSEGV)]
    fn listen(&mut self) {}
}

fn main() {}
