/// I'm here to reply your data.
#[daemon(name = "echo")]
#[derive(Default)]
struct Echo {
    /// Text put in front of every reply
    #[flag(short = 'p', default = "")]
    prefix: String,
    served: u64,
}

#[daemon]
impl Echo {
    /// Reply the message.
    #[rpc_method(name = "my.echo")]
    fn echo(&mut self, message: &str) -> String {
        self.served += 1;
        format!("{}{message}", self.prefix)
    }

    /// Count the calls.
    #[rpc_method]
    fn served(&self) -> u64 {
        self.served
    }

    #[rpc_method]
    fn forget(&mut self) {
        self.served = 0;
    }

    fn helper(&self) -> &str {
        &self.prefix
    }
}
