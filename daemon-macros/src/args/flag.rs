//! The arguments of `#[flag(…)]` on a field.

use proc_macro2::Ident;
use syn::{LitChar, LitStr};

use super::list::{Argument, Bare, arguments};
use super::value::Value;
use super::{Arg, Given};

arguments! {
    /// The arguments of the attribute, as written.
    Flag {
        short: Option<Short> = "short = 'p'",
        long: Option<LitStr> = "long = \"prefix\"",
        env: Option<LitStr> = "env = \"ECHO_PREFIX\"",
        default: Option<LitStr> = "default = \"hello\"",
        value_name: Option<LitStr> = "value_name = \"TEXT\"",
        required: Option<Bare> = "required",
    }
}

/// The short form of a flag.
pub(crate) enum Short {
    /// `short`: the first letter of the field.
    First(Ident),
    /// `short = 'p'`
    Given(LitChar),
}

impl Argument for Short {
    fn read(arg: &Arg) -> Option<Self> {
        match &arg.given {
            Given::Nothing => Some(Short::First(arg.name.clone())),
            Given::Value(value) => LitChar::of(value).map(Short::Given),
            Given::List(_) => None,
        }
    }
}
