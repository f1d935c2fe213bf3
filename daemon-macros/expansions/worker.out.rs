/// Copies a file every ten seconds.
#[derive(Default)]
struct Copier {
    /// What to copy
    file: PathBuf,
    copy: PathBuf,
}
#[automatically_derived]
impl ::daemon_core::__private::DescribeWorker for Copier {
    const SPEC: ::daemon_core::__private::WorkerSpec = ::daemon_core::__private::WorkerSpec {
        doc: "Copies a file every ten seconds.",
        every: ::core::option::Option::Some(::core::time::Duration::from_secs(10u64)),
        policy: ::daemon_core::__private::Policy {
            restart: ::daemon_core::__private::Restart::Always,
            ..::daemon_core::__private::Policy::new()
        },
        ..::daemon_core::__private::WorkerSpec::new("handyman")
    };
}
#[automatically_derived]
impl ::daemon_core::__private::Flags for Copier {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[
        ::daemon_core::__private::flag::Flag {
            spec: ::daemon_core::__private::flag::FlagSpec {
                doc: "What to copy",
                default: ::core::option::Option::Some("test.txt"),
                value_name: ::core::option::Option::Some("FILE"),
                ..::daemon_core::__private::flag::FlagSpec::new(
                    "file",
                    ::daemon_core::__private::flag::Arity::One,
                )
            },
            set: |state, given| ::daemon_core::__private::flag::one(
                &mut state.file,
                ::daemon_core::__private::flag::path,
                given,
            ),
        },
    ];
}
impl Copier {
    fn spinup(&mut self) -> Result<()> {
        self.copy = self.file.with_extension("copy");
        Ok(())
    }
    fn tick(&mut self, context: &mut Context) -> std::io::Result<()> {
        context.progress(std::fs::copy(&self.file, &self.copy)?, 0);
        Ok(())
    }
    /// Change the output file name.
    fn changename(&mut self, name: String) -> bool {
        self.copy = PathBuf::from(name);
        true
    }
    fn copies(&self, reply: Reply<u64>) {
        reply.send(0);
    }
    fn rest(&mut self) {}
    fn tidy(&mut self) {}
}
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Worker for Copier {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, call| {
                let (name,) = call.params::<(String,)>()?;
                let result = Self::changename(state, name);
                call.reply(result)
            }),
            check: ::core::option::Option::Some(|params| {
                params.read::<(String,)>().map(::core::mem::drop)
            }),
            spec: ::daemon_core::__private::MethodSpec {
                doc: "Change the output file name.",
                params: const {
                    &[::daemon_core::__private::Param::of::<String>("name")]
                },
                result: ::daemon_core::__private::returns::<bool>(),
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Under("changename"),
                )
            },
        },
        ::daemon_core::__private::Method {
            run: ::daemon_core::__private::Handler::Here(|state, mut call| {
                call.params::<()>()?;
                let reply: Reply<u64> = call
                    .defer(|error| {
                        use ::daemon_core::__private::via::*;
                        (&::daemon_core::__private::RepliesLate::<Reply<u64>>::new()
                            .raises())
                            .raise(error)
                    });
                Self::copies(state, reply);
                call.deferred()
            }),
            check: ::core::option::Option::Some(|params| {
                params.read::<()>().map(::core::mem::drop)
            }),
            spec: ::daemon_core::__private::MethodSpec {
                result: ::core::option::Option::Some(|generator| {
                    use ::daemon_core::__private::via::*;
                    (&::daemon_core::__private::Gives::<u64>::new()).schema(generator)
                }),
                faults: || {
                    use ::daemon_core::__private::via::*;
                    (&(::daemon_core::__private::RepliesLate::<Reply<u64>>::new())
                        .raises())
                        .faults()
                },
                ..::daemon_core::__private::MethodSpec::new(
                    ::daemon_core::__private::Name::Whole("copies"),
                )
            },
        },
    ];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[
        ::daemon_core::__private::Listener {
            kind: ::daemon_core::EventKind::Signal(::daemon_core::Signal::SIGUSR1),
            name: "rest",
            handle: |state, _, _| ::daemon_core::__private::Done::done(Self::rest(state)),
        },
        ::daemon_core::__private::Listener {
            kind: ::daemon_core::EventKind::Pause,
            name: "rest",
            handle: |state, _, _| ::daemon_core::__private::Done::done(Self::rest(state)),
        },
    ];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[
        ::daemon_core::__private::Timer {
            period: ::daemon_core::__private::Period::Fixed(
                ::core::time::Duration::from_secs(60u64),
            ),
            name: "tidy",
            tick: |state, _| ::daemon_core::__private::Done::done(Self::tidy(state)),
        },
    ];
    const SPINUP: ::daemon_core::__private::Setup<Self, Self> = |mut made, _| {
        let state = &mut made;
        ::daemon_core::__private::Done::done(Self::spinup(state))?;
        ::core::result::Result::Ok(made)
    };
    const TICK: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::Some(|
        state,
        context|
    ::daemon_core::__private::Done::done(Self::tick(state, context)));
    const SPINDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
}
const _: () = {
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Registered { krate : ::core::env!("CARGO_CRATE_NAME"),
        place : (::core::file!(), ::core::line!(), ::core::column!()), worker_type :
        ::daemon_core::__private::worker_type:: < Copier > (), }
    }
};
