#![allow(unused)]

use daemon_core::prelude::*;

#[worker]
#[derive(Default)]
struct Copier {}

#[worker(every = "10s")]
impl Copier {}

fn main() {}
