//! The elements of XML-RPC.

macro_rules! tags {
    ($($tag:ident $($name:literal)|+,)*) => {
        /// An element of XML-RPC.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Tag {
            $($tag,)*
        }

        impl Tag {
            /// Returns the element with this name.
            pub(super) fn of(name: &str) -> Option<Tag> {
                match name {
                    $($($name)|+ => Some(Tag::$tag),)*
                    _ => None,
                }
            }

            /// The usual name of the element.
            pub(super) fn name(self) -> &'static str {
                match self {
                    $(Tag::$tag => [$($name),+][0],)*
                }
            }
        }
    };
}

// With the extensions of Apache, whose prefix is `ex` wherever it is written.
tags! {
    Value "value",
    String "string",
    Int "int" | "i4",
    Long "i8" | "ex:i8",
    Boolean "boolean",
    Double "double",
    DateTime "dateTime.iso8601",
    Base64 "base64",
    Nil "nil" | "ex:nil",
    Array "array",
    Data "data",
    Struct "struct",
    Member "member",
    Name "name",
    Param "param",
    Params "params",
    MethodName "methodName",
    MethodCall "methodCall",
}
