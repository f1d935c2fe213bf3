#[daemon(more, client = FilesClient)]
impl Echo {
    /// Reply how many there are.
    #[rpc_method]
    fn files(&self) -> usize {
        self.files.len()
    }

    #[on(start)]
    fn open(&mut self) -> Result<()> {
        Ok(())
    }

    #[every(settings.period)]
    fn scan(&mut self) {}

    #[before_call]
    fn admit(&mut self, call: &BeforeCall) -> Result<(), Refused> {
        Ok(())
    }
}
