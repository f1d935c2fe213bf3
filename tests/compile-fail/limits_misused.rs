#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(limits(conections = 1, idle = 300, frame = "1MB", drain = "soon", batch, nesting = 129))]
#[derive(Default)]
struct Echo {}

fn main() {}
