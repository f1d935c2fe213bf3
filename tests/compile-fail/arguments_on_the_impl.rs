#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon(name = "echo")]
impl Echo {

}

fn main() {}
