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
}
#[automatically_derived]
impl ::daemon_core::__private::Flags for FlagsOfEveryKind {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                value_name: ::core::option::Option::Some("TEXT"),
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "text",
                    ::daemon_core::__private::flag::Arity::One,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::one(
                &mut state.text,
                ::daemon_core::__private::flag::from_str,
                given,
            ),
        },
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                short: ::core::option::Option::Some('l'),
                doc: "Only listen\n\nNothing is ever answered.",
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "listen",
                    ::daemon_core::__private::flag::Arity::Switch,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::one(
                &mut state.listen,
                ::daemon_core::__private::flag::switch,
                given,
            ),
        },
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                short: ::core::option::Option::Some('i'),
                default: ::core::option::Option::Some("30s"),
                value_name: ::core::option::Option::Some("TIME"),
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "interval",
                    ::daemon_core::__private::flag::Arity::One,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::one(
                &mut state.interval,
                ::daemon_core::__private::flag::duration,
                given,
            ),
        },
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                env: ::core::option::Option::Some("KINDS_FILE"),
                value_name: ::core::option::Option::Some("FILE"),
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "file",
                    ::daemon_core::__private::flag::Arity::One,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::one(
                &mut state.file,
                ::daemon_core::__private::flag::path,
                given,
            ),
        },
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                value_name: ::core::option::Option::Some("COUNT"),
                required: true,
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "count",
                    ::daemon_core::__private::flag::Arity::One,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::one(
                &mut state.count,
                ::daemon_core::__private::flag::from_str,
                given,
            ),
        },
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                value_name: ::core::option::Option::Some("PEERS"),
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "peer",
                    ::daemon_core::__private::flag::Arity::Many,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::many(
                &mut state.peers,
                ::daemon_core::__private::flag::from_str,
                given,
            ),
        },
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                value_name: ::core::option::Option::Some("NICKNAME"),
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "nickname",
                    ::daemon_core::__private::flag::Arity::One,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::option(
                &mut state.nickname,
                ::daemon_core::__private::flag::from_str,
                given,
            ),
        },
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                default: ::core::option::Option::Some("5min"),
                value_name: ::core::option::Option::Some("PATIENCE"),
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "patience",
                    ::daemon_core::__private::flag::Arity::One,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::option(
                &mut state.patience,
                ::daemon_core::__private::flag::duration,
                given,
            ),
        },
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                value_name: ::core::option::Option::Some("LOUD"),
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "shout",
                    ::daemon_core::__private::flag::Arity::One,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::option(
                &mut state.r#loud,
                ::daemon_core::__private::flag::switch,
                given,
            ),
        },
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                value_name: ::core::option::Option::Some("LOG_FILE"),
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "log-file",
                    ::daemon_core::__private::flag::Arity::Many,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::many(
                &mut state.log_file,
                ::daemon_core::__private::flag::path,
                given,
            ),
        },
    ];
}
