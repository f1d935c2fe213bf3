/// Say something else.
pub fn extra(state: &mut crate::Echo, message: &str, context: &mut Context) -> String {
    format!("{message} {}", state.count())
}
#[allow(deprecated)]
const _: () = {
    static METHOD: ::daemon_core::__private::Method<crate::Echo> = ::daemon_core::__private::Method::new(
            ::daemon_core::__private::Name::Whole("my.extra"),
            |state, mut call| {
                let (message,) = call.params::<(::daemon_core::__private::Text<'_>,)>()?;
                let result = extra(state, &message, call.context());
                call.reply(result)
            },
        )
        .doc("Say something else.")
        .params(const {
            &[
                ::daemon_core::__private::Param::of::<
                    ::daemon_core::__private::Text<'static>,
                >("message"),
            ]
        })
        .returns::<String>()
        .allow(&[::daemon_core::__private::Rule::Owner]);
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Extension::new:: < crate ::Echo >
        (::core::env!("CARGO_CRATE_NAME"), (::core::file!(), ::core::line!(),
        ::core::column!()), & METHOD,)
    }
};
fn count(state: &Echo) -> u64 {
    state.served
}
#[allow(deprecated)]
const _: () = {
    static METHOD: ::daemon_core::__private::Method<Echo> = ::daemon_core::__private::Method::new(
            ::daemon_core::__private::Name::Under("count"),
            |state, call| {
                call.params::<()>()?;
                let result = count(state);
                call.reply(result)
            },
        )
        .returns::<u64>();
    ::daemon_core::__private::inventory::submit! {
        ::daemon_core::__private::Extension::new:: < Echo >
        (::core::env!("CARGO_CRATE_NAME"), (::core::file!(), ::core::line!(),
        ::core::column!()), & METHOD,)
    }
};
