#![allow(unused)]

use daemon_core::prelude::*;

#[derive(Debug, Fault)]
enum Refused<T> {
    #[fault(code = 1)]
    Full(T),
}

fn main() {}
