fn noted(state: &mut Echo, event: &Event) {}
#[allow(deprecated)]
const _: () = {
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Extension::new:: < Echo >
        (::core::env!("CARGO_CRATE_NAME"), (::core::file!(), ::core::line!(),
        ::core::column!()), "noted", const { & ::daemon_core::__private::Tables {
        listeners : & [::daemon_core::__private::Listener { kind :
        ::daemon_core::EventKind::Connect, name : "noted", handle : | state, event, _ |
        ::daemon_core::__private::Done::done(noted(state, event)), },
        ::daemon_core::__private::Listener { kind : ::daemon_core::EventKind::HangUp,
        name : "noted", handle : | state, event, _ |
        ::daemon_core::__private::Done::done(noted(state, event)), }], ..
        ::daemon_core::__private::Tables::empty() } },)
    }
};
fn forget(state: &mut Echo, context: &mut Context) -> Result<()> {
    Ok(())
}
#[allow(deprecated)]
const _: () = {
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Extension::new:: < Echo >
        (::core::env!("CARGO_CRATE_NAME"), (::core::file!(), ::core::line!(),
        ::core::column!()), "forget", const { & ::daemon_core::__private::Tables {
        listeners : & [::daemon_core::__private::Listener { kind :
        ::daemon_core::EventKind::Signal(::daemon_core::Signal::SIGUSR1), name :
        "forget", handle : | state, _, context |
        ::daemon_core::__private::Done::done(forget(state, context)), }], timers : &
        [::daemon_core::__private::Timer { period :
        ::daemon_core::__private::Period::Fixed(::core::time::Duration::from_secs(3600u64)),
        name : "forget", tick : | state, context |
        ::daemon_core::__private::Done::done(forget(state, context)) }], ..
        ::daemon_core::__private::Tables::empty() } },)
    }
};
fn count(state: &mut crate::Echo, call: &AfterCall) {}
#[allow(deprecated)]
const _: () = {
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Extension::new:: < crate ::Echo >
        (::core::env!("CARGO_CRATE_NAME"), (::core::file!(), ::core::line!(),
        ::core::column!()), "count", const { & ::daemon_core::__private::Tables {
        call_hooks : ::daemon_core::__private::CallHooks { before : & [], after : & [{ |
        state, call, _ | { ::daemon_core::__private::Done::done(count(state, call)) } }]
        }, .. ::daemon_core::__private::Tables::empty() } },)
    }
};
fn scan(state: &mut Echo) {}
#[allow(deprecated)]
const _: () = {
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Extension::new:: < Echo >
        (::core::env!("CARGO_CRATE_NAME"), (::core::file!(), ::core::line!(),
        ::core::column!()), "scan", const { & ::daemon_core::__private::Tables { methods
        : & [::daemon_core::__private::Method { run :
        ::daemon_core::__private::Handler::Here(| state, call | { call.params:: < () > ()
        ?; scan(state); call.reply(()) }), check : ::core::option::Option::None, spec :
        ::daemon_core::__private::MethodSpec::new(::daemon_core::__private::Name::Under("scan"))
        }], timers : & [::daemon_core::__private::Timer { period :
        ::daemon_core::__private::Period::Setting(| state, _ |
        ::daemon_core::__private::period(& state.period)), name : "scan", tick : | state,
        _ | ::daemon_core::__private::Done::done(scan(state)) }], ..
        ::daemon_core::__private::Tables::empty() } },)
    }
};
