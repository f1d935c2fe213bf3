#[derive(Default)]
#[allow(unused)]
struct Wrong {
    prefix: String,
}
#[automatically_derived]
impl ::daemon_core::__private::Describe for Wrong {
    const SPEC: ::daemon_core::__private::DaemonSpec = ::daemon_core::__private::DaemonSpec::new(
        "",
        "",
    );
}
#[automatically_derived]
impl ::daemon_core::__private::Flags for Wrong {
    const FLAGS: &'static [::daemon_core::__private::flag::Flag<Self>] = &[];
}
::core::compile_error! {
    "there is no argument `nmae`; did you mean `name`? There are `name`, `socket`, `pid_file`, `dialects`, `varlink`, `mode`, `nice`, `umask`, `services`, `cycle`, `needs`, `limits`, `workers`, `pool`"
}
::core::compile_error! {
    "there is no argument `shrot`; did you mean `short`? There are `short`, `long`, `env`, `default`, `value_name`, `required`"
}
::core::compile_error! {
    "a niceness is -20 (first served) to 19 (last)"
}
#[allow(unused)]
impl Wrong {
    /// Kept as it is.
    fn echo(&mut self, message: &str) -> String {
        message.to_owned()
    }
    fn tidy(&mut self) {}
}
#[automatically_derived]
impl ::daemon_core::__private::Daemon for Wrong {
    type Settings = Self;
    const METHODS: &'static [::daemon_core::__private::Method<Self, Self>] = &[];
    const LISTENERS: &'static [::daemon_core::__private::Listener<Self>] = &[];
    const TIMERS: &'static [::daemon_core::__private::Timer<Self>] = &[];
    const SETUP: ::daemon_core::__private::Setup<Self, Self> = |_, _| {
        ::core::unreachable!()
    };
    const TEARDOWN: ::core::option::Option<::daemon_core::__private::Hook<Self>> = ::core::option::Option::None;
}
::core::compile_error! {
    "write `default = 1`"
}
::core::compile_error! {
    "write a duration in quotes, or the field that has it: `#[every(\"30s\")]`, `#[every(settings.period)]`"
}
::core::compile_error! {
    "a method needs a name: write one such as `\"my.echo\"`"
}
#[derive(Fault)]
enum Refused {
    Full,
}
#[automatically_derived]
impl ::daemon_core::__private::TypedFault for Refused {
    const FAULTS: &'static [::daemon_core::__private::FaultSpec] = &[];
    fn into_fault(self) -> ::daemon_core::Fault {
        ::daemon_core::Fault::new(0, "")
    }
}
#[automatically_derived]
impl ::core::convert::From<Refused> for ::daemon_core::Fault {
    fn from(_: Refused) -> Self {
        ::core::unreachable!()
    }
}
::core::compile_error! {
    "a caller tells faults apart by their codes: write `#[fault(code = 1)]` above it"
}
