use daemon_core::prelude::*;

#[daemon]
#[derive(Default)]
struct Echo {}

#[daemon]
impl Echo {
    fn tick(&mut self) {}

    pub fn spinup(&mut self, context: &mut Context) -> Result<()> {
        Ok(())
    }
}

#[worker]
#[derive(Default)]
struct Copier {}

#[worker]
impl Copier {
    fn setup(&mut self) -> Result<()> {
        Ok(())
    }

    fn teardown(&mut self) {}
}

fn main() -> std::process::ExitCode {
    daemon_core::main::<Echo>()
}

#[worker]
#[derive(Default)]
struct Mover {}

#[worker]
impl Mover {
    fn setup(files: Files) -> Result<Self> {
        Ok(Mover {})
    }
}

#[settings]
#[derive(Default)]
struct Files {}
