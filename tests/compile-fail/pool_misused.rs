#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(pool(name = "pool", count = 2000), pool(name = "pool", nice = -21), pool(count = 4), pool)]
#[derive(Default)]
struct A {}

#[daemon(pool(name = "my pool", timeout = "0s", stop_grace = 5), pool = "pool", pool(), pool(name = 5, size = 4))]
#[derive(Default)]
struct B {}

fn main() {}
