#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {}

#[plugin(daemon = Echo)]
#[derive(Default)]
struct Metrics {}

struct Plain;

#[plugin]
impl Plain {}

fn main() {}
