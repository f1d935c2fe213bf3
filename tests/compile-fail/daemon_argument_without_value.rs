#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(name)]
#[derive(Default)]
struct Echo {}

fn main() {}
