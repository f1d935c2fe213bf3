#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {}

#[plugin]
#[derive(Default)]
struct Lost {}

#[plugin]
impl Lost {
    #[rpc_method]
    fn find(&self, echo: &mut Echo) {}
}

#[plugin(daemon = "Echo", name = "worker", count = 4)]
#[derive(Default)]
struct Wrong {
    #[flag(long = "socket")]
    socket: String,
}

#[plugin]
impl Wrong {}

#[plugin(daemon = Echo)]
#[derive(Default)]
enum Kinds {
    #[default]
    One,
}

#[plugin]
impl Kinds {}

#[plugin(daemon = Echo)]
#[derive(Default)]
struct Metrics {}

#[plugin(name = "metrics")]
impl Metrics {}

#[plugin(daemon = Echo)]
#[daemon]
#[derive(Default)]
struct Both {}

#[plugin]
impl Both {
    fn setup(settings: Settings) -> Self {
        Both {}
    }

    #[rpc_method(worker = "pool")]
    fn pooled(&self) {}

    #[rpc_method(thread)]
    fn beside(&mut self) {}

    #[rpc_method]
    fn by_value(&self, echo: Echo, #[param(default = 1)] other: &Echo) {}

    #[on(pause)]
    fn paused(&mut self) {}

    #[every("1s")]
    fn ticked(&mut self, event: &Event) {}

    #[on(start, daemon = Echo)]
    fn started(&mut self) {}
}

#[plugin]
impl Both {
    fn tick(&mut self) {}
}

#[plugin(daemon = Echo)]
fn free() {}

fn main() {}
