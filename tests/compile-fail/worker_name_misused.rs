#![allow(unused)]

use daemon_core::prelude::*;

#[worker(name = "my worker")]
#[derive(Default)]
struct A {}

#[worker(name = "system")]
#[derive(Default)]
struct B {}

#[worker]
#[derive(Default)]
struct Worker {}

#[worker(name)]
#[derive(Default)]
struct C {}

fn main() {}
