#![allow(unused)]

use daemon_core::prelude::*;

#[worker(name = "copier")]
#[worker(every = "10s")]
#[derive(Default)]
struct Copier {}

#[worker]
#[worker]
impl Copier {}

fn main() {}
