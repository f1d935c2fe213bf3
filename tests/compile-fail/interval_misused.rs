#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[every(30)]
    fn a(&mut self) {}

    #[every("half an hour")]
    fn b(&mut self) {}

    #[every("0s")]
    fn c(&mut self) {}

    #[every]
    fn d(&mut self) {}

    #[every(self.period)]
    fn e(&mut self) {}

    #[every(period())]
    fn f(&mut self) {}
}

fn main() {}
