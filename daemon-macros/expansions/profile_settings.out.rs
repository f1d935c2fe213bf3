/// Everything that can be set.
///
/// And a long help.
#[derive(Default)]
pub struct Settings;
#[automatically_derived]
impl ::daemon_core::__private::Describe for Settings {
    const SPEC: ::daemon_core::__private::DaemonSpec = ::daemon_core::__private::DaemonSpec {
        doc: "Everything that can be set.\n\nAnd a long help.",
        sockets: &["unix:/run/all.sock", "tcp://127.0.0.1:7000"],
        pid_file: ::core::option::Option::Some("/run/all.pid"),
        mode: ::core::option::Option::Some(0o660),
        nice: ::core::option::Option::Some(-5),
        umask: ::core::option::Option::Some(0o027),
        cycle: true,
        limits: &[("connections", "20000"), ("idle", "5min")],
        ..::daemon_core::__private::DaemonSpec::new(
            "all",
            ::core::env!("CARGO_PKG_VERSION"),
        )
    };
}
#[automatically_derived]
impl ::daemon_core::__private::Flags for Settings {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[];
}
