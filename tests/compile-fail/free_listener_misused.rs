#![allow(unused)]

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {}

#[daemon]
#[derive(Default)]
struct Other {}

#[daemon]
impl Other {}

#[on(start)]
fn of_no_daemon(state: &mut Echo) {}

#[on(start, daemon = Echo)]
fn without_a_state() {}

#[every("1s", daemon = Echo)]
fn by_value(state: Echo) {}

#[on_signal(SIGHUP, daemon = "Echo")]
fn by_text(state: &mut Echo) {}

#[on(start, daemon = Echo)]
#[every("1s", daemon = Other)]
fn of_two(state: &mut Echo) {}

#[every("1s", daemon = Echo)]
fn with_an_event(state: &mut Echo, event: &Event) {}

#[every(daemon = Echo)]
fn without_a_period(state: &mut Echo) {}

#[on(pause, daemon = Echo)]
fn of_a_worker(state: &mut Echo) {}

#[before_call("now", daemon = Echo)]
fn admitted(state: &mut Echo, call: &AfterCall) {}

#[every("1s", daemon = Echo)]
#[rpc_method(thread)]
fn beside(handle: Handle<Echo>) {}

#[every("1s", daemon = Echo)]
async fn asleep(state: &mut Echo) {}

#[on(start, daemon = Echo)]
struct Misplaced;

impl Other {
    #[on(start)]
    fn of_no_block(&mut self) {}

    #[every("1s", daemon = Other)]
    fn in_a_block(&mut self) {}
}

fn main() {}
