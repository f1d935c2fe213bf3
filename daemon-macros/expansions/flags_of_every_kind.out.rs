#[derive(Default)]
struct FlagsOfEveryKind {
    text: String,
    /// Only listen
    ///
    /// Nothing is ever answered.
    listen: bool,
    interval: Duration,
    file: std::path::PathBuf,
    count: u32,
    peers: Vec<SocketAddr>,
    nickname: Option<String>,
    patience: Option<std::time::Duration>,
    r#loud: Option<bool>,
    log_file: Vec<PathBuf>,
    plain: u8,
}
#[automatically_derived]
impl ::daemon_core::__private::Describe for FlagsOfEveryKind {
    const SPEC: ::daemon_core::__private::DaemonSpec = ::daemon_core::__private::DaemonSpec::new(
        "flags-of-every-kind",
        ::core::env!("CARGO_PKG_VERSION"),
    );
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[
        ::daemon_core::__private::flag::Flag::<
            Self,
        >::new(
                "text",
                ::daemon_core::__private::flag::Arity::One,
                |state, given| ::daemon_core::__private::flag::one(
                    &mut state.text,
                    ::daemon_core::__private::flag::from_str,
                    given,
                ),
            )
            .value_name("TEXT"),
        ::daemon_core::__private::flag::Flag::<
            Self,
        >::new(
                "listen",
                ::daemon_core::__private::flag::Arity::Switch,
                |state, given| ::daemon_core::__private::flag::one(
                    &mut state.listen,
                    ::daemon_core::__private::flag::switch,
                    given,
                ),
            )
            .short('l')
            .doc("Only listen\n\nNothing is ever answered."),
        ::daemon_core::__private::flag::Flag::<
            Self,
        >::new(
                "interval",
                ::daemon_core::__private::flag::Arity::One,
                |state, given| ::daemon_core::__private::flag::one(
                    &mut state.interval,
                    ::daemon_core::__private::flag::duration,
                    given,
                ),
            )
            .short('i')
            .default("30s")
            .value_name("TIME"),
        ::daemon_core::__private::flag::Flag::<
            Self,
        >::new(
                "file",
                ::daemon_core::__private::flag::Arity::One,
                |state, given| ::daemon_core::__private::flag::one(
                    &mut state.file,
                    ::daemon_core::__private::flag::path,
                    given,
                ),
            )
            .env("KINDS_FILE")
            .value_name("FILE"),
        ::daemon_core::__private::flag::Flag::<
            Self,
        >::new(
                "count",
                ::daemon_core::__private::flag::Arity::One,
                |state, given| ::daemon_core::__private::flag::one(
                    &mut state.count,
                    ::daemon_core::__private::flag::from_str,
                    given,
                ),
            )
            .value_name("COUNT")
            .required(),
        ::daemon_core::__private::flag::Flag::<
            Self,
        >::new(
                "peer",
                ::daemon_core::__private::flag::Arity::Many,
                |state, given| ::daemon_core::__private::flag::many(
                    &mut state.peers,
                    ::daemon_core::__private::flag::from_str,
                    given,
                ),
            )
            .value_name("PEERS"),
        ::daemon_core::__private::flag::Flag::<
            Self,
        >::new(
                "nickname",
                ::daemon_core::__private::flag::Arity::One,
                |state, given| ::daemon_core::__private::flag::option(
                    &mut state.nickname,
                    ::daemon_core::__private::flag::from_str,
                    given,
                ),
            )
            .value_name("NICKNAME"),
        ::daemon_core::__private::flag::Flag::<
            Self,
        >::new(
                "patience",
                ::daemon_core::__private::flag::Arity::One,
                |state, given| ::daemon_core::__private::flag::option(
                    &mut state.patience,
                    ::daemon_core::__private::flag::duration,
                    given,
                ),
            )
            .default("5min")
            .value_name("PATIENCE"),
        ::daemon_core::__private::flag::Flag::<
            Self,
        >::new(
                "shout",
                ::daemon_core::__private::flag::Arity::One,
                |state, given| ::daemon_core::__private::flag::option(
                    &mut state.r#loud,
                    ::daemon_core::__private::flag::switch,
                    given,
                ),
            )
            .value_name("LOUD"),
        ::daemon_core::__private::flag::Flag::<
            Self,
        >::new(
                "log-file",
                ::daemon_core::__private::flag::Arity::Many,
                |state, given| ::daemon_core::__private::flag::many(
                    &mut state.log_file,
                    ::daemon_core::__private::flag::path,
                    given,
                ),
            )
            .value_name("LOG_FILE"),
    ];
}
