/// I'm here to reply your data.
#[derive(Default)]
struct Echo {
    /// Text put in front of every reply
    prefix: String,
    served: u64,
}
#[automatically_derived]
impl ::daemon_core::__private::Describe for Echo {
    const SPEC: ::daemon_core::__private::DaemonSpec = ::daemon_core::__private::DaemonSpec {
        doc: "I'm here to reply your data.",
        ..::daemon_core::__private::DaemonSpec::new(
            "echo",
            ::core::env!("CARGO_PKG_VERSION"),
        )
    };
}
#[automatically_derived]
impl ::daemon_core::__private::Flags for Echo {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                short: ::core::option::Option::Some('p'),
                doc: "Text put in front of every reply",
                default: ::core::option::Option::Some(""),
                value_name: ::core::option::Option::Some("PREFIX"),
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "prefix",
                    ::daemon_core::__private::flag::Arity::One,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::one(
                &mut state.prefix,
                ::daemon_core::__private::flag::from_str,
                given,
            ),
        },
    ];
}
impl Echo {
    /// Reply the message.
    fn echo(&mut self, message: &str) -> String {
        self.served += 1;
        format!("{}{message}", self.prefix)
    }
    /// Count the calls.
    fn served(&self) -> u64 {
        self.served
    }
    fn forget(&mut self) {
        self.served = 0;
    }
    fn helper(&self) -> &str {
        &self.prefix
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Daemon for Echo {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                let (message,) = call.params::<(::daemon_core::__private::Text<'_>,)>()?;
                let result = Self::echo(state, &message);
                call.reply(result)
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                doc: "Reply the message.",
                params: const {
                    &[
                        ::daemon_core::__private::Param::of::<
                            ::daemon_core::__private::Text<'static>,
                        >("message"),
                    ]
                },
                result: ::daemon_core::__private::returns::<String>(),
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Whole("my.echo"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                call.params::<()>()?;
                let result = Self::served(state);
                call.reply(result)
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                doc: "Count the calls.",
                result: ::daemon_core::__private::returns::<u64>(),
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("served"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                call.params::<()>()?;
                Self::forget(state);
                call.reply(())
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec::new(
                ::daemon_core::__private::Name::Under("forget"),
            ),
        },
    ];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
    const SETUP: ::daemon_core::__private::Setup<Self, Self> = |state, _| ::core::result::Result::Ok(
        state,
    );
    const TEARDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
}
