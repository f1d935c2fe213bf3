#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(workers(Copier))]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {}

#[derive(Default)]
struct Copier {}

fn main() {}
