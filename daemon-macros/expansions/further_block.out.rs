impl Echo {
    /// Reply how many there are.
    fn files(&self) -> usize {
        self.files.len()
    }
    fn open(&mut self) -> Result<()> {
        Ok(())
    }
    fn scan(&mut self) {}
    fn admit(&mut self, call: &BeforeCall) -> Result<(), Refused> {
        Ok(())
    }
}
#[allow(deprecated)]
const _: () = {
    enum __FurtherBlock {}
    #[automatically_derived]
    impl ::daemon_core::__private::More<__FurtherBlock> for Echo {
        const EXTENSION: ::daemon_core::__private::Extension = ::daemon_core::__private::Extension::new::<
            Echo,
        >(
            ::core::env!("CARGO_CRATE_NAME"),
            (::core::file!(), ::core::line!(), ::core::column!()),
            "files",
            const {
                &::daemon_core::__private::Tables {
                    methods: &[
                        ::daemon_core::__private::Method {
                            run: ::daemon_core::__private::Handler::Here(|state, call| {
                                call.params::<()>()?;
                                let result = Self::files(state);
                                call.reply(result)
                            }),
                            check: ::core::option::Option::None,
                            spec: ::daemon_core::__private::MethodSpec {
                                doc: "Reply how many there are.",
                                result: ::daemon_core::__private::returns::<usize>(),
                                ..::daemon_core::__private::MethodSpec::new(
                                    ::daemon_core::__private::Name::Under("files"),
                                )
                            },
                        },
                    ],
                    listeners: &[
                        ::daemon_core::__private::Listener {
                            kind: ::daemon_core::EventKind::Start,
                            name: "open",
                            handle: |state, _, _| ::daemon_core::__private::Done::done(
                                Self::open(state),
                            ),
                        },
                    ],
                    timers: &[
                        ::daemon_core::__private::Timer {
                            period: ::daemon_core::__private::Period::Setting(|state, _| ::daemon_core::__private::period(
                                &state.settings.period,
                            )),
                            name: "scan",
                            tick: |state, _| ::daemon_core::__private::Done::done(
                                Self::scan(state),
                            ),
                        },
                    ],
                    call_hooks: ::daemon_core::__private::CallHooks {
                        before: &[
                            {
                                |state, call, _| {
                                    use ::daemon_core::__private::via::*;
                                    let made = Self::admit(state, call);
                                    let returned = &::daemon_core::__private::Returned::<
                                        Result<(), Refused>,
                                    >::new();
                                    returned
                                        .split(made)
                                        .map_err(|error| (&returned.raises()).raise(error))
                                }
                            },
                        ],
                        after: &[],
                    },
                    ..::daemon_core::__private::Tables::empty()
                }
            },
        );
    }
    ::daemon_core::__private::inventory::submit! {
        < Echo as ::daemon_core::__private::More < __FurtherBlock >> ::EXTENSION
    }
};
/**Calls the methods of the daemon `Echo` on a running daemon.

Each works like [`Client::call`](::daemon_core::Client::call).

It owns a client, or borrows one, `FilesClient(&mut client)`; or it calls one that is discovered.*/
#[derive(::core::fmt::Debug, ::core::clone::Clone)]
#[allow(dead_code, unreachable_pub)]
pub struct FilesClient<AnyClient = ::daemon_core::Client>(pub AnyClient);
impl FilesClient {
    /// Connects to a socket, as [`Client::connect`](::daemon_core::Client::connect) does.
    #[allow(dead_code, clippy::missing_errors_doc)]
    pub fn connect(address: &::core::primitive::str) -> ::daemon_core::Result<Self> {
        ::daemon_core::Client::connect(address).map(Self)
    }
}
impl ::daemon_core::__private::Discoverable for FilesClient {
    const DAEMON: &'static ::core::primitive::str = <Echo as ::daemon_core::__private::Describe>::SPEC
        .name;
    const SETTINGS: ::daemon_core::__private::Settings = ::daemon_core::__private::Settings::NONE;
    type Found = FilesClient<::daemon_core::Discovered>;
    fn found(discovered: ::daemon_core::Discovered) -> Self::Found {
        FilesClient(discovered)
    }
}
impl FilesClient<::daemon_core::Discovered> {
    /// Finds the daemon in the suite of this process, or else in its own directory, when it is called first.
    #[allow(dead_code, clippy::missing_errors_doc)]
    pub fn discover() -> ::daemon_core::Result<Self> {
        ::daemon_core::Discovery::new().client::<FilesClient>()
    }
    /// Finds the daemon in another suite.
    #[allow(dead_code, clippy::missing_errors_doc)]
    pub fn discover_in(suite: &::core::primitive::str) -> ::daemon_core::Result<Self> {
        ::daemon_core::Discovery::suite(suite).client::<FilesClient>()
    }
}
#[allow(
    dead_code,
    private_interfaces,
    clippy::missing_errors_doc,
    clippy::too_many_arguments
)]
impl<AnyClient: ::daemon_core::__private::Calls> FilesClient<AnyClient> {
    ///Reply how many there are.
    pub fn files(&mut self) -> ::daemon_core::Result<usize> {
        ::daemon_core::__private::ask(
            &mut self.0,
            ::daemon_core::__private::Name::Under("files"),
            <Echo as ::daemon_core::__private::Describe>::SPEC.name,
            &(),
            false,
        )
    }
}
