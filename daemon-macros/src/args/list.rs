//! An attribute's arguments as one list, and how each type of argument is written.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{Expr, LitStr, Path};

use super::{Arg, Args, Given, Value, items};

/// Makes the struct, its grammar and its reader from one list: name, type and example of each argument. The type says
/// how the argument is written.
macro_rules! arguments {
    (
        $(#[$attribute:meta])*
        $struct:ident $(($($repeats:literal),* may be repeated))? {
            $($(#[$doc:meta])* $name:ident: $type:ty = $example:literal,)*
        }
    ) => {
        $(#[$attribute])*
        pub(crate) struct $struct {
            $($(#[$doc])* pub(crate) $name: $type,)*
        }

        impl $struct {
            const GRAMMAR: $crate::args::Grammar = $crate::args::Grammar {
                what: "argument",
                known: &[$((stringify!($name), $example)),*],
                repeats: &[$($($repeats),*)?],
            };

            /// Reads the tokens in the parentheses of the attribute.
            #[allow(dead_code, reason = "a list within another one is taken from it")]
            pub(crate) fn read(
                tokens: ::proc_macro2::TokenStream,
                errors: &mut $crate::errors::Errors,
            ) -> Self {
                Self::take(&mut $crate::args::Args::read(tokens, &Self::GRAMMAR, errors))
            }

            /// Takes the arguments of this struct from `args`.
            pub(super) fn take(args: &mut $crate::args::Args<'_>) -> Self {
                $struct { $($name: $crate::args::list::Field::of(args, stringify!($name)),)* }
            }
        }
    };
}

pub(super) use arguments;

/// A field of such a struct: it has a value even if its argument is missing or wrong.
pub(crate) trait Field {
    fn of(args: &mut Args<'_>, name: &str) -> Self;
}

/// A type that one argument is read as.
pub(crate) trait Argument: Sized {
    /// Returns `None` if it is not written like its example.
    fn read(arg: &Arg) -> Option<Self>;

    /// Says what to write instead of an argument that can't be read, if that is better than the example.
    fn advice(_: &Arg) -> Option<String> {
        None
    }
}

/// An argument that counts as given even if it is written wrong.
#[derive(Clone)]
pub(crate) struct Written<T> {
    pub(crate) given: bool,
    pub(crate) value: Option<T>,
}

/// `name` alone, as the identifier.
pub(crate) struct Bare(Ident);

impl ToTokens for Bare {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

impl<T: Argument> Field for Option<T> {
    fn of(args: &mut Args<'_>, name: &str) -> Self {
        args.read_as(name)
    }
}

impl<T: Argument> Field for Written<T> {
    fn of(args: &mut Args<'_>, name: &str) -> Self {
        Written { given: args.has(name), value: args.read_as(name) }
    }
}

impl<T> Field for Vec<T>
where
    Vec<T>: Argument,
{
    fn of(args: &mut Args<'_>, name: &str) -> Self {
        args.read_as(name).unwrap_or_default()
    }
}

impl Field for bool {
    fn of(args: &mut Args<'_>, name: &str) -> Self {
        args.read_as::<Bare>(name).is_some()
    }
}

impl Argument for Bare {
    fn read(arg: &Arg) -> Option<Self> {
        match arg.given {
            Given::Nothing => Some(Bare(arg.name.clone())),
            Given::Value(_) | Given::List(_) => None,
        }
    }
}

/// `name = value`
impl<T: Value> Argument for T {
    fn read(arg: &Arg) -> Option<Self> {
        match &arg.given {
            Given::Value(value) => T::of(value),
            Given::Nothing | Given::List(_) => None,
        }
    }
}

/// `name(a, b)`
impl<A: Value, B: Value> Argument for (A, B) {
    fn read(arg: &Arg) -> Option<Self> {
        let Given::List(list) = &arg.given else { return None };
        match items::<Expr>(list.clone())?.as_slice() {
            [one, two] => A::of(one).zip(B::of(two)),
            _ => None,
        }
    }
}

/// `name = "a"` or `name("a", "b")`
impl Argument for Vec<LitStr> {
    fn read(arg: &Arg) -> Option<Self> {
        let texts = match &arg.given {
            Given::Value(value) => LitStr::of(value).map(|text| vec![text]),
            Given::List(list) => items(list.clone()),
            Given::Nothing => None,
        };
        texts.filter(|texts| !texts.is_empty())
    }

    fn advice(arg: &Arg) -> Option<String> {
        let Given::Value(Expr::Array(array)) = &arg.given else { return None };
        let texts: Vec<String> = array.elems.iter().map(|item| item.to_token_stream().to_string()).collect();
        let name = match arg.name.to_string().as_str() {
            "alias" => "aliases".to_owned(),
            name => name.to_owned(),
        };
        (!texts.is_empty()).then(|| format!("write `{name}({})`", texts.join(", ")))
    }
}

/// `name(A, b::C)`; the list may be empty.
impl Argument for Vec<Path> {
    fn read(arg: &Arg) -> Option<Self> {
        match &arg.given {
            Given::List(list) => items(list.clone()),
            Given::Nothing | Given::Value(_) => None,
        }
    }
}
