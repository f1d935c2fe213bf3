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

#[daemon(name = "notebook")]
#[derive(Default)]
struct Notebook {
    notes: Vec<String>,
}

#[daemon(client(name = NotebookClient, timeout = "1500ms", retries = 3))]
impl Notebook {
    #[rpc_method(idempotent)]
    fn keep(&mut self, note: String) {
        self.notes.push(note);
    }

    #[rpc_method(read_only)]
    fn discover(&self) -> usize {
        self.notes.len()
    }
}
