use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {
    #[flag(default = 5)]
    count: u64,
    #[flag(default = -1.5)]
    offset: f64,
    #[flag(default = true)]
    loud: bool,
    #[flag(default = 'x')]
    mark: char,
    #[flag(default = ["a", "b"])]
    names: Vec<String>,
    #[flag(default = DEFAULT)]
    title: String,
}

#[daemon]
impl Echo {}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}
