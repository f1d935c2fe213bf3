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
                use ::daemon_core::__private::{ViaError as _, ViaTyped as _};
                let (name,) = call.params::<(::daemon_core::__private::Text<'_>,)>()?;
                let result = Self::get(state, &name)
                    .map_err(|error| {
                        (&::daemon_core::__private::Raise::<
                            <Result<
                                Item,
                                Refused,
                            > as ::daemon_core::__private::Split>::Bad,
                        >::new())
                            .raise(error)
                    })?;
                call.reply(result)
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
                result: ::daemon_core::__private::returns::<
                    <Result<Item, Refused> as ::daemon_core::__private::Split>::Good,
                >(),
                faults: || {
                    use ::daemon_core::__private::{ViaError as _, ViaTyped as _};
                    (&::daemon_core::__private::Raise::<
                        <Result<Item, Refused> as ::daemon_core::__private::Split>::Bad,
                    >::new())
                        .faults()
                },
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("get"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                use ::daemon_core::__private::{ViaError as _, ViaTyped as _};
                call.params::<()>()?;
                let result = Self::load(state)
                    .map_err(|error| {
                        (&::daemon_core::__private::Raise::<
                            <std::io::Result<()> as ::daemon_core::__private::Split>::Bad,
                        >::new())
                            .raise(error)
                    })?;
                call.reply(result)
            }),
            check: ::core::option::Option::None,
            spec: ::daemon_core::__private::MethodSpec {
                faults: || {
                    use ::daemon_core::__private::{ViaError as _, ViaTyped as _};
                    (&::daemon_core::__private::Raise::<
                        <std::io::Result<()> as ::daemon_core::__private::Split>::Bad,
                    >::new())
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
