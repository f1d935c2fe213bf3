#![allow(unused)]

use daemon_core::prelude::*;

#[worker]
#[derive(Default)]
struct Copier<T> {
    item: T,
}

#[worker]
impl<T> Copier<T> {}

fn main() {}
