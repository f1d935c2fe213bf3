//! Items of a type that can't be written.

use daemon_core::prelude::*;

struct Opaque;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method]
    fn watch(&mut self, _subscription: Subscription<Opaque>) {}
}

fn main() {}
