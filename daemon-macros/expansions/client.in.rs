#[worker(name = "handyman")]
#[derive(Default)]
struct Copier {
    names: Vec<String>,
}

#[worker(client = CopierClient)]
impl Copier {
    /// Change the output file name.
    #[rpc_method(name = "handyman.change")]
    fn changename(
        &mut self,
        name: String,
        from: Option<&str>,
        #[param(default = 1)] times: usize,
        context: &mut Context,
    ) -> bool {
        true
    }

    #[rpc_method]
    #[deprecated(note = "ask for the last one")]
    fn names(&self) -> Result<&[String]> {
        Ok(&self.names)
    }

    #[rpc_method]
    fn last(&self) -> Option<&str> {
        None
    }

    #[cfg(unix)]
    #[rpc_method]
    fn nothing(&self, reply: Reply<()>) {
        reply.send(());
    }
}
