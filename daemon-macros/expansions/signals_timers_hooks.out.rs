impl Clock {
    fn reload(&mut self, daemon: &mut Context) {
        daemon.reload();
    }
    fn watch(&self, event: &Event) -> Result<(), Error> {
        Ok(())
    }
    fn turn(&mut self, context: &mut Context, event: &Event) {}
    fn tidy(&mut self) {}
    fn measure(&mut self) {}
    fn report(&mut self, context: &mut Context) {}
    fn setup(&mut self, context: &mut Context) -> Result<()> {
        Ok(())
    }
    fn teardown(&mut self) {}
}
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Daemon for Clock {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, mut call| {
                call.params::<()>()?;
                Self::report(state, call.context());
                call.reply(())
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec::new(
                ::daemon_core::__private::Name::Under("report"),
            ),
        },
    ];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[
        ::daemon_core::__private::Listener {
            kind: ::daemon_core::EventKind::Signal(::daemon_core::Signal::SIGHUP),
            name: "reload",
            handle: |state, _, context| ::daemon_core::__private::Done::done(
                Self::reload(state, context),
            ),
        },
        ::daemon_core::__private::Listener {
            kind: ::daemon_core::EventKind::Signal(::daemon_core::Signal::SIGUSR1),
            name: "reload",
            handle: |state, _, context| ::daemon_core::__private::Done::done(
                Self::reload(state, context),
            ),
        },
        ::daemon_core::__private::Listener {
            kind: ::daemon_core::EventKind::Start,
            name: "watch",
            handle: |state, event, _| ::daemon_core::__private::Done::done(
                Self::watch(state, event),
            ),
        },
        ::daemon_core::__private::Listener {
            kind: ::daemon_core::EventKind::HangUp,
            name: "watch",
            handle: |state, event, _| ::daemon_core::__private::Done::done(
                Self::watch(state, event),
            ),
        },
        ::daemon_core::__private::Listener {
            kind: ::daemon_core::EventKind::Turn,
            name: "turn",
            handle: |state, event, context| ::daemon_core::__private::Done::done(
                Self::turn(state, context, event),
            ),
        },
        ::daemon_core::__private::Listener {
            kind: ::daemon_core::EventKind::Stop,
            name: "tidy",
            handle: |state, _, _| ::daemon_core::__private::Done::done(Self::tidy(state)),
        },
    ];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[
        ::daemon_core::__private::Timer {
            period: ::daemon_core::__private::Period::Fixed(
                ::core::time::Duration::from_secs(30u64),
            ),
            name: "tidy",
            tick: |state, _| ::daemon_core::__private::Done::done(Self::tidy(state)),
        },
        ::daemon_core::__private::Timer {
            period: ::daemon_core::__private::Period::Fixed(
                ::core::time::Duration::new(3600u64, 250000000u32),
            ),
            name: "tidy",
            tick: |state, _| ::daemon_core::__private::Done::done(Self::tidy(state)),
        },
        ::daemon_core::__private::Timer {
            period: ::daemon_core::__private::Period::Setting(|state, _| ::daemon_core::__private::period(
                &state.pause,
            )),
            name: "measure",
            tick: |state, _| ::daemon_core::__private::Done::done(Self::measure(state)),
        },
        ::daemon_core::__private::Timer {
            period: ::daemon_core::__private::Period::Setting(|state, _| ::daemon_core::__private::period(
                &state.settings.period,
            )),
            name: "measure",
            tick: |state, _| ::daemon_core::__private::Done::done(Self::measure(state)),
        },
        ::daemon_core::__private::Timer {
            period: ::daemon_core::__private::Period::Fixed(
                ::core::time::Duration::from_secs(60u64),
            ),
            name: "report",
            tick: |state, context| ::daemon_core::__private::Done::done(
                Self::report(state, context),
            ),
        },
    ];
    const SETUP: ::daemon_core::__private::Setup<Self, Self> = |mut made, context| {
        let state = &mut made;
        ::daemon_core::__private::Done::done(Self::setup(state, context))?;
        ::core::result::Result::Ok(made)
    };
    const TEARDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::Some(|
        state,
        _|
    ::daemon_core::__private::Done::done(Self::teardown(state)));
}
