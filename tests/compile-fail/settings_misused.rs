//! Settings that cannot be what was meant.

use daemon_core::prelude::*;

#[settings(name = "x")]
#[derive(Default)]
struct Options {
    #[flag(default = "2")]
    most: usize,
}

#[settings]
#[derive(Default)]
enum Kind {
    #[default]
    A,
}

#[settings]
#[derive(Default)]
struct Of<T> {
    #[flag]
    most: T,
}

fn main() {}
