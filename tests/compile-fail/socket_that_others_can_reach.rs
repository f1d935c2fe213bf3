use daemon_core::prelude::*;

#[daemon(socket("tcp://0.0.0.0:7000", "tcp://[::]:7000", "tcp://10.0.0.1", "tcp://127.0.0.1:7000", "tcp://[::1]", "tcp://localhost:7000"))]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
