#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {}

struct Other;

#[plugin(daemon = Echo)]
#[derive(Default)]
struct Metrics {}

#[plugin]
impl Metrics {
    #[rpc_method]
    fn count(&self, other: &mut Other) {}
}

fn main() {}
