#[daemon]
impl Registry {
    /// Look something up.
    ///
    /// It costs a lot.
    #[rpc_method(
        name = "registry.look",
        aliases("look", "registry.search"),
        deprecated = "use registry.find",
        hidden,
        destructive,
        allow(owner, root, uid = 1000, user = "www", gid = 5, group = "adm", uid = 1001)
    )]
    fn look(&self) {}

    #[rpc_method(alias = "locate", deprecated, read_only)]
    #[example(params("a"))]
    #[example(name = "with a limit", params("a", Some(2)), result = 1)]
    fn find(&self, text: String, limit: Option<u8>) -> Found {}

    #[deprecated(since = "1.0", note = "use find")]
    #[rpc_method(call_only)]
    fn seek(&self) {}
}
