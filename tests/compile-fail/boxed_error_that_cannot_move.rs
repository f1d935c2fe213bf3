use std::error::Error;

use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    fn setup(&mut self) -> std::result::Result<(), Box<dyn Error>> {
        Ok(())
    }

    #[every("1s")]
    fn tidy(&mut self) -> std::result::Result<(), Box<dyn std::error::Error + Send>> {
        Ok(())
    }

    #[rpc_method]
    fn load(&mut self) -> std::result::Result<u8, Box<dyn Error>> {
        Ok(1)
    }
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}

#[worker]
struct Copier {}

#[settings]
#[derive(Default)]
struct Files {}

#[worker]
impl Copier {
    fn spinup(_files: Files) -> std::result::Result<Self, Box<dyn Error>> {
        Ok(Copier {})
    }
}
