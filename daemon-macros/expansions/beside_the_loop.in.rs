#[settings]
#[derive(Default)]
struct Options {
    #[flag(default = "notes")]
    directory: PathBuf,
}

#[daemon]
struct Reader {
    directory: PathBuf,
    read: u64,
}

#[daemon]
impl Reader {
    fn setup(options: Options, context: &mut Context) -> Result<Self> {
        Ok(Reader { directory: options.directory, read: 0 })
    }

    /// Read a file.
    #[rpc_method(thread, timeout = "5s")]
    fn read(handle: Handle<Self>, path: PathBuf, #[param(default = 1)] times: usize) -> io::Result<String> {
        Ok(String::new())
    }

    #[rpc_method(thread)]
    fn rest() {}
}
