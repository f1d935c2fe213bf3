use std::sync::mpsc::Sender;
use std::time::Instant;

use daemon_core::prelude::*;

#[rpc_type]
struct Point {
    seen: Instant,
    #[serde(skip)]
    kept: Option<Instant>,
}

#[rpc_type]
enum Step {
    Started(std::time::Instant),
    Told(Option<Sender<u8>>),
}

fn main() {}
