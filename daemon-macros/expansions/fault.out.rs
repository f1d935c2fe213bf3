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
}
#[automatically_derived]
impl ::daemon_core::__private::TypedFault for Refused {
    const FAULTS: &'static [::daemon_core::__private::FaultSpec] = &[
        ::daemon_core::__private::FaultSpec {
            code: 1i32,
            message: "The store is full.",
        },
        ::daemon_core::__private::FaultSpec {
            code: 2i32,
            message: "no such item: {name}",
        },
        ::daemon_core::__private::FaultSpec {
            code: -3i32,
            message: "{1:?} is not {0}, but {{this}} {1:?}",
        },
        ::daemon_core::__private::FaultSpec {
            code: 4i32,
            message: "not found anywhere",
        },
        ::daemon_core::__private::FaultSpec {
            code: 5i32,
            message: "wait for {seconds} s",
        },
        ::daemon_core::__private::FaultSpec {
            code: 6i32,
            message: "100 {{percent}}",
        },
    ];
    fn into_fault(self) -> ::daemon_core::Fault {
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
            Self::NotFoundAnywhere { .. } => {
                ::daemon_core::Fault::new(4i32, "not found anywhere")
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
        }
    }
}
