//! Functions before and after calls that can't be called.

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[before_call]
    fn wrong_call(&mut self, _call: &AfterCall) {}

    #[after_call]
    fn by_value(&mut self, _call: AfterCall) {}

    #[before_call]
    fn no_state(_call: &BeforeCall<'_>) {}

    #[before_call(name = "echo")]
    fn of_one(&mut self) {}

    #[before_call]
    async fn asleep(&mut self) {}

    #[rpc_method(rate = "often")]
    fn often(&self) {}

    #[rpc_method(rate = 10)]
    fn number(&self) {}

    #[rpc_method(rate = "0/s")]
    fn never(&self) {}
}

#[worker]
#[derive(Default)]
struct Hands {}

#[worker]
impl Hands {
    #[after_call]
    fn note(&mut self, _call: &AfterCall) {}
}

fn main() {}
