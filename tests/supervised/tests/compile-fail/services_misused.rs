//! Each service has another mistake.

#![allow(unused)]

use daemon_core::prelude::*;

#[daemon(services(
    empty(),
    blank(command = " "),
    number(command = 5),
    typo(comand = "x", command = "x"),
    twice(command = "x"),
    twice(command = "x"),
    ready(command = "x", ready = "soon"),
    low(command = "x", ready = "fd:2"),
    late(command = "x", start_timeout = "5"),
    restart(command = "x", restart = "sometimes"),
    nice(command = "x", nice = 20),
    mask(command = "x", umask = 0o1000),
    limit(command = "x", limits(files = 3)),
    hard(command = "x", limits(nofile = "many")),
    log(command = "x", log = "web.log"),
    size(command = "x", log(file = "/x", max_size = "much")),
    given_up(command = "x", when_given_up = "weep"),
    backoff(command = "x", backoff = "1s"),
    intensity(command = "x", intensity("3", "1min")),
    schedule(command = "x", schedule = "daily"),
    signal(command = "x", stop_signal = "SIGSOON"),
    start(command = "x", autostart),
    list(command = "x", needs = ["a", "b"]),
    one(command = "x", needs("two")),
    two(command = "x", needs("one")),
))]
#[derive(Default)]
struct Host {}

#[daemon]
impl Host {}

fn main() {}
