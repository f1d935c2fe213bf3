#[daemon]
impl Texts {
    #[rpc_method]
    fn repeat(
        &self,
        /// What to repeat
        text: &str,
        _unused: Vec<u8>,
        r#type: Cow<'_, str>,
        /// How often
        #[param(default = 2)]
        mut times: usize,
        #[param(default = ", ")] between: &str,
        #[param(default = "!", long = "tail")] end: String,
        limit: Option<u64>,
        title: Option<&str>,
    ) -> String {
        times += 1;
        vec![text; times].join(between)
    }

    #[rpc_method]
    fn first<'a>(&self, a: &'a str, _b: &str) -> &'a str {
        a
    }

    #[rpc_method]
    fn whoami(&self, verbose: bool, context: &mut Context, long: bool) -> Option<u32> {
        context.caller().and_then(Caller::uid)
    }
}
