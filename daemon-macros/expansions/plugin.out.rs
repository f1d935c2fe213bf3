/// Counts.
///
/// All of it.
#[derive(Default)]
struct Metrics {
    /// How often to count
    period: Duration,
    counted: u64,
}
#[automatically_derived]
impl ::daemon_core::__private::DescribePlugin for Metrics {
    type Daemon = vault::Vault;
    const SPEC: ::daemon_core::__private::PluginSpec = ::daemon_core::__private::PluginSpec {
        name: "metrics",
        doc: "Counts.\n\nAll of it.",
    };
    const INITIAL: fn() -> Self = <Self as ::daemon_core::__private::Initial>::initial;
}
const _: () = ::daemon_core::__private::check_plugin::<Metrics>();
#[automatically_derived]
impl ::daemon_core::__private::Flags for Metrics {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                doc: "How often to count",
                default: ::core::option::Option::Some("1s"),
                value_name: ::core::option::Option::Some("PERIOD"),
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "period",
                    ::daemon_core::__private::flag::Arity::One,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::one(
                &mut state.period,
                ::daemon_core::__private::flag::duration,
                given,
            ),
        },
    ];
}
impl Metrics {
    /// Reply the count.
    fn counted(&self) -> u64 {
        self.counted
    }
    fn keep(
        &mut self,
        name: String,
        vault: &mut Vault,
        context: &mut Context,
    ) -> Result<usize, Refused> {
        vault.keep(name)
    }
    fn later(handle: Handle<Self>) {}
    fn started(&mut self, vault: &Vault, event: &Event) {}
    fn count(&mut self) -> Result<()> {
        Ok(())
    }
    fn admit(&self, call: &BeforeCall, context: &mut Context) -> Result<(), Fault> {
        Ok(())
    }
    fn setup(&mut self, vault: &mut Vault) {}
}
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Plugin for Metrics {
    const EXTENSION: ::daemon_core::__private::Extension = ::daemon_core::__private::Extension::new::<
        <Metrics as ::daemon_core::__private::DescribePlugin>::Daemon,
    >(
        ::core::env!("CARGO_CRATE_NAME"),
        (::core::file!(), ::core::line!(), ::core::column!()),
        "Metrics",
        const {
            &::daemon_core::__private::Tables {
                methods: &[
                    ::daemon_core::__private::Method {
                        run: ::daemon_core::__private::Handler::Here(|daemon, call| {
                            ::daemon_core::__private::plugged_call::<
                                Self,
                                _,
                            >(
                                daemon,
                                call,
                                |state, _, call| {
                                    call.params::<()>()?;
                                    let result = Self::counted(state);
                                    call.reply(result)
                                },
                            )
                        }),
                        check: ::core::option::Option::None,
                        spec: ::daemon_core::__private::MethodSpec {
                            doc: "Reply the count.",
                            result: ::daemon_core::__private::returns::<u64>(),
                            ..::daemon_core::__private::MethodSpec::new(
                                ::daemon_core::__private::Name::Under("counted"),
                            )
                        },
                    },
                    ::daemon_core::__private::Method {
                        run: ::daemon_core::__private::Handler::Here(|daemon, call| {
                            ::daemon_core::__private::plugged_call::<
                                Self,
                                _,
                            >(
                                daemon,
                                call,
                                |state, daemon, mut call| {
                                    let (name,) = call.params::<(String,)>()?;
                                    let result = {
                                        use ::daemon_core::__private::via::*;
                                        let made = Self::keep(state, name, daemon, call.context());
                                        let returned = &::daemon_core::__private::Returned::<
                                            Result<usize, Refused>,
                                        >::new();
                                        returned
                                            .split(made)
                                            .map_err(|error| (&returned.raises()).raise(error))
                                    }?;
                                    {
                                        use ::daemon_core::__private::via::*;
                                        (&(&::daemon_core::__private::Returned::<
                                            Result<usize, Refused>,
                                        >::new())
                                            .gives())
                                            .of(call)
                                    }
                                        .reply(result)
                                },
                            )
                        }),
                        check: ::core::option::Option::None,
                        spec: ::daemon_core::__private::MethodSpec {
                            params: const {
                                &[::daemon_core::__private::Param::of::<String>("name")]
                            },
                            result: ::core::option::Option::Some(|generator| {
                                use ::daemon_core::__private::via::*;
                                (&(&::daemon_core::__private::Returned::<
                                    Result<usize, Refused>,
                                >::new())
                                    .gives())
                                    .schema(generator)
                            }),
                            faults: || {
                                use ::daemon_core::__private::via::*;
                                (&(&::daemon_core::__private::Returned::<
                                    Result<usize, Refused>,
                                >::new())
                                    .raises())
                                    .faults()
                            },
                            ..::daemon_core::__private::MethodSpec::new(
                                ::daemon_core::__private::Name::Under("keep"),
                            )
                        },
                    },
                    ::daemon_core::__private::Method {
                        run: ::daemon_core::__private::Handler::Here(|_, mut call| {
                            call.params::<()>()?;
                            let handle = call.context().handle();
                            call.in_thread(
                                ::core::option::Option::None,
                                move || {
                                    Self::later(handle);
                                    ::core::result::Result::Ok(())
                                },
                            )
                        }),
                        check: ::core::option::Option::None,
                        spec: ::daemon_core::__private::MethodSpec::new(
                            ::daemon_core::__private::Name::Under("later"),
                        ),
                    },
                ],
                listeners: &[
                    ::daemon_core::__private::Listener {
                        kind: ::daemon_core::EventKind::Start,
                        name: "started",
                        handle: |daemon, event, context| {
                            ::daemon_core::__private::plugged::<
                                Self,
                                _,
                                _,
                                _,
                            >(
                                daemon,
                                context,
                                |state, daemon, _| ::daemon_core::__private::Done::done(
                                    Self::started(state, daemon, event),
                                ),
                            )
                        },
                    },
                ],
                timers: &[
                    ::daemon_core::__private::Timer {
                        period: ::daemon_core::__private::Period::Setting(|_, context| ::daemon_core::__private::plugged_period::<
                            Self,
                        >(
                            context,
                            |state| ::daemon_core::__private::period(&state.period),
                        )),
                        name: "count",
                        tick: |daemon, context| {
                            ::daemon_core::__private::plugged::<
                                Self,
                                _,
                                _,
                                _,
                            >(
                                daemon,
                                context,
                                |state, _, _| ::daemon_core::__private::Done::done(
                                    Self::count(state),
                                ),
                            )
                        },
                    },
                ],
                call_hooks: ::daemon_core::__private::CallHooks {
                    before: &[
                        {
                            |daemon, call, context| {
                                ::daemon_core::__private::plugged::<
                                    Self,
                                    _,
                                    _,
                                    _,
                                >(
                                    daemon,
                                    context,
                                    |state, _, context| {
                                        use ::daemon_core::__private::via::*;
                                        let made = Self::admit(state, call, context);
                                        let returned = &::daemon_core::__private::Returned::<
                                            Result<(), Fault>,
                                        >::new();
                                        returned
                                            .split(made)
                                            .map_err(|error| (&returned.raises()).raise(error))
                                    },
                                )
                            }
                        },
                    ],
                    after: &[],
                },
                plugin: ::core::option::Option::Some(::daemon_core::__private::PluginType {
                    setup: ::core::option::Option::Some(|daemon, context| {
                        ::daemon_core::__private::plugged::<
                            Self,
                            _,
                            _,
                            _,
                        >(
                            daemon,
                            context,
                            |state, daemon, _| ::daemon_core::__private::Done::done(
                                Self::setup(state, daemon),
                            ),
                        )
                    }),
                    ..::daemon_core::__private::PluginType::of::<Metrics>()
                }),
                ..::daemon_core::__private::Tables::empty()
            }
        },
    );
}
const _: () = {
    ::daemon_core::__private::inventory::submit! {
        < Metrics as ::daemon_core::__private::Plugin > ::EXTENSION
    }
};
/**Calls the methods of the plugin `Metrics` on a running daemon.

Each works like [`Client::call`](::daemon_core::Client::call).

It owns a client, or borrows one, `MetricsClient(&mut client)`; or it calls one that is discovered.*/
#[derive(::core::fmt::Debug, ::core::clone::Clone)]
#[allow(dead_code, unreachable_pub)]
pub struct MetricsClient<AnyClient = ::daemon_core::Client>(pub AnyClient);
impl MetricsClient {
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
impl<AnyClient: ::daemon_core::__private::Calls> MetricsClient<AnyClient> {
    ///Reply the count.
    pub fn counted(&mut self) -> ::daemon_core::Result<u64> {
        ::daemon_core::__private::ask(
            &mut self.0,
            ::daemon_core::__private::Name::Under("counted"),
            <Metrics as ::daemon_core::__private::DescribePlugin>::SPEC.name,
            &(),
            false,
        )
    }
    ///Calls `keep`.
    pub fn keep(
        &mut self,
        name: &::core::primitive::str,
    ) -> ::daemon_core::Result<usize> {
        ::daemon_core::__private::ask(
            &mut self.0,
            ::daemon_core::__private::Name::Under("keep"),
            <Metrics as ::daemon_core::__private::DescribePlugin>::SPEC.name,
            &(name,),
            false,
        )
    }
    ///Calls `later`.
    pub fn later(&mut self) -> ::daemon_core::Result<()> {
        ::daemon_core::__private::ask(
            &mut self.0,
            ::daemon_core::__private::Name::Under("later"),
            <Metrics as ::daemon_core::__private::DescribePlugin>::SPEC.name,
            &(),
            false,
        )
    }
}
