//! The types that can have a constraint, and what of their values it concerns.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Display;
use std::num;
use std::path::{Path, PathBuf};

/// A number with an order and a text.
pub trait Number: Copy + PartialOrd + Display + 'static {}

impl<N: Copy + PartialOrd + Display + 'static> Number for N {}

/// A type whose values are numbers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't have a `range`",
    label = "a range is for numbers; write `length(…)` for the characters of a text or the items of a list"
)]
pub trait Ranged {
    type Number: Number;

    /// Returns the number; `None` if it is left out.
    fn number(&self) -> Option<Self::Number>;
}

/// A type whose values have a length.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't have a `length`",
    label = "a length is for texts, lists and maps; write `range(…)` for a number"
)]
pub trait Measured {
    const UNIT: Unit;

    /// Returns the length; `None` if it is left out.
    fn length(&self) -> Option<usize>;
}

/// A type whose values are texts.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't have a pattern",
    label = "a pattern is for texts, such as `String`"
)]
pub trait Matched {
    /// Returns the text; `None` if it is left out.
    fn text(&self) -> Option<&str>;
}

/// What a length counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// The characters of a text: Unicode scalar values.
    Characters,
    /// The items of a list.
    Items,
    /// The members of a map.
    Members,
}

impl Unit {
    /// Returns its word, in the number that fits.
    pub(crate) fn word(self, count: usize) -> &'static str {
        match (self, count) {
            (Unit::Characters, 1) => "character",
            (Unit::Characters, _) => "characters",
            (Unit::Items, 1) => "item",
            (Unit::Items, _) => "items",
            (Unit::Members, 1) => "member",
            (Unit::Members, _) => "members",
        }
    }

    /// Returns the keywords of JSON Schema for the least and the most.
    pub(super) fn keywords(self) -> [&'static str; 2] {
        match self {
            Unit::Characters => ["minLength", "maxLength"],
            Unit::Items => ["minItems", "maxItems"],
            Unit::Members => ["minProperties", "maxProperties"],
        }
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(
            impl Ranged for $number {
                type Number = $number;

                fn number(&self) -> Option<$number> {
                    Some(*self)
                }
            }
        )*
    };
}

numbers!(i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64);

macro_rules! non_zero {
    ($($type:ident: $number:ty,)*) => {
        $(
            impl Ranged for num::$type {
                type Number = $number;

                fn number(&self) -> Option<$number> {
                    Some(self.get())
                }
            }
        )*
    };
}

non_zero! {
    NonZeroI8: i8,
    NonZeroI16: i16,
    NonZeroI32: i32,
    NonZeroI64: i64,
    NonZeroI128: i128,
    NonZeroIsize: isize,
    NonZeroU8: u8,
    NonZeroU16: u16,
    NonZeroU32: u32,
    NonZeroU64: u64,
    NonZeroU128: u128,
    NonZeroUsize: usize,
}

macro_rules! counted {
    ($([$($generic:tt)*] $type:ty => $unit:ident)*) => {
        $(
            impl<$($generic)*> Measured for $type {
                const UNIT: Unit = Unit::$unit;

                fn length(&self) -> Option<usize> {
                    Some(self.len())
                }
            }
        )*
    };
}

counted! {
    [T] [T] => Items
    [T] Vec<T> => Items
    [T] VecDeque<T> => Items
    [T] BTreeSet<T> => Items
    [T, S] HashSet<T, S> => Items
    [K, V] BTreeMap<K, V> => Members
    [K, V, S] HashMap<K, V, S> => Members
    [] serde_json::Map<String, serde_json::Value> => Members
}

macro_rules! texts {
    ($($type:ty)*) => {
        $(
            impl Measured for $type {
                const UNIT: Unit = Unit::Characters;

                fn length(&self) -> Option<usize> {
                    self.text().map(|text| text.chars().count())
                }
            }
        )*
    };
}

texts!(str String Path PathBuf);

impl Matched for str {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl Matched for String {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

/// JSON is UTF-8, and so is every path that was read from it.
impl Matched for Path {
    fn text(&self) -> Option<&str> {
        self.to_str()
    }
}

impl Matched for PathBuf {
    fn text(&self) -> Option<&str> {
        self.to_str()
    }
}

/// A type that contains a value of another, or refers to it.
macro_rules! containers {
    ($([$($generic:tt)*] $inside:ty, $type:ty, |$value:ident| $get:expr;)*) => {
        $(
            impl<$($generic)*> Ranged for $type where $inside: Ranged {
                type Number = <$inside as Ranged>::Number;

                fn number(&self) -> Option<Self::Number> {
                    let $value = self;
                    Ranged::number($get)
                }
            }

            impl<$($generic)*> Measured for $type where $inside: Measured {
                const UNIT: Unit = <$inside as Measured>::UNIT;

                fn length(&self) -> Option<usize> {
                    let $value = self;
                    Measured::length($get)
                }
            }

            impl<$($generic)*> Matched for $type where $inside: Matched {
                fn text(&self) -> Option<&str> {
                    let $value = self;
                    Matched::text($get)
                }
            }
        )*
    };
}

containers! {
    [T] T, Option<T>, |value| match value { Some(value) => value, None => return None };
    [T: ?Sized] T, Box<T>, |value| &**value;
    [T: ?Sized] T, &T, |value| &**value;
    [T: ?Sized + ToOwned] T, Cow<'_, T>, |value| &**value;
}
