#![allow(unused)]

use daemon_core::prelude::*;

#[worker(recycle(calls = 0, memory = "200", age = "0s"))]
#[derive(Default)]
struct A {}

#[worker(recycle)]
#[derive(Default)]
struct B {}

#[daemon(pool(name = "pool", recycle(after = 1000, calls = "many", memory = "0MiB")))]
#[derive(Default)]
struct C {}

fn main() {}
