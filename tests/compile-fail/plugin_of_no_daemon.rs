#![allow(unused)]

use daemon_core::prelude::*;

struct Echo;

#[plugin(daemon = Echo)]
#[derive(Default)]
struct Metrics {}

#[plugin]
impl Metrics {}

fn main() {}
