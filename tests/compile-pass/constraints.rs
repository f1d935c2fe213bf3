//! Constraints of fields in every kind of type, and of types that the macros do not know.

#![deny(warnings)]
#![allow(dead_code, unused_variables)]

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::num::NonZeroU8;

use daemon_core::prelude::*;

type Name = String;

const MOST: u8 = 9;

#[rpc_type]
#[derive(Clone)]
#[serde(rename_all = "camelCase")]
struct Order {
    #[schemars(length(min = 1, max = 8), regex(pattern = "^[a-z]+$"))]
    full_name: Name,
    #[schemars(range(min = 1, max = MOST))]
    count: Option<u8>,
    #[serde(rename = "share")]
    #[schemars(range(max = 1))]
    part: f64,
    #[serde(default)]
    #[schemars(length(equal = 2))]
    pair: Vec<u8>,
    #[schemars(length(max = 2), title = "Notes")]
    notes: BTreeMap<String, String>,
}

#[rpc_type]
struct Small(#[schemars(range(min = 2))] NonZeroU8);

#[rpc_type]
struct Page<T> {
    #[schemars(length(max = 10))]
    items: Vec<T>,
}

#[rpc_type]
#[serde(tag = "kind")]
enum Shape {
    Round {
        #[schemars(range(min = 1))]
        radius: u32,
    },
    Square {
        #[schemars(range(min = 1))]
        side: Option<u32>,
    },
    Empty,
}

#[rpc_type]
enum Value {
    Number(#[schemars(range(max = 7))] u32),
    Both(#[schemars(range(max = 7))] u32, #[schemars(length(max = 7))] Option<String>),
}

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn a(&self, #[param(length(max = 4))] name: Cow<'_, str>, #[param(length(max = 4))] other: Name) {}

    #[rpc_method]
    fn b(&self, #[param(range(max = 4))] small: NonZeroU8, #[param(length(min = 1))] set: HashSet<u8>) {}

    #[rpc_method]
    fn c(&self, order: Order, small: Small, page: Page<Order>, shape: Shape, value: Option<Value>) {}
}

fn main() {}
