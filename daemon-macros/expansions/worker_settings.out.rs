/// All that can be set.
#[derive(Default)]
struct PrimeFinder;
#[automatically_derived]
impl ::daemon_core::__private::DescribeWorker for PrimeFinder {
    const SPEC: ::daemon_core::__private::WorkerSpec = ::daemon_core::__private::WorkerSpec::new(
            "prime-finder",
        )
        .doc("All that can be set.")
        .every(::core::time::Duration::from_secs(5400u64))
        .restart(::daemon_core::__private::Restart::OnFailure)
        .optional()
        .count(0)
        .nice(-5)
        .heartbeat(::core::time::Duration::new(0u64, 10000000u32))
        .call_timeout(::core::time::Duration::new(1u64, 500000000u32))
        .start_timeout(::core::time::Duration::from_secs(30u64))
        .stop_grace(::core::time::Duration::from_secs(0u64))
        .min_uptime(::core::time::Duration::from_secs(1u64))
        .backoff(
            ::core::time::Duration::new(0u64, 100000000u32),
            ::core::time::Duration::from_secs(30u64),
        )
        .intensity(10, ::core::time::Duration::from_secs(60u64))
        .env(&["PATH", "LANG"])
        .named_memory();
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[];
}
impl PrimeFinder {}
#[automatically_derived]
#[allow(deprecated)]
impl ::daemon_core::__private::Worker for PrimeFinder {
    const METHODS: &'static [::daemon_core::__private::Method<Self>] = &[];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
    const SPINUP: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
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
    const SPEC: ::daemon_core::__private::WorkerSpec = ::daemon_core::__private::WorkerSpec::new(
            "few",
        )
        .restart(::daemon_core::__private::Restart::Never)
        .count(4);
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
    const METHODS: &'static [::daemon_core::__private::Method<Self>] = &[];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
    const SPINUP: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
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
struct Wrong;
#[automatically_derived]
impl ::daemon_core::__private::DescribeWorker for Wrong {
    const SPEC: ::daemon_core::__private::WorkerSpec = ::daemon_core::__private::WorkerSpec::new(
        "",
    );
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[];
}
::core::compile_error! {
    "methods under `worker.` are the daemon's own; write another name: `name = \"my-worker\"`"
}
::core::compile_error! {
    "there are 1 to 1024 processes: write `count = 4`, or `count = \"cores\"` for one a core"
}
impl Wrong {
    fn tick(&mut self) {}
}
#[automatically_derived]
impl ::daemon_core::__private::Worker for Wrong {
    const METHODS: &'static [::daemon_core::__private::Method<Self>] = &[];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
    const SPINUP: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
    const TICK: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
    const SPINDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
}
::core::compile_error! {
    "these belong above the struct: write `#[worker(…)]` there, and `#[worker]` here"
}
