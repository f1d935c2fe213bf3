#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(limits(conections = 1, idle = 300, frame = "1MB", drain = "soon", batch))]
#[derive(Default)]
struct Echo {}

fn main() {}
