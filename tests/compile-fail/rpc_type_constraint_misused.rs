#![allow(unused)]

use daemon_core::prelude::*;

#[rpc_type]
struct Misread {
    #[schemars(range(minimum = 1))]
    a: u8,
    #[schemars(range(min = 1))]
    b: String,
    #[schemars(length(min = 1))]
    c: Option<u64>,
    #[schemars(length(min = 3, max = 2))]
    d: String,
    #[schemars(regex(pattern = "("))]
    e: String,
    #[schemars(regex(pattern = PATTERN))]
    f: String,
}

#[rpc_type]
enum Unchecked {
    A {
        #[schemars(pattern("^a"))]
        a: String,
        #[schemars(contains(pattern = "a"))]
        b: String,
        #[schemars(inner(length(min = 1)))]
        c: Vec<String>,
    },
    B(#[serde(with = "other")] #[schemars(range(min = 1))] u8),
}

#[rpc_type]
struct Elsewhere {
    #[param(range(min = 1))]
    a: u8,
}

fn main() {}
