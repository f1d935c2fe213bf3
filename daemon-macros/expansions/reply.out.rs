impl Kitchen {
    fn boil(&mut self, seconds: u64, reply: Reply<String>, context: &mut Context) {
        context
            .after(
                Duration::from_secs(seconds),
                move |_: &mut Kitchen, _| reply.send("an egg".to_owned()),
            );
    }
    fn wait(&mut self, done: daemon_core::Reply<()>) {
        self.waiting.push(done);
    }
    fn order(&mut self, reply: Reply<Dish, Refused>) {
        self.orders.push(reply);
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Daemon for Kitchen {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, mut call| {
                let (seconds,) = call.params::<(u64,)>()?;
                let reply: Reply<String> = call
                    .defer(|error| {
                        use ::daemon_core::__private::via::*;
                        (&::daemon_core::__private::RepliesLate::<Reply<String>>::new()
                            .raises())
                            .raise(error)
                    });
                Self::boil(state, seconds, reply, call.context());
                call.deferred()
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                params: const {
                    &[::daemon_core::__private::Param::of::<u64>("seconds")]
                },
                result: ::core::option::Option::Some(|generator| {
                    use ::daemon_core::__private::via::*;
                    (&::daemon_core::__private::Gives::<String>::new()).schema(generator)
                }),
                faults: || {
                    use ::daemon_core::__private::via::*;
                    (&(::daemon_core::__private::RepliesLate::<Reply<String>>::new())
                        .raises())
                        .faults()
                },
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("boil"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, mut call| {
                call.params::<()>()?;
                let reply: daemon_core::Reply<()> = call
                    .defer(|error| {
                        use ::daemon_core::__private::via::*;
                        (&::daemon_core::__private::RepliesLate::<
                            daemon_core::Reply<()>,
                        >::new()
                            .raises())
                            .raise(error)
                    });
                Self::wait(state, reply);
                call.deferred()
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                faults: || {
                    use ::daemon_core::__private::via::*;
                    (&(::daemon_core::__private::RepliesLate::<
                        daemon_core::Reply<()>,
                    >::new())
                        .raises())
                        .faults()
                },
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("wait"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, mut call| {
                call.params::<()>()?;
                let reply: Reply<Dish, Refused> = call
                    .defer(|error| {
                        use ::daemon_core::__private::via::*;
                        (&::daemon_core::__private::RepliesLate::<
                            Reply<Dish, Refused>,
                        >::new()
                            .raises())
                            .raise(error)
                    });
                Self::order(state, reply);
                call.deferred()
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                result: ::core::option::Option::Some(|generator| {
                    use ::daemon_core::__private::via::*;
                    (&::daemon_core::__private::Gives::<Dish>::new()).schema(generator)
                }),
                faults: || {
                    use ::daemon_core::__private::via::*;
                    (&(::daemon_core::__private::RepliesLate::<
                        Reply<Dish, Refused>,
                    >::new())
                        .raises())
                        .faults()
                },
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("order"),
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
