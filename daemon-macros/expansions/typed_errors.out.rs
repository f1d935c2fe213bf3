impl Store {
    fn get(&self, name: &str) -> Result<Item, Refused> {
        self.items.get(name).cloned().ok_or(Refused::Unknown)
    }
    fn load(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Daemon for Store {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                let (name,) = call.params::<(::daemon_core::__private::Text<'_>,)>()?;
                let result = {
                    use ::daemon_core::__private::via::*;
                    let made = Self::get(state, &name);
                    let returned = &::daemon_core::__private::Returned::<
                        Result<Item, Refused>,
                    >::new();
                    returned
                        .split(made)
                        .map_err(|error| (&returned.raises()).raise(error))
                }?;
                {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<
                        Result<Item, Refused>,
                    >::new())
                        .gives())
                        .of(call)
                }
                    .reply(result)
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                params: const {
                    &[
                        ::daemon_core::__private::Param::of::<
                            ::daemon_core::__private::Text<'static>,
                        >("name"),
                    ]
                },
                result: ::core::option::Option::Some(|generator| {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<
                        Result<Item, Refused>,
                    >::new())
                        .gives())
                        .schema(generator)
                }),
                faults: || {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<
                        Result<Item, Refused>,
                    >::new())
                        .raises())
                        .faults()
                },
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("get"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                call.params::<()>()?;
                let result = {
                    use ::daemon_core::__private::via::*;
                    let made = Self::load(state);
                    let returned = &::daemon_core::__private::Returned::<
                        std::io::Result<()>,
                    >::new();
                    returned
                        .split(made)
                        .map_err(|error| (&returned.raises()).raise(error))
                }?;
                {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<std::io::Result<()>>::new())
                        .gives())
                        .of(call)
                }
                    .reply(result)
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                faults: || {
                    use ::daemon_core::__private::via::*;
                    (&(&::daemon_core::__private::Returned::<std::io::Result<()>>::new())
                        .raises())
                        .faults()
                },
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("load"),
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
