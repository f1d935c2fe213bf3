#[derive(Default)]
struct Options {
    directory: PathBuf,
}
#[automatically_derived]
impl ::daemon_core::__private::Flags for Options {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                default: ::core::option::Option::Some("notes"),
                value_name: ::core::option::Option::Some("DIRECTORY"),
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "directory",
                    ::daemon_core::__private::flag::Arity::One,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::one(
                &mut state.directory,
                ::daemon_core::__private::flag::path,
                given,
            ),
        },
    ];
}
struct Reader {
    directory: PathBuf,
    read: u64,
}
#[automatically_derived]
impl ::daemon_core::__private::Describe for Reader {
    const SPEC: ::daemon_core::__private::DaemonSpec = ::daemon_core::__private::DaemonSpec::new(
        "reader",
        ::core::env!("CARGO_PKG_VERSION"),
    );
}
#[automatically_derived]
impl ::daemon_core::__private::Flags for Reader {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[];
}
impl Reader {
    fn setup(options: Options, context: &mut Context) -> Result<Self> {
        Ok(Reader {
            directory: options.directory,
            read: 0,
        })
    }
    /// Read a file.
    fn read(handle: Handle<Self>, path: PathBuf, times: usize) -> io::Result<String> {
        Ok(String::new())
    }
    fn rest() {}
}
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Daemon for Reader {
    type Settings = Options;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Options>] = &[
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|_, mut call| {
                let (path, times) = call
                    .params::<(PathBuf, ::core::option::Option<usize>)>()?;
                let handle = call.context().handle();
                {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<io::Result<String>>::new())
                        .gives())
                        .of(call)
                }
                    .in_thread(
                        ::core::option::Option::Some(
                            ::core::time::Duration::from_secs(5u64),
                        ),
                        move || {
                            use ::daemon_core::__private::via::*;
                            let made = Self::read(
                                handle,
                                path,
                                times.unwrap_or_else(|| -> usize { 1 }),
                            );
                            let returned = &::daemon_core::__private::Returned::<
                                io::Result<String>,
                            >::new();
                            returned
                                .split(made)
                                .map_err(|error| (&returned.raises()).raise(error))
                        },
                    )
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                doc: "Read a file.",
                params: const {
                    &[
                        ::daemon_core::__private::Param::of::<PathBuf>("path"),
                        ::daemon_core::__private::Param {
                            default: ::core::option::Option::Some(|| ::daemon_core::__private::default(|| -> usize {
                                1
                            })),
                            ..::daemon_core::__private::Param::of::<usize>("times")
                        },
                    ]
                },
                result: ::core::option::Option::Some(|generator| {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<io::Result<String>>::new())
                        .gives())
                        .schema(generator)
                }),
                faults: || {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<io::Result<String>>::new())
                        .raises())
                        .faults()
                },
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("read"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|_, call| {
                call.params::<()>()?;
                call.in_thread(
                    ::core::option::Option::None,
                    move || {
                        Self::rest();
                        ::core::result::Result::Ok(())
                    },
                )
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec::new(
                ::daemon_core::__private::Name::Under("rest"),
            ),
        },
    ];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
    const SETUP: ::daemon_core::__private::Setup<Options, Self> = |settings, context| {
        const { ::daemon_core::__private::check_no_flags::<Self>() };
        ::daemon_core::__private::Made::made(Self::setup(settings, context))
    };
    const TEARDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
}
