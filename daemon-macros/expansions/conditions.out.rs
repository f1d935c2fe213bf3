#[derive(Default)]
#[cfg(unix)]
struct Sometimes {
    #[cfg(feature = "extra")]
    extra: String,
}
#[cfg(unix)]
#[automatically_derived]
impl ::daemon_core::__private::Describe for Sometimes {
    const SPEC: ::daemon_core::__private::DaemonSpec = ::daemon_core::__private::DaemonSpec::new(
        "sometimes",
        ::core::env!("CARGO_PKG_VERSION"),
    );
}
#[cfg(unix)]
#[automatically_derived]
impl ::daemon_core::__private::Flags for Sometimes {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[
        #[cfg(feature = "extra")]
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                value_name: ::core::option::Option::Some("EXTRA"),
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "extra",
                    ::daemon_core::__private::flag::Arity::One,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::one(
                &mut state.extra,
                ::daemon_core::__private::flag::from_str,
                given,
            ),
        },
    ];
}
#[cfg(unix)]
impl Sometimes {
    #[cfg(feature = "extra")]
    fn which(&self) {}
    #[cfg(not(feature = "extra"))]
    fn which(&self) {}
    #[cfg(feature = "extra")]
    fn tick(&mut self) {}
}
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Daemon for Sometimes {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[
        #[cfg(feature = "extra")]
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                call.params::<()>()?;
                Self::which(state);
                call.reply(())
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec::new(
                ::daemon_core::__private::Name::Under("which"),
            ),
        },
        #[cfg(not(feature = "extra"))]
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                call.params::<()>()?;
                Self::which(state);
                call.reply(())
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec::new(
                ::daemon_core::__private::Name::Under("which"),
            ),
        },
    ];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[
        #[cfg(feature = "extra")]
        ::daemon_core::__private::Listener {
            kind: ::daemon_core::EventKind::Start,
            name: "tick",
            handle: |state, _, _| ::daemon_core::__private::Done::done(Self::tick(state)),
        },
    ];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[
        #[cfg(feature = "extra")]
        ::daemon_core::__private::Timer {
            period: ::daemon_core::__private::Period::Fixed(
                ::core::time::Duration::from_secs(1u64),
            ),
            name: "tick",
            tick: |state, _| ::daemon_core::__private::Done::done(Self::tick(state)),
        },
    ];
    const SETUP: ::daemon_core::__private::Setup<Self, Self> = |state, _| ::core::result::Result::Ok(
        state,
    );
    const TEARDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
}
#[cfg(unix)]
fn also(state: &Sometimes) {}
#[cfg(unix)]
#[allow(deprecated)]
const _: () = {
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Extension::new:: < Sometimes >
        (::core::env!("CARGO_CRATE_NAME"), (::core::file!(), ::core::line!(),
        ::core::column!()), "also", const { & ::daemon_core::__private::Tables { methods
        : & [#[cfg(unix)] ::daemon_core::__private::Method { run :
        ::daemon_core::__private::Handler::Here(| state, call | { call.params:: < () > ()
        ?; also(state); call.reply(()) }), check : ::core::option::Option::None, spec :
        ::daemon_core::__private::MethodSpec::new(::daemon_core::__private::Name::Under("also"))
        }], .. ::daemon_core::__private::Tables::empty() } },)
    }
};
