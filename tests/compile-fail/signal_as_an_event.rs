use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[on(signal)]
    fn a(&mut self) {}

    #[on(SIGHUP)]
    fn b(&mut self) {}
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
