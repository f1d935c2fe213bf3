#[daemon]
impl Texts {
    #[rpc_method]
    fn repeat(
        &self,
        #[param(length(min = 1, max = 64), pattern = "^[a-z]+$")] text: &str,
        plain: bool,
        #[param(length(equal = 4))] ids: Cow<'_, str>,
        #[param(range(min = 1, max = MOST), default = 2)] times: u32,
        #[param(range(max = 1))] share: Option<f64>,
    ) -> String {
        vec![text; times].join("")
    }

    #[rpc_method(worker = "pool")]
    fn pooled(#[param(range(min = 1))] count: u8) -> u8 {
        count
    }
}

#[rpc_method(daemon = Texts)]
fn free(texts: &mut Texts, #[param(length(max = 9))] names: Vec<String>) -> usize {
    names.len()
}
