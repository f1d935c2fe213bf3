#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {
    #[flag(required, default = "a")]
    a: String,
    #[flag(required)]
    b: Option<String>,
    #[flag(required)]
    c: Vec<String>,
    #[flag(required)]
    d: bool,
}

fn main() {}
