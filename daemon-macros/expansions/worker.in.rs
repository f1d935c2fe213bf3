/// Copies a file every ten seconds.
#[worker(name = "handyman", every = "10s", restart = "always")]
#[derive(Default)]
struct Copier {
    /// What to copy
    #[flag(default = "test.txt")]
    file: PathBuf,
    copy: PathBuf,
}

#[worker]
impl Copier {
    fn spinup(&mut self) -> Result<()> {
        self.copy = self.file.with_extension("copy");
        Ok(())
    }

    fn tick(&mut self, context: &mut Context) -> std::io::Result<()> {
        context.progress(std::fs::copy(&self.file, &self.copy)?, 0);
        Ok(())
    }

    /// Change the output file name.
    #[rpc_method]
    fn changename(&mut self, name: String) -> bool {
        self.copy = PathBuf::from(name);
        true
    }

    #[rpc_method(name = "copies")]
    fn copies(&self, reply: Reply<u64>) {
        reply.send(0);
    }

    #[on(pause)]
    #[on_signal(SIGUSR1)]
    fn rest(&mut self) {}

    #[every("1min")]
    fn tidy(&mut self) {}
}
