/// Say something else.
pub fn extra(state: &mut crate::Echo, message: &str, context: &mut Context) -> String {
    format!("{message} {}", state.count())
}
#[allow(deprecated)]
const _: () = {
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Extension::new:: < crate ::Echo >
        (::core::env!("CARGO_CRATE_NAME"), (::core::file!(), ::core::line!(),
        ::core::column!()), "extra", const { & ::daemon_core::__private::Tables { methods
        : & [::daemon_core::__private::Method { run :
        ::daemon_core::__private::Handler::Here(| state, mut call | { let (message,) =
        call.params:: < (::daemon_core::__private::Text < '_ >,) > () ?; let result =
        extra(state, & message, call.context()); call.reply(result) }), check :
        ::core::option::Option::None, spec : ::daemon_core::__private::MethodSpec { doc :
        "Say something else.", params : const { & [::daemon_core::__private::Param::of::
        < ::daemon_core::__private::Text < 'static > > ("message")] }, result :
        ::daemon_core::__private::returns:: < String > (), allow : &
        [::daemon_core::__private::Rule::Owner], ..
        ::daemon_core::__private::MethodSpec::new(::daemon_core::__private::Name::Whole("my.extra"))
        } }], .. ::daemon_core::__private::Tables::empty() } },)
    }
};
fn count(state: &Echo) -> u64 {
    state.served
}
#[allow(deprecated)]
const _: () = {
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Extension::new:: < Echo >
        (::core::env!("CARGO_CRATE_NAME"), (::core::file!(), ::core::line!(),
        ::core::column!()), "count", const { & ::daemon_core::__private::Tables { methods
        : & [::daemon_core::__private::Method { run :
        ::daemon_core::__private::Handler::Here(| state, call | { call.params:: < () > ()
        ?; let result = count(state); call.reply(result) }), check :
        ::core::option::Option::None, spec : ::daemon_core::__private::MethodSpec {
        result : ::daemon_core::__private::returns:: < u64 > (), ..
        ::daemon_core::__private::MethodSpec::new(::daemon_core::__private::Name::Under("count"))
        } }], .. ::daemon_core::__private::Tables::empty() } },)
    }
};
