/// All that can be set.
#[derive(Default)]
struct PrimeFinder;
#[automatically_derived]
impl ::daemon_core::__private::DescribeWorker for PrimeFinder {
    const SPEC: ::daemon_core::__private::WorkerSpec = ::daemon_core::__private::WorkerSpec {
        doc: "All that can be set.",
        every: ::core::option::Option::Some(::core::time::Duration::from_secs(5400u64)),
        optional: true,
        count: ::core::option::Option::None,
        nice: ::core::option::Option::Some(-5),
        heartbeat: ::core::option::Option::Some(
            ::core::time::Duration::new(0u64, 10000000u32),
        ),
        call_timeout: ::core::option::Option::Some(
            ::core::time::Duration::new(1u64, 500000000u32),
        ),
        env: ::core::option::Option::Some(&["PATH", "LANG"]),
        named_memory: true,
        policy: ::daemon_core::__private::Policy {
            restart: ::daemon_core::__private::Restart::OnFailure,
            start_timeout: ::core::time::Duration::from_secs(30u64),
            stop_grace: ::core::time::Duration::from_secs(0u64),
            min_uptime: ::core::time::Duration::from_secs(1u64),
            backoff: ::daemon_core::__private::Backoff {
                from: ::core::time::Duration::new(0u64, 100000000u32),
                to: ::core::time::Duration::from_secs(30u64),
            },
            intensity: ::core::option::Option::Some(::daemon_core::__private::Intensity {
                restarts: 10,
                within: ::core::time::Duration::from_secs(60u64),
            }),
            ..::daemon_core::__private::Policy::new()
        },
        ..::daemon_core::__private::WorkerSpec::new("prime-finder")
    };
}
#[automatically_derived]
impl ::daemon_core::__private::Flags for PrimeFinder {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[];
}
impl PrimeFinder {}
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Worker for PrimeFinder {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
    const SPINUP: ::daemon_core::__private::Setup<Self, Self> = |state, _| ::core::result::Result::Ok(
        state,
    );
    const TICK: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
    const SPINDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
}
const _: () = {
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Registered { krate : ::core::env!("CARGO_CRATE_NAME"),
        place : (::core::file!(), ::core::line!(), ::core::column!()), worker_type :
        ::daemon_core::__private::worker_type:: < PrimeFinder > (), }
    }
};
#[cfg(unix)]
#[derive(Default)]
struct Few;
#[cfg(unix)]
#[automatically_derived]
impl ::daemon_core::__private::DescribeWorker for Few {
    const SPEC: ::daemon_core::__private::WorkerSpec = ::daemon_core::__private::WorkerSpec {
        count: ::core::option::Option::Some(4),
        policy: ::daemon_core::__private::Policy {
            restart: ::daemon_core::__private::Restart::Never,
            ..::daemon_core::__private::Policy::new()
        },
        ..::daemon_core::__private::WorkerSpec::new("few")
    };
}
#[cfg(unix)]
#[automatically_derived]
impl ::daemon_core::__private::Flags for Few {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[];
}
#[cfg(unix)]
impl Few {
    fn spindown(&mut self) {}
}
#[cfg(unix)]
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Worker for Few {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
    const SPINUP: ::daemon_core::__private::Setup<Self, Self> = |state, _| ::core::result::Result::Ok(
        state,
    );
    const TICK: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
    const SPINDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::Some(|
        state,
        _|
    ::daemon_core::__private::Done::done(Self::spindown(state)));
}
#[cfg(unix)]
const _: () = {
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Registered { krate : ::core::env!("CARGO_CRATE_NAME"),
        place : (::core::file!(), ::core::line!(), ::core::column!()), worker_type :
        ::daemon_core::__private::worker_type:: < Few > (), }
    }
};
#[derive(Default)]
#[allow(unused)]
struct Wrong;
#[automatically_derived]
impl ::daemon_core::__private::DescribeWorker for Wrong {
    const SPEC: ::daemon_core::__private::WorkerSpec = ::daemon_core::__private::WorkerSpec::new(
        "",
    );
}
#[automatically_derived]
impl ::daemon_core::__private::Flags for Wrong {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[];
}
::core::compile_error! {
    "methods under `worker.` are the daemon's own; write another name: `name = \"my-worker\"`"
}
::core::compile_error! {
    "there are 1 to 1024 processes: write `count = 4`, or `count = \"cores\"` for one a core"
}
#[allow(unused)]
impl Wrong {
    fn tick(&mut self) {}
}
#[automatically_derived]
impl ::daemon_core::__private::Worker for Wrong {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
    const SPINUP: ::daemon_core::__private::Setup<Self, Self> = |_, _| {
        ::core::unreachable!()
    };
    const TICK: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
    const SPINDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
}
::core::compile_error! {
    "these belong above the struct: write `#[worker(…)]` there, and `#[worker]` here"
}
