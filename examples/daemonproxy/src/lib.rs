//! The parts of `daemonproxy`; what it is and does is in `main.rs`.
//!
//! From the bottom up: texts and clocks, what is named (signals, handles, services), controllers, and the program around
//! them.

mod text;
mod sys;
mod clock;
mod reason;
mod descriptor;
mod pool;
mod signals;
mod handles;
mod log;
mod services;
mod controller;
mod controllers;
mod control_socket;
mod options;
mod proxy;
mod dump;
mod life;
mod ending;
mod commands;
mod start;

/// Runs the program. `started` is called once the start is over: from then on, nothing is allocated if both pools are fixed.
pub fn run(started: fn()) -> ! {
    start::run(started)
}
