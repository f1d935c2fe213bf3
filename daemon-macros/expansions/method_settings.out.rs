impl Registry {
    /// Look something up.
    ///
    /// It costs a lot.
    fn look(&self) {}
    fn find(&self) {}
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
                call.params::<()>()?;
                Self::find(state);
                call.reply(())
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                aliases: &["locate"],
                deprecated: ::core::option::Option::Some(""),
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
