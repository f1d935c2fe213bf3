#[derive(Default)]
struct Office {
    step: u64,
}
#[automatically_derived]
impl ::daemon_core::__private::Describe for Office {
    const SPEC: ::daemon_core::__private::DaemonSpec = ::daemon_core::__private::DaemonSpec::new(
        "office",
        ::core::env!("CARGO_PKG_VERSION"),
    );
    const WORKERS: ::core::option::Option<
        &'static [&'static dyn ::daemon_core::__private::WorkerType],
    > = ::core::option::Option::Some(const {
        &[
            ::daemon_core::__private::worker_type::<Copier>(),
            ::daemon_core::__private::worker_type::<inner::Primes>(),
        ]
    });
    const POOLS: &'static [::daemon_core::__private::WorkerSpec] = &[
        ::daemon_core::__private::WorkerSpec {
            count: ::core::option::Option::Some(4),
            nice: ::core::option::Option::Some(10),
            call_timeout: ::core::option::Option::Some(
                ::core::time::Duration::from_secs(5u64),
            ),
            policy: ::daemon_core::__private::Policy {
                stop_grace: ::core::time::Duration::new(0u64, 500000000u32),
                ..::daemon_core::__private::Policy::new()
            },
            ..::daemon_core::__private::WorkerSpec::pool("pool")
        },
        ::daemon_core::__private::WorkerSpec {
            policy: ::daemon_core::__private::Policy {
                min_uptime: ::core::time::Duration::from_secs(2u64),
                backoff: ::daemon_core::__private::Backoff {
                    from: ::core::time::Duration::new(0u64, 10000000u32),
                    to: ::core::time::Duration::from_secs(60u64),
                },
                ..::daemon_core::__private::Policy::new()
            },
            ..::daemon_core::__private::WorkerSpec::pool("calm")
        },
        ::daemon_core::__private::WorkerSpec {
            count: ::core::option::Option::None,
            ..::daemon_core::__private::WorkerSpec::pool("all")
        },
    ];
}
#[automatically_derived]
impl ::daemon_core::__private::Flags for Office {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                value_name: ::core::option::Option::Some("STEP"),
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "step",
                    ::daemon_core::__private::flag::Arity::One,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::one(
                &mut state.step,
                ::daemon_core::__private::flag::from_str,
                given,
            ),
        },
    ];
}
impl Office {
    /// Something that takes long.
    fn heavy(n: u64, config: &Self) -> u64 {
        n * config.step
    }
    fn texts(
        text: &str,
        other: Option<&str>,
        times: usize,
        context: &mut Context,
        office: &Office,
    ) -> Result<Vec<String>> {
        context.progress(office.step, 1);
        Ok(vec![text.repeat(times), other.unwrap_or_default().to_owned()])
    }
    fn nothing() {}
    fn heard(&mut self, event: &Event) {}
}
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Daemon for Office {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Pooled {
                pool: "pool",
                timeout: ::core::option::Option::Some(
                    ::core::time::Duration::from_secs(5u64),
                ),
                invoke: |state, call| {
                    let (n,) = call.params::<(u64,)>()?;
                    let result = Self::heavy(n, state);
                    call.reply(result)
                },
            },
            check: ::core::option::Option::Some(|params| {
                params.read::<(u64,)>().map(::core::mem::drop)
            }),
            spec: ::daemon_core::__private::MethodSpec {
                doc: "Something that takes long.",
                aliases: &["my.heavy"],
                params: const { &[::daemon_core::__private::Param::of::<u64>("n")] },
                result: ::daemon_core::__private::returns::<u64>(),
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("heavy"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Pooled {
                pool: "all",
                timeout: ::core::option::Option::None,
                invoke: |state, mut call| {
                    let (text, other, times) = call
                        .params::<
                            (
                                ::daemon_core::__private::Text<'_>,
                                ::core::option::Option<::daemon_core::__private::Text<'_>>,
                                ::core::option::Option<usize>,
                            ),
                        >()?;
                    let result = {
                        use ::daemon_core::__private::via::*;
                        let made = Self::texts(
                            &text,
                            other.as_deref(),
                            times.unwrap_or_else(|| -> usize { 2 }),
                            call.context(),
                            state,
                        );
                        let returned = &::daemon_core::__private::Returned::<
                            Result<Vec<String>>,
                        >::new();
                        returned
                            .split(made)
                            .map_err(|error| (&returned.raises()).raise(error))
                    }?;
                    {
                        use ::daemon_core::__private::via::*;
                        (&(&::daemon_core::__private::Returned::<
                            Result<Vec<String>>,
                        >::new())
                            .gives())
                            .of(call)
                    }
                        .reply(result)
                },
            },
            check: ::core::option::Option::Some(|params| {
                params
                    .read::<
                        (
                            ::daemon_core::__private::Text<'_>,
                            ::core::option::Option<::daemon_core::__private::Text<'_>>,
                            ::core::option::Option<usize>,
                        ),
                    >()
                    .map(::core::mem::drop)
            }),
            spec: ::daemon_core::__private::MethodSpec {
                params: const {
                    &[
                        ::daemon_core::__private::Param::of::<
                            ::daemon_core::__private::Text<'static>,
                        >("text"),
                        ::daemon_core::__private::Param::of::<
                            ::core::option::Option<
                                ::daemon_core::__private::Text<'static>,
                            >,
                        >("other"),
                        ::daemon_core::__private::Param {
                            default: ::core::option::Option::Some(|| ::daemon_core::__private::default(|| -> usize {
                                2
                            })),
                            ..::daemon_core::__private::Param::of::<usize>("times")
                        },
                    ]
                },
                result: ::core::option::Option::Some(|generator| {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<Result<Vec<String>>>::new())
                        .gives())
                        .schema(generator)
                }),
                faults: || {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<Result<Vec<String>>>::new())
                        .raises())
                        .faults()
                },
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Whole("my.texts"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Pooled {
                pool: "pool",
                timeout: ::core::option::Option::None,
                invoke: |_, call| {
                    call.params::<()>()?;
                    Self::nothing();
                    call.reply(())
                },
            },
            check: ::core::option::Option::Some(|params| {
                params.read::<()>().map(::core::mem::drop)
            }),
            spec: ::daemon_core::__private::MethodSpec::new(
                ::daemon_core::__private::Name::Under("nothing"),
            ),
        },
    ];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[
        ::daemon_core::__private::Listener {
            kind: ::daemon_core::EventKind::Worker,
            name: "heard",
            handle: |state, event, _| ::daemon_core::__private::Done::done(
                Self::heard(state, event),
            ),
        },
        ::daemon_core::__private::Listener {
            kind: ::daemon_core::EventKind::Message,
            name: "heard",
            handle: |state, event, _| ::daemon_core::__private::Done::done(
                Self::heard(state, event),
            ),
        },
    ];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
    const SETUP: ::daemon_core::__private::Setup<Self, Self> = |state, _| ::core::result::Result::Ok(
        state,
    );
    const TEARDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
}
fn outside(config: &crate::Office, n: u64) -> u64 {
    config.step + n
}
#[allow(deprecated)]
const _: () = {
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Extension::new:: < crate ::Office >
        (::core::env!("CARGO_CRATE_NAME"), (::core::file!(), ::core::line!(),
        ::core::column!()), "outside", const { & ::daemon_core::__private::Tables {
        methods : & [::daemon_core::__private::Method { run :
        ::daemon_core::__private::Handler::Pooled { pool : "pool", timeout :
        ::core::option::Option::None, invoke : | state, call | { let (n,) = call.params::
        < (u64,) > () ?; let result = outside(state, n); call.reply(result) } }, check :
        ::core::option::Option::Some(| params | params.read:: < (u64,) > ()
        .map(::core::mem::drop)), spec : ::daemon_core::__private::MethodSpec { params :
        const { & [::daemon_core::__private::Param::of:: < u64 > ("n")] }, result :
        ::daemon_core::__private::returns:: < u64 > (), ..
        ::daemon_core::__private::MethodSpec::new(::daemon_core::__private::Name::Under("outside"))
        } }], .. ::daemon_core::__private::Tables::empty() } },)
    }
};
fn without(text: &str) -> usize {
    text.len()
}
#[allow(deprecated)]
const _: () = {
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Extension::new:: < Office >
        (::core::env!("CARGO_CRATE_NAME"), (::core::file!(), ::core::line!(),
        ::core::column!()), "without", const { & ::daemon_core::__private::Tables {
        methods : & [::daemon_core::__private::Method { run :
        ::daemon_core::__private::Handler::Pooled { pool : "pool", timeout :
        ::core::option::Option::Some(::core::time::Duration::from_secs(1u64)), invoke : |
        _, call | { let (text,) = call.params:: < (::daemon_core::__private::Text < '_
        >,) > () ?; let result = without(& text); call.reply(result) } }, check :
        ::core::option::Option::Some(| params | params.read:: <
        (::daemon_core::__private::Text < '_ >,) > ().map(::core::mem::drop)), spec :
        ::daemon_core::__private::MethodSpec { params : const { &
        [::daemon_core::__private::Param::of:: < ::daemon_core::__private::Text < 'static
        > > ("text")] }, result : ::daemon_core::__private::returns:: < usize > (), ..
        ::daemon_core::__private::MethodSpec::new(::daemon_core::__private::Name::Under("without"))
        } }], .. ::daemon_core::__private::Tables::empty() } },)
    }
};
#[derive(Default)]
struct Alone;
#[automatically_derived]
impl ::daemon_core::__private::Describe for Alone {
    const SPEC: ::daemon_core::__private::DaemonSpec = ::daemon_core::__private::DaemonSpec::new(
        "alone",
        ::core::env!("CARGO_PKG_VERSION"),
    );
    const WORKERS: ::core::option::Option<
        &'static [&'static dyn ::daemon_core::__private::WorkerType],
    > = ::core::option::Option::Some(const { &[] });
}
#[automatically_derived]
impl ::daemon_core::__private::Flags for Alone {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[];
}
