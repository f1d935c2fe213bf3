#[daemon]
#[derive(Default)]
struct FlagsOfEveryKind {
    #[flag]
    text: String,
    /// Only listen
    ///
    /// Nothing is ever answered.
    #[flag(short)]
    listen: bool,
    #[flag(short = 'i', default = "30s", value_name = "TIME")]
    interval: Duration,
    #[flag(env = "KINDS_FILE")]
    file: std::path::PathBuf,
    #[flag(required)]
    count: u32,
    #[flag(long = "peer")]
    peers: Vec<SocketAddr>,
    #[flag]
    nickname: Option<String>,
    #[flag(default = "5min")]
    patience: Option<std::time::Duration>,
    #[flag(long = "shout")]
    r#loud: Option<bool>,
    #[flag]
    log_file: Vec<PathBuf>,
    plain: u8,
}
