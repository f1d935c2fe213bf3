#![allow(unused)]

use daemon_core::prelude::*;

#[worker(env)]
#[derive(Default)]
struct A {}

#[worker(env("PATH=/bin", "", LANG))]
#[derive(Default)]
struct B {}

#[worker(env("PATH=/bin", ""))]
#[derive(Default)]
struct C {}

#[daemon(pool(name = "pool", env()))]
#[derive(Default)]
struct D {}

fn main() {}
