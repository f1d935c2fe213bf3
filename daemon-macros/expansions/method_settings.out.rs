impl Registry {
    /// Look something up.
    ///
    /// It costs a lot.
    fn look(&self) {}
    fn find(&self, text: String, limit: Option<u8>) -> Found {}
    #[deprecated(since = "1.0", note = "use find")]
    fn seek(&self) {}
}
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Daemon for Registry {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                call.params::<()>()?;
                Self::look(state);
                call.reply(())
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                doc: "Look something up.\n\nIt costs a lot.",
                aliases: &["look", "registry.search"],
                deprecated: ::core::option::Option::Some("use registry.find"),
                hidden: true,
                destructive: true,
                allow: &[
                    ::daemon_core::__private::Rule::Owner,
                    ::daemon_core::__private::Rule::Root,
                    ::daemon_core::__private::Rule::Uid(1000u32),
                    ::daemon_core::__private::Rule::User("www"),
                    ::daemon_core::__private::Rule::Gid(5u32),
                    ::daemon_core::__private::Rule::Group("adm"),
                    ::daemon_core::__private::Rule::Uid(1001u32),
                ],
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Whole("registry.look"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                let (text, limit) = call.params::<(String, Option<u8>)>()?;
                let result = {
                    use ::daemon_core::__private::via::*;
                    let made = Self::find(state, text, limit);
                    let returned = &::daemon_core::__private::Returned::<Found>::new();
                    returned
                        .split(made)
                        .map_err(|error| (&returned.raises()).raise(error))
                }?;
                {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<Found>::new()).gives())
                        .of(call)
                }
                    .reply(result)
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                aliases: &["locate"],
                deprecated: ::core::option::Option::Some(""),
                read_only: true,
                params: const {
                    &[
                        ::daemon_core::__private::Param::of::<String>("text"),
                        ::daemon_core::__private::Param::of::<Option<u8>>("limit"),
                    ]
                },
                result: ::core::option::Option::Some(|generator| {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<Found>::new()).gives())
                        .schema(generator)
                }),
                faults: || {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<Found>::new()).raises())
                        .faults()
                },
                examples: &[
                    ::daemon_core::__private::Example {
                        name: "",
                        params: &[
                            || ::daemon_core::__private::default(|| -> String {
                                <String as ::core::convert::From<&str>>::from("a")
                            }),
                        ],
                        result: ::core::option::Option::None,
                    },
                    ::daemon_core::__private::Example {
                        name: "with a limit",
                        params: &[
                            || ::daemon_core::__private::default(|| -> String {
                                <String as ::core::convert::From<&str>>::from("a")
                            }),
                            || ::daemon_core::__private::default(|| -> Option<u8> {
                                Some(2)
                            }),
                        ],
                        result: ::core::option::Option::Some(|| ::daemon_core::__private::json(
                            1,
                        )),
                    },
                ],
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("find"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                call.params::<()>()?;
                Self::seek(state);
                call.reply(())
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                deprecated: ::core::option::Option::Some("use find"),
                call_only: true,
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("seek"),
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
