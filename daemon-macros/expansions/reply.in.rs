#[daemon]
impl Kitchen {
    #[rpc_method]
    fn boil(&mut self, seconds: u64, reply: Reply<String>, context: &mut Context) {
        context.after(Duration::from_secs(seconds), move |_: &mut Kitchen, _| reply.send("an egg".to_owned()));
    }

    #[rpc_method]
    fn wait(&mut self, done: daemon_core::Reply<()>) {
        self.waiting.push(done);
    }

    #[rpc_method]
    fn order(&mut self, reply: Reply<Dish, Refused>) {
        self.orders.push(reply);
    }
}
