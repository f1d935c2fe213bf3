#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {}

#[plugin(daemon = Echo)]
struct Metrics {}

#[plugin]
impl Metrics {
    #[rpc_method]
    fn count(&self, echo: &mut Echo) {}
}

fn main() {}
