#![allow(unused)]

use daemon_core::prelude::*;

#[worker(count = 0, nice = 20, heartbeat = "9ms", every = "0s", call_timeout = "0s")]
#[derive(Default)]
struct A {}

#[worker(count = 1025, start_timeout = "0s", backoff("30s", "100ms"), intensity(-1, "0s"))]
#[derive(Default)]
struct B {}

#[worker(backoff("0s", "30s"))]
#[derive(Default)]
struct C {}

fn main() {}
