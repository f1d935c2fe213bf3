#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(workers(Copier, Copier))]
#[derive(Default)]
struct A {}

#[daemon(workers)]
#[derive(Default)]
struct B {}

#[daemon(workers = Copier)]
#[derive(Default)]
struct C {}

#[daemon(workers("copier"))]
#[derive(Default)]
struct D {}

#[worker]
#[derive(Default)]
struct Copier {}

#[worker]
impl Copier {}

fn main() {}
