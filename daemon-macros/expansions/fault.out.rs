#[derive(Debug, Fault)]
enum Refused {
    /// The store is full.
    ///
    /// It was never empty.
    #[fault(code = 1)]
    Full,
    #[fault(code = 2, message = "no such item: {name}")]
    Unknown { name: String, place: u32 },
    #[fault(code = -3, message = "{1:?} is not {0}, but {{this}} {1:?}")]
    Different(u32, String, u8),
    #[fault(code = 4)]
    NotFoundAnywhere,
    #[fault(code = 5, message = "wait for {seconds} s")]
    Busy { seconds: u64, #[fault(data)] queue: Queue },
    #[fault(code = 6, message = "100 {{percent}}")]
    Braces(#[fault(data)] u8),
    #[fault(code = 7)]
    Disk(#[from] std::io::Error),
    #[fault(code = 8)]
    Shut { #[fault(data)] until: Date },
}
#[automatically_derived]
impl ::daemon_core::__private::TypedFault for Refused {
    const FAULTS: &'static [::daemon_core::__private::FaultSpec] = &[
        ::daemon_core::__private::FaultSpec {
            name: "Full",
            ..::daemon_core::__private::FaultSpec::new(1i32, "The store is full.")
        },
        ::daemon_core::__private::FaultSpec {
            name: "Unknown",
            ..::daemon_core::__private::FaultSpec::new(2i32, "no such item: {name}")
        },
        ::daemon_core::__private::FaultSpec {
            name: "Different",
            ..::daemon_core::__private::FaultSpec::new(
                -3i32,
                "{1:?} is not {0}, but {{this}} {1:?}",
            )
        },
        ::daemon_core::__private::FaultSpec {
            name: "NotFoundAnywhere",
            ..::daemon_core::__private::FaultSpec::new(4i32, "not found anywhere")
        },
        ::daemon_core::__private::FaultSpec {
            name: "Busy",
            data: ::core::option::Option::Some(|generator| {
                use ::daemon_core::__private::via::*;
                (&::daemon_core::__private::FaultData::<Queue>::new()).schema(generator)
            }),
            ..::daemon_core::__private::FaultSpec::new(5i32, "wait for {seconds} s")
        },
        ::daemon_core::__private::FaultSpec {
            name: "Braces",
            data: ::core::option::Option::Some(|generator| {
                use ::daemon_core::__private::via::*;
                (&::daemon_core::__private::FaultData::<u8>::new()).schema(generator)
            }),
            ..::daemon_core::__private::FaultSpec::new(6i32, "100 {{percent}}")
        },
        ::daemon_core::__private::FaultSpec {
            name: "Disk",
            ..::daemon_core::__private::FaultSpec::new(7i32, "disk")
        },
        ::daemon_core::__private::FaultSpec {
            name: "Shut",
            data: ::core::option::Option::Some(|generator| {
                use ::daemon_core::__private::via::*;
                (&::daemon_core::__private::FaultData::<Date>::new()).schema(generator)
            }),
            ..::daemon_core::__private::FaultSpec::new(8i32, "shut")
        },
    ];
    fn into_fault(self) -> ::daemon_core::Fault {
        use ::daemon_core::__private::via::*;
        match self {
            Self::Full { .. } => ::daemon_core::Fault::new(1i32, "The store is full."),
            Self::Unknown { name: field_name, .. } => {
                ::daemon_core::Fault::new(
                    2i32,
                    ::std::format!("no such item: {field_name}"),
                )
            }
            Self::Different { 0: field_0, 1: field_1, .. } => {
                ::daemon_core::Fault::new(
                    -3i32,
                    ::std::format!(
                        "{field_1:?} is not {field_0}, but {{this}} {field_1:?}"
                    ),
                )
            }
            ref error @ Self::NotFoundAnywhere { .. } => {
                ::daemon_core::Fault::new(
                    4i32,
                    (&::daemon_core::__private::FaultText(error))
                        .or("not found anywhere"),
                )
            }
            Self::Busy { seconds: field_seconds, queue: field_queue, .. } => {
                ::daemon_core::Fault::new(
                        5i32,
                        ::std::format!("wait for {field_seconds} s"),
                    )
                    .with_data(::daemon_core::__private::json(field_queue))
            }
            Self::Braces { 0: field_0, .. } => {
                ::daemon_core::Fault::new(6i32, "100 {percent}")
                    .with_data(::daemon_core::__private::json(field_0))
            }
            ref error @ Self::Disk { .. } => {
                ::daemon_core::Fault::new(
                    7i32,
                    (&::daemon_core::__private::FaultText(error)).or("disk"),
                )
            }
            ref error @ Self::Shut { until: ref field_until, .. } => {
                ::daemon_core::Fault::new(
                        8i32,
                        (&::daemon_core::__private::FaultText(error)).or("shut"),
                    )
                    .with_data(::daemon_core::__private::json(field_until))
            }
        }
    }
    fn from_fault(fault: &::daemon_core::Fault) -> ::core::option::Option<Self> {
        use ::daemon_core::__private::via::*;
        match fault.code() {
            1i32 => ::core::option::Option::Some(Self::Full {}),
            4i32 => ::core::option::Option::Some(Self::NotFoundAnywhere {}),
            6i32 => {
                (&::daemon_core::__private::FaultData::<u8>::new())
                    .of(fault)
                    .map(|data| Self::Braces { 0: data })
            }
            8i32 => {
                (&::daemon_core::__private::FaultData::<Date>::new())
                    .of(fault)
                    .map(|data| Self::Shut { until: data })
            }
            _ => ::core::option::Option::None,
        }
    }
}
#[automatically_derived]
impl ::core::convert::From<Refused> for ::daemon_core::Fault {
    fn from(error: Refused) -> Self {
        ::daemon_core::__private::TypedFault::into_fault(error)
    }
}
#[automatically_derived]
impl ::core::convert::From<std::io::Error> for Refused {
    fn from(source: std::io::Error) -> Self {
        Self::Disk { 0: source }
    }
}
#[derive(Debug, thiserror::Error, Fault)]
enum Failed {
    #[error("the disk failed: {0}")]
    #[fault(code = 1)]
    Disk(#[from] std::io::Error),
}
#[automatically_derived]
impl ::daemon_core::__private::TypedFault for Failed {
    const FAULTS: &'static [::daemon_core::__private::FaultSpec] = &[
        ::daemon_core::__private::FaultSpec {
            name: "Disk",
            ..::daemon_core::__private::FaultSpec::new(1i32, "the disk failed: {0}")
        },
    ];
    fn into_fault(self) -> ::daemon_core::Fault {
        use ::daemon_core::__private::via::*;
        match self {
            ref error @ Self::Disk { .. } => {
                ::daemon_core::Fault::new(
                    1i32,
                    (&::daemon_core::__private::FaultText(error)).or("disk"),
                )
            }
        }
    }
}
#[automatically_derived]
impl ::core::convert::From<Failed> for ::daemon_core::Fault {
    fn from(error: Failed) -> Self {
        ::daemon_core::__private::TypedFault::into_fault(error)
    }
}
