#[daemon]
impl Store {
    #[rpc_method]
    fn get(&self, name: &str) -> Result<Item, Refused> {
        self.items.get(name).cloned().ok_or(Refused::Unknown)
    }

    #[rpc_method]
    fn load(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
