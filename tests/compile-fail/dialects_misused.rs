use daemon_core::prelude::*;

#[daemon(name = "echo", dialects(json, ftp, json, json::rpc))]
#[derive(Default)]
struct Echo;

#[daemon]
impl Echo {}

fn main() {}
