impl Texts {
    fn repeat(
        &self,
        text: &str,
        _unused: Vec<u8>,
        r#type: Cow<'_, str>,
        mut times: usize,
        between: &str,
        end: String,
        limit: Option<u64>,
        title: Option<&str>,
    ) -> String {
        times += 1;
        vec![text; times].join(between)
    }
    fn first<'a>(&self, a: &'a str, _b: &str) -> &'a str {
        a
    }
    fn whoami(&self, verbose: bool, context: &mut Context, long: bool) -> Option<u32> {
        context.caller().and_then(Caller::uid)
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Daemon for Texts {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                let (text, _unused, r#type, times, between, end, limit, title) = call
                    .params::<
                        (
                            ::daemon_core::__private::Text<'_>,
                            Vec<u8>,
                            Cow<'_, str>,
                            ::core::option::Option<usize>,
                            ::core::option::Option<::daemon_core::__private::Text<'_>>,
                            ::core::option::Option<String>,
                            Option<u64>,
                            ::core::option::Option<::daemon_core::__private::Text<'_>>,
                        ),
                    >()?;
                let result = Self::repeat(
                    state,
                    &text,
                    _unused,
                    r#type,
                    times.unwrap_or_else(|| -> usize { 2 }),
                    between.as_deref().unwrap_or_else(|| -> &str { ", " }),
                    end
                        .unwrap_or_else(|| -> String {
                            <String as ::core::convert::From<&str>>::from("!")
                        }),
                    limit,
                    title.as_deref(),
                );
                call.reply(result)
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                params: const {
                    &[
                        ::daemon_core::__private::Param {
                            doc: "What to repeat",
                            ..::daemon_core::__private::Param::of::<
                                ::daemon_core::__private::Text<'static>,
                            >("text")
                        },
                        ::daemon_core::__private::Param::of::<Vec<u8>>("unused"),
                        ::daemon_core::__private::Param::of::<Cow<'_, str>>("type"),
                        ::daemon_core::__private::Param {
                            doc: "How often",
                            default: ::core::option::Option::Some(|| ::daemon_core::__private::default(|| -> usize {
                                2
                            })),
                            ..::daemon_core::__private::Param::of::<usize>("times")
                        },
                        ::daemon_core::__private::Param {
                            default: ::core::option::Option::Some(|| ::daemon_core::__private::default(|| -> &str {
                                ", "
                            })),
                            ..::daemon_core::__private::Param::of::<
                                ::daemon_core::__private::Text<'static>,
                            >("between")
                        },
                        ::daemon_core::__private::Param {
                            long: ::core::option::Option::Some("tail"),
                            default: ::core::option::Option::Some(|| ::daemon_core::__private::default(|| -> String {
                                <String as ::core::convert::From<&str>>::from("!")
                            })),
                            ..::daemon_core::__private::Param::of::<String>("end")
                        },
                        ::daemon_core::__private::Param::of::<Option<u64>>("limit"),
                        ::daemon_core::__private::Param::of::<
                            ::core::option::Option<
                                ::daemon_core::__private::Text<'static>,
                            >,
                        >("title"),
                    ]
                },
                result: ::daemon_core::__private::returns::<String>(),
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("repeat"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                let (a, _b) = call
                    .params::<
                        (
                            ::daemon_core::__private::Text<'_>,
                            ::daemon_core::__private::Text<'_>,
                        ),
                    >()?;
                let result = Self::first(state, &a, &_b);
                call.reply(result)
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                params: const {
                    &[
                        ::daemon_core::__private::Param::of::<
                            ::daemon_core::__private::Text<'static>,
                        >("a"),
                        ::daemon_core::__private::Param::of::<
                            ::daemon_core::__private::Text<'static>,
                        >("b"),
                    ]
                },
                result: ::daemon_core::__private::returns::<&'_ str>(),
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("first"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, mut call| {
                let (verbose, long) = call.params::<(bool, bool)>()?;
                let result = Self::whoami(state, verbose, call.context(), long);
                call.reply(result)
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                params: const {
                    &[
                        ::daemon_core::__private::Param::of::<bool>("verbose"),
                        ::daemon_core::__private::Param::of::<bool>("long"),
                    ]
                },
                result: ::daemon_core::__private::returns::<Option<u32>>(),
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("whoami"),
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
