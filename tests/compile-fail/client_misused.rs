#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct A {}

#[daemon(client = "AClient")]
impl A {}

#[worker]
#[derive(Default)]
struct B {}

#[worker(client = inner::BClient, client, name = "b")]
impl B {}

fn main() {}
