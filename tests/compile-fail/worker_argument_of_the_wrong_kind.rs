#![allow(unused)]

use daemon_core::prelude::*;

#[worker(every = 10, count = "all", optional = true, backoff("1s"), intensity("1min", 10), memory("named"))]
#[derive(Default)]
struct A {}

#[worker(every = "soon", restart = "alway", memory = "shared", backoff = "1s", stop_grace("1s"), evry = "1s")]
#[derive(Default)]
struct B {}

fn main() {}
