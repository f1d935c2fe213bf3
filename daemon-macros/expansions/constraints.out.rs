impl Texts {
    fn repeat(
        &self,
        text: &str,
        plain: bool,
        ids: Cow<'_, str>,
        times: u32,
        share: Option<f64>,
    ) -> String {
        vec![text; times].join("")
    }
    fn pooled(count: u8) -> u8 {
        count
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Daemon for Texts {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[
        {
            enum __Params {}
            impl ::daemon_core::__private::Constrained<0> for __Params {
                type Value<'v> = ::daemon_core::__private::Text<'v>;
                fn rules<'r, 'v>(
                    rules: ::daemon_core::__private::Rules<'r, Self::Value<'v>>,
                ) -> ::daemon_core::__private::Rules<'r, Self::Value<'v>> {
                    static PATTERN: ::daemon_core::__private::Pattern = ::daemon_core::__private::Pattern::new(
                        "^[a-z]+$",
                    );
                    rules.shortest(1).longest(64).like(&PATTERN)
                }
            }
            impl ::daemon_core::__private::Constrained<2> for __Params {
                type Value<'v> = Cow<'v, str>;
                fn rules<'r, 'v>(
                    rules: ::daemon_core::__private::Rules<'r, Self::Value<'v>>,
                ) -> ::daemon_core::__private::Rules<'r, Self::Value<'v>> {
                    rules.exactly(4)
                }
            }
            impl ::daemon_core::__private::Constrained<3> for __Params {
                type Value<'v> = ::core::option::Option<u32>;
                fn rules<'r, 'v>(
                    rules: ::daemon_core::__private::Rules<'r, Self::Value<'v>>,
                ) -> ::daemon_core::__private::Rules<'r, Self::Value<'v>> {
                    rules.least(1).most(MOST)
                }
            }
            impl ::daemon_core::__private::Constrained<4> for __Params {
                type Value<'v> = Option<f64>;
                fn rules<'r, 'v>(
                    rules: ::daemon_core::__private::Rules<'r, Self::Value<'v>>,
                ) -> ::daemon_core::__private::Rules<'r, Self::Value<'v>> {
                    rules.most(1.0)
                }
            }
            ::daemon_core::__private::Method {
                run: ::daemon_core::__private::Handler::Here(|state, call| {
                    let (
                        ::daemon_core::__private::Checked(text, ..),
                        plain,
                        ::daemon_core::__private::Checked(ids, ..),
                        ::daemon_core::__private::Checked(times, ..),
                        ::daemon_core::__private::Checked(share, ..),
                    ) = call
                        .params::<
                            (
                                ::daemon_core::__private::Checked<'_, __Params, 0>,
                                bool,
                                ::daemon_core::__private::Checked<'_, __Params, 2>,
                                ::daemon_core::__private::Checked<'_, __Params, 3>,
                                ::daemon_core::__private::Checked<'_, __Params, 4>,
                            ),
                        >()?;
                    let result = Self::repeat(
                        state,
                        &text,
                        plain,
                        ids,
                        times.unwrap_or_else(|| -> u32 { 2 }),
                        share,
                    );
                    call.reply(result)
                }),
                check: ::core::option::Option::None,
                spec: ::daemon_core::__private::MethodSpec {
                    params: const {
                        &[
                            ::daemon_core::__private::Param {
                                schema: |generator| ::daemon_core::__private::described::<
                                    ::daemon_core::__private::Text<'static>,
                                    __Params,
                                    0,
                                >(generator),
                                check: ::core::option::Option::Some(|text| ::daemon_core::__private::check_value::<
                                    ::daemon_core::__private::Checked<'_, __Params, 0>,
                                >(text)),
                                ..::daemon_core::__private::Param::of::<
                                    ::daemon_core::__private::Text<'static>,
                                >("text")
                            },
                            ::daemon_core::__private::Param::of::<bool>("plain"),
                            ::daemon_core::__private::Param {
                                schema: |generator| ::daemon_core::__private::described::<
                                    Cow<'_, str>,
                                    __Params,
                                    2,
                                >(generator),
                                check: ::core::option::Option::Some(|text| ::daemon_core::__private::check_value::<
                                    ::daemon_core::__private::Checked<'_, __Params, 2>,
                                >(text)),
                                ..::daemon_core::__private::Param::of::<Cow<'_, str>>("ids")
                            },
                            ::daemon_core::__private::Param {
                                default: ::core::option::Option::Some(|| ::daemon_core::__private::default(|| -> u32 {
                                    2
                                })),
                                schema: |generator| ::daemon_core::__private::described::<
                                    u32,
                                    __Params,
                                    3,
                                >(generator),
                                check: ::core::option::Option::Some(|text| ::daemon_core::__private::check_value::<
                                    ::daemon_core::__private::Checked<'_, __Params, 3>,
                                >(text)),
                                ..::daemon_core::__private::Param::of::<u32>("times")
                            },
                            ::daemon_core::__private::Param {
                                schema: |generator| ::daemon_core::__private::described::<
                                    Option<f64>,
                                    __Params,
                                    4,
                                >(generator),
                                check: ::core::option::Option::Some(|text| ::daemon_core::__private::check_value::<
                                    ::daemon_core::__private::Checked<'_, __Params, 4>,
                                >(text)),
                                ..::daemon_core::__private::Param::of::<
                                    Option<f64>,
                                >("share")
                            },
                        ]
                    },
                    result: ::daemon_core::__private::returns::<String>(),
                    ..::daemon_core::__private::MethodSpec::new(
                        ::daemon_core::__private::Name::Under("repeat"),
                    )
                },
            }
        },
        {
            enum __Params {}
            impl ::daemon_core::__private::Constrained<0> for __Params {
                type Value<'v> = u8;
                fn rules<'r, 'v>(
                    rules: ::daemon_core::__private::Rules<'r, Self::Value<'v>>,
                ) -> ::daemon_core::__private::Rules<'r, Self::Value<'v>> {
                    rules.least(1)
                }
            }
            ::daemon_core::__private::Method {
                run: ::daemon_core::__private::Handler::Pooled {
                    pool: "pool",
                    timeout: ::core::option::Option::None,
                    invoke: |_, call| {
                        let (::daemon_core::__private::Checked(count, ..),) = call
                            .params::<
                                (::daemon_core::__private::Checked<'_, __Params, 0>,),
                            >()?;
                        let result = Self::pooled(count);
                        call.reply(result)
                    },
                },
                check: ::core::option::Option::Some(|params| {
                    params
                        .read::<(::daemon_core::__private::Checked<'_, __Params, 0>,)>()
                        .map(::core::mem::drop)
                }),
                spec: ::daemon_core::__private::MethodSpec {
                    params: const {
                        &[
                            ::daemon_core::__private::Param {
                                schema: |generator| ::daemon_core::__private::described::<
                                    u8,
                                    __Params,
                                    0,
                                >(generator),
                                check: ::core::option::Option::Some(|text| ::daemon_core::__private::check_value::<
                                    ::daemon_core::__private::Checked<'_, __Params, 0>,
                                >(text)),
                                ..::daemon_core::__private::Param::of::<u8>("count")
                            },
                        ]
                    },
                    result: ::daemon_core::__private::returns::<u8>(),
                    ..::daemon_core::__private::MethodSpec::new(
                        ::daemon_core::__private::Name::Under("pooled"),
                    )
                },
            }
        },
    ];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
    const SETUP: ::daemon_core::__private::Setup<Self, Self> = |state, _| ::core::result::Result::Ok(
        state,
    );
    const TEARDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
}
fn free(texts: &mut Texts, names: Vec<String>) -> usize {
    names.len()
}
#[allow(deprecated)]
const _: () = {
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Extension::new:: < Texts >
        (::core::env!("CARGO_CRATE_NAME"), (::core::file!(), ::core::line!(),
        ::core::column!()), "free", const { & ::daemon_core::__private::Tables { methods
        : & [{ enum __Params {} impl ::daemon_core::__private::Constrained < 0 > for
        __Params { type Value < 'v > = Vec < String >; fn rules < 'r, 'v > (rules :
        ::daemon_core::__private::Rules < 'r, Self::Value < 'v >>,) ->
        ::daemon_core::__private::Rules < 'r, Self::Value < 'v >> { rules.longest(9) } }
        ::daemon_core::__private::Method { run :
        ::daemon_core::__private::Handler::Here(| state, call | { let
        (::daemon_core::__private::Checked(names, ..),) = call.params:: <
        (::daemon_core::__private::Checked < '_, __Params, 0 >,) > () ?; let result =
        free(state, names); call.reply(result) }), check : ::core::option::Option::None,
        spec : ::daemon_core::__private::MethodSpec { params : const { &
        [::daemon_core::__private::Param { schema : | generator |
        ::daemon_core::__private::described:: < Vec < String >, __Params, 0 >
        (generator), check : ::core::option::Option::Some(| text |
        ::daemon_core::__private::check_value:: < ::daemon_core::__private::Checked < '_,
        __Params, 0 > > (text)), .. ::daemon_core::__private::Param::of:: < Vec < String
        > > ("names") }] }, result : ::daemon_core::__private::returns:: < usize > (), ..
        ::daemon_core::__private::MethodSpec::new(::daemon_core::__private::Name::Under("free"))
        } } }], .. ::daemon_core::__private::Tables::empty() } },)
    }
};
