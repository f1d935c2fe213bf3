#[derive(Default)]
struct Copier {
    names: Vec<String>,
}
#[automatically_derived]
impl ::daemon_core::__private::DescribeWorker for Copier {
    const SPEC: ::daemon_core::__private::WorkerSpec = ::daemon_core::__private::WorkerSpec::new(
        "handyman",
    );
}
#[automatically_derived]
impl ::daemon_core::__private::Flags for Copier {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[];
}
impl Copier {
    /// Change the output file name.
    fn changename(
        &mut self,
        name: String,
        from: Option<&str>,
        times: usize,
        context: &mut Context,
    ) -> bool {
        true
    }
    #[deprecated(note = "ask for the last one")]
    fn names(&self) -> Result<&[String]> {
        Ok(&self.names)
    }
    fn last(&self) -> Option<&str> {
        None
    }
    #[cfg(unix)]
    fn nothing(&self, reply: Reply<()>) {
        reply.send(());
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Worker for Copier {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, mut call| {
                let (name, from, times) = call
                    .params::<
                        (
                            String,
                            ::core::option::Option<::daemon_core::__private::Text<'_>>,
                            ::core::option::Option<usize>,
                        ),
                    >()?;
                let result = Self::changename(
                    state,
                    name,
                    from.as_deref(),
                    times.unwrap_or_else(|| -> usize { 1 }),
                    call.context(),
                );
                call.reply(result)
            }),
            check: ::core::option::Option::Some(|params| {
                params
                    .read::<
                        (
                            String,
                            ::core::option::Option<::daemon_core::__private::Text<'_>>,
                            ::core::option::Option<usize>,
                        ),
                    >()
                    .map(::core::mem::drop)
            }),
            spec: ::daemon_core::__private::MethodSpec {
                doc: "Change the output file name.",
                params: const {
                    &[
                        ::daemon_core::__private::Param::of::<String>("name"),
                        ::daemon_core::__private::Param::of::<
                            ::core::option::Option<
                                ::daemon_core::__private::Text<'static>,
                            >,
                        >("from"),
                        ::daemon_core::__private::Param {
                            default: ::core::option::Option::Some(|| ::daemon_core::__private::default(|| -> usize {
                                1
                            })),
                            ..::daemon_core::__private::Param::of::<usize>("times")
                        },
                    ]
                },
                result: ::daemon_core::__private::returns::<bool>(),
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Whole("handyman.change"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                call.params::<()>()?;
                let result = {
                    use ::daemon_core::__private::via::*;
                    let made = Self::names(state);
                    let returned = &::daemon_core::__private::Returned::<
                        Result<&[String]>,
                    >::new();
                    returned
                        .split(made)
                        .map_err(|error| (&returned.raises()).raise(error))
                }?;
                {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<Result<&[String]>>::new())
                        .gives())
                        .of(call)
                }
                    .reply(result)
            }),
            check: ::core::option::Option::Some(|params| {
                params.read::<()>().map(::core::mem::drop)
            }),
            spec: ::daemon_core::__private::MethodSpec {
                deprecated: ::core::option::Option::Some("ask for the last one"),
                result: ::core::option::Option::Some(|generator| {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<Result<&[String]>>::new())
                        .gives())
                        .schema(generator)
                }),
                faults: || {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<Result<&[String]>>::new())
                        .raises())
                        .faults()
                },
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("names"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                call.params::<()>()?;
                let result = Self::last(state);
                call.reply(result)
            }),
            check: ::core::option::Option::Some(|params| {
                params.read::<()>().map(::core::mem::drop)
            }),
            spec: ::daemon_core::__private::MethodSpec {
                result: ::daemon_core::__private::returns::<Option<&str>>(),
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("last"),
                )
            },
        },
        #[cfg(unix)]
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, mut call| {
                call.params::<()>()?;
                let reply: Reply<()> = call
                    .defer(|error| {
                        use ::daemon_core::__private::via::*;
                        (&::daemon_core::__private::RepliesLate::<Reply<()>>::new()
                            .raises())
                            .raise(error)
                    });
                Self::nothing(state, reply);
                call.deferred()
            }),
            check: ::core::option::Option::Some(|params| {
                params.read::<()>().map(::core::mem::drop)
            }),
            spec: ::daemon_core::__private::MethodSpec {
                faults: || {
                    use ::daemon_core::__private::via::*;
                    (&(::daemon_core::__private::RepliesLate::<Reply<()>>::new())
                        .raises())
                        .faults()
                },
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("nothing"),
                )
            },
        },
    ];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
    const SPINUP: ::daemon_core::__private::Setup<Self, Self> = |state, _| ::core::result::Result::Ok(
        state,
    );
    const TICK: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
    const SPINDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
}
const _: () = {
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Registered { krate : ::core::env!("CARGO_CRATE_NAME"),
        place : (::core::file!(), ::core::line!(), ::core::column!()), worker_type :
        ::daemon_core::__private::worker_type:: < Copier > (), }
    }
};
/**Calls the methods of the worker `Copier` on a running daemon.

Each works like [`Client::call`](::daemon_core::Client::call).

It owns a client, or borrows one, `CopierClient(&mut client)`; or it calls one that is discovered.*/
#[derive(::core::fmt::Debug, ::core::clone::Clone)]
#[allow(dead_code, unreachable_pub)]
pub struct CopierClient<AnyClient = ::daemon_core::Client>(pub AnyClient);
impl CopierClient {
    /// Connects to a socket, as [`Client::connect`](::daemon_core::Client::connect) does.
    #[allow(dead_code, clippy::missing_errors_doc)]
    pub fn connect(address: &::core::primitive::str) -> ::daemon_core::Result<Self> {
        ::daemon_core::Client::connect(address).map(Self)
    }
}
#[allow(
    dead_code,
    private_interfaces,
    clippy::missing_errors_doc,
    clippy::too_many_arguments
)]
impl<AnyClient: ::daemon_core::__private::Calls> CopierClient<AnyClient> {
    ///Change the output file name.
    pub fn changename(
        &mut self,
        name: &::core::primitive::str,
        from: Option<&str>,
        times: ::core::option::Option<usize>,
    ) -> ::daemon_core::Result<bool> {
        ::daemon_core::__private::ask(
            &mut self.0,
            ::daemon_core::__private::Name::Whole("handyman.change"),
            <Copier as ::daemon_core::__private::DescribeWorker>::SPEC.name,
            &(name, from, times),
            false,
        )
    }
    ///Calls `names`.
    #[deprecated(note = "ask for the last one")]
    pub fn names(
        &mut self,
    ) -> ::daemon_core::Result<<[String] as ::std::borrow::ToOwned>::Owned> {
        ::daemon_core::__private::ask(
            &mut self.0,
            ::daemon_core::__private::Name::Under("names"),
            <Copier as ::daemon_core::__private::DescribeWorker>::SPEC.name,
            &(),
            false,
        )
    }
    ///Calls `last`.
    pub fn last<R: ::daemon_core::serde::de::DeserializeOwned>(
        &mut self,
    ) -> ::daemon_core::Result<R> {
        ::daemon_core::__private::ask(
            &mut self.0,
            ::daemon_core::__private::Name::Under("last"),
            <Copier as ::daemon_core::__private::DescribeWorker>::SPEC.name,
            &(),
            false,
        )
    }
    #[cfg(unix)]
    ///Calls `nothing`.
    pub fn nothing(&mut self) -> ::daemon_core::Result<()> {
        ::daemon_core::__private::ask(
            &mut self.0,
            ::daemon_core::__private::Name::Under("nothing"),
            <Copier as ::daemon_core::__private::DescribeWorker>::SPEC.name,
            &(),
            false,
        )
    }
}
#[derive(Default)]
struct Notebook {
    notes: Vec<String>,
}
#[automatically_derived]
impl ::daemon_core::__private::Describe for Notebook {
    const SPEC: ::daemon_core::__private::DaemonSpec = ::daemon_core::__private::DaemonSpec::new(
        "notebook",
        ::core::env!("CARGO_PKG_VERSION"),
    );
}
#[automatically_derived]
impl ::daemon_core::__private::Flags for Notebook {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[];
}
impl Notebook {
    fn keep(&mut self, note: String) {
        self.notes.push(note);
    }
    fn discover(&self) -> usize {
        self.notes.len()
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Daemon for Notebook {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                let (note,) = call.params::<(String,)>()?;
                Self::keep(state, note);
                call.reply(())
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                idempotent: true,
                params: const {
                    &[::daemon_core::__private::Param::of::<String>("note")]
                },
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("keep"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                call.params::<()>()?;
                let result = Self::discover(state);
                call.reply(result)
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                read_only: true,
                result: ::daemon_core::__private::returns::<usize>(),
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("discover"),
                )
            },
        },
    ];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
    const SETUP: ::daemon_core::__private::Setup<Self, Self> = |state, _| ::core::result::Result::Ok(
        state,
    );
    const TEARDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
}
/**Calls the methods of the daemon `Notebook` on a running daemon.

Each works like [`Client::call`](::daemon_core::Client::call).

It owns a client, or borrows one, `NotebookClient(&mut client)`; or it calls one that is discovered.*/
#[derive(::core::fmt::Debug, ::core::clone::Clone)]
#[allow(dead_code, unreachable_pub)]
pub struct NotebookClient<AnyClient = ::daemon_core::Client>(pub AnyClient);
impl NotebookClient {
    /// Connects to a socket, as [`Client::connect`](::daemon_core::Client::connect) does.
    #[allow(dead_code, clippy::missing_errors_doc)]
    pub fn connect(address: &::core::primitive::str) -> ::daemon_core::Result<Self> {
        ::daemon_core::Client::connect(address).map(Self)
    }
}
impl ::daemon_core::__private::Discoverable for NotebookClient {
    const DAEMON: &'static ::core::primitive::str = <Notebook as ::daemon_core::__private::Describe>::SPEC
        .name;
    const SETTINGS: ::daemon_core::__private::Settings = ::daemon_core::__private::Settings {
        timeout: ::core::option::Option::Some(
            ::core::time::Duration::new(1u64, 500000000u32),
        ),
        retries: ::core::option::Option::Some(3u32),
        ..::daemon_core::__private::Settings::NONE
    };
    type Found = NotebookClient<::daemon_core::Discovered>;
    fn found(discovered: ::daemon_core::Discovered) -> Self::Found {
        NotebookClient(discovered)
    }
}
impl NotebookClient<::daemon_core::Discovered> {
    /// Finds the daemon in another suite.
    #[allow(dead_code, clippy::missing_errors_doc)]
    pub fn discover_in(suite: &::core::primitive::str) -> ::daemon_core::Result<Self> {
        ::daemon_core::Discovery::suite(suite).client::<NotebookClient>()
    }
}
#[allow(
    dead_code,
    private_interfaces,
    clippy::missing_errors_doc,
    clippy::too_many_arguments
)]
impl<AnyClient: ::daemon_core::__private::Calls> NotebookClient<AnyClient> {
    ///Calls `keep`.
    pub fn keep(&mut self, note: &::core::primitive::str) -> ::daemon_core::Result<()> {
        ::daemon_core::__private::ask(
            &mut self.0,
            ::daemon_core::__private::Name::Under("keep"),
            <Notebook as ::daemon_core::__private::Describe>::SPEC.name,
            &(note,),
            true,
        )
    }
    ///Calls `discover`.
    pub fn discover(&mut self) -> ::daemon_core::Result<usize> {
        ::daemon_core::__private::ask(
            &mut self.0,
            ::daemon_core::__private::Name::Under("discover"),
            <Notebook as ::daemon_core::__private::Describe>::SPEC.name,
            &(),
            true,
        )
    }
}
