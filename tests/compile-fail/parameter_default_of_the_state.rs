use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {
    times: u8,
}

#[daemon]
impl Echo {
    #[rpc_method]
    fn up(&self, #[param(default = self.times)] times: u8) -> u8 {
        times
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
