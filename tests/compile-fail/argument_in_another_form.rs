use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    #[rpc_method(deprecated = true)]
    fn a(&mut self) {}

    #[rpc_method(alias = ["b1", "b2"])]
    fn b(&mut self) {}

    #[rpc_method(alias("c1", "c2"))]
    fn c(&mut self) {}

    #[rpc_method(hidden = true)]
    fn d(&mut self) {}
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
