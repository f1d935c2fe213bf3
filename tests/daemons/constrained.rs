//! A daemon whose parameters have constraints of every kind, wherever its methods run.

use std::collections::BTreeMap;
use std::process::ExitCode;

use daemon_core::prelude::*;

/// The most that can be counted.
const MOST: u32 = 100;

/// Takes only what it may be given.
#[daemon(name = "constrained", workers(Hand), pool(name = "pool", count = 1))]
#[derive(Default)]
struct Constrained {}

/// What is ordered.
#[rpc_type]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Order {
    /// What it is called
    #[schemars(length(min = 1, max = 4), regex(pattern = "^[a-z]+$"))]
    full_name: String,
    /// How many
    #[schemars(range(min = 1, max = MOST))]
    count: Option<u32>,
    #[schemars(length(max = 1))]
    marks: BTreeMap<String, bool>,
    parts: Option<Vec<Part>>,
}

/// A part of what is ordered.
#[rpc_type]
enum Part {
    Round {
        #[schemars(range(min = 0.5))]
        radius: f32,
    },
    Long(#[schemars(range(max = 7))] u8),
}

#[daemon(client = ConstrainedClient)]
impl Constrained {
    /// Reply an order.
    #[rpc_method]
    fn order(&self, order: Order) -> Order {
        order
    }

    /// The same in a process of its own.
    #[rpc_method(worker = "pool")]
    fn order_pooled(order: Order) -> Order {
        order
    }

    /// Reply a number.
    #[rpc_method]
    #[example(params(5), result = 5)]
    #[example(name = "the most", params(MOST), result = MOST)]
    fn count(
        &self,
        /// How many
        #[param(range(min = 1, max = MOST))]
        count: u32,
    ) -> u32 {
        count
    }

    /// Reply numbers of several types.
    #[rpc_method]
    fn numbers(
        &self,
        #[param(range(min = -1.5, max = 1))] share: f64,
        #[param(range(min = -3))] offset: i8,
        #[param(range(max = 18446744073709551616))] large: u128,
        #[param(range(min = 2, max = 4), default = 3)] some: u8,
        #[param(range(max = 9))] few: Option<u16>,
    ) -> String {
        format!("{share} {offset} {large} {some} {few:?}")
    }

    /// Reply a name.
    #[rpc_method]
    #[example(params("ann"), result = "ann #0 None")]
    #[example(name = "with a colour", params("ann", "#f00", Some("ax")), result = "ann #f00 Some(\"ax\")")]
    fn name(
        &self,
        #[param(length(min = 1, max = 4), pattern = "^[a-zé]+$")] name: &str,
        #[param(pattern = "^#", default = "#0")] colour: &str,
        #[param(length(equal = 2))] initials: Option<&str>,
    ) -> String {
        format!("{name} {colour} {initials:?}")
    }

    /// Reply how many there are.
    #[rpc_method]
    fn many(
        &self,
        #[param(length(min = 1, max = 2))] items: Vec<u8>,
        #[param(length(max = 1))] members: BTreeMap<String, bool>,
    ) -> usize {
        items.len() + members.len()
    }

    /// The same in a process of its own.
    #[rpc_method(worker = "pool")]
    #[example(params(9), result = 9)]
    fn pooled(#[param(range(min = 1, max = 9))] count: u32) -> u32 {
        count
    }

    /// The same in a thread.
    #[rpc_method(thread)]
    fn threaded(#[param(range(min = 1, max = 9))] count: u32) -> u32 {
        count
    }
}

/// Has a constraint, too.
#[worker(name = "hand")]
#[derive(Default)]
struct Hand {}

#[worker]
impl Hand {
    /// Reply a text.
    #[rpc_method]
    fn text(&self, #[param(length(max = 3))] text: String) -> String {
        text
    }
}

/// The same in a free function.
#[rpc_method(daemon = Constrained)]
#[example(params(1), result = 1)]
fn free(_: &mut Constrained, #[param(range(min = 1, max = 9))] count: u32) -> u32 {
    count
}

fn main() -> ExitCode {
    daemon_core::main::<Constrained>()
}
