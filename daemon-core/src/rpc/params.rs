//! Parameters: from the JSON text of a request directly into the types of a handler.
//!
//! They come by position, as an array, or by name, as an object (JSON-RPC 2.0, section 4.2). No tree is built;
//! a string without escapes is borrowed from the frame.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::json;
use serde_json::value::RawValue;

use super::numbers::{inexact, with_plain_integers};
use super::param::{Param, absent, reason};
use super::schema::takes_any;
use crate::brief::{brief, start};
use crate::constraint::{Matched, Measured, Unit};
use crate::fault::{Fault, LONGEST_NAME, code};

/// A string parameter that borrows from the frame where it can: the source of a handler's `&str`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Matched for Text<'_> {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl Measured for Text<'_> {
    const UNIT: Unit = <str as Measured>::UNIT;

    fn length(&self) -> Option<usize> {
        (**self).length()
    }
}

/// The parameters of one handler, as a tuple. Implemented for tuples of up to twelve types.
pub trait ParamList<'de>: Sized {
    #[doc(hidden)]
    fn from_seq<A: SeqAccess<'de>>(seq: A, table: &Table<'_>) -> Result<Self, A::Error>;
    #[doc(hidden)]
    fn from_map<A: MapAccess<'de>>(map: A, table: &Table<'_>) -> Result<Self, A::Error>;
}

/// The parameters that a method takes, and the position of the reader.
#[doc(hidden)]
pub struct Table<'t> {
    params: &'t [Param],
    at: Cell<At>,
}

/// Where a mistake was found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    Whole,
    Param(usize),
    Unknown,
}

impl Table<'_> {
    fn enter<E>(&self, index: usize) -> Result<(), E> {
        self.at.set(At::Param(index));
        Ok(())
    }

    /// Returns the value of a parameter that was not given.
    fn fill<'de, T: Deserialize<'de>, E: serde::de::Error>(&self, index: usize) -> Result<T, E> {
        self.at.set(At::Param(index));
        absent().ok_or_else(|| E::custom("it is missing"))
    }

    fn surplus<E: serde::de::Error>(&self, given: usize) -> E {
        self.at.set(At::Whole);
        E::custom(format_args!("{given} parameters given, the method takes {}", self.params.len()))
    }

    fn twice<E: serde::de::Error>(&self, index: usize) -> E {
        self.at.set(At::Param(index));
        E::custom("it is given twice")
    }

    fn names(&self) -> String {
        let names: Vec<_> = self.params.iter().map(|param| format!("`{}`", param.name)).collect();
        if names.is_empty() { "no parameter".to_owned() } else { names.join(", ") }
    }
}

/// Reads a member's name as the index of the parameter.
impl<'de> DeserializeSeed<'de> for &Table<'_> {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for &Table<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a parameter")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<usize, E> {
        self.params.iter().position(|param| param.name == name).ok_or_else(|| {
            self.at.set(At::Unknown);
            let name = start(name, LONGEST_NAME);
            E::custom(format_args!("there is no parameter `{name}`; the method takes {}", self.names()))
        })
    }
}

macro_rules! param_list {
    ($($type:ident $slot:ident $index:tt),*) => {
        impl<'de, $($type: Deserialize<'de>),*> ParamList<'de> for ($($type,)*) {
            #[allow(unused_mut, unused_variables)]
            fn from_seq<Seq: SeqAccess<'de>>(mut seq: Seq, table: &Table<'_>) -> Result<Self, Seq::Error> {
                $(
                    table.enter::<Seq::Error>($index)?;
                    let $slot = match seq.next_element()? {
                        Some(value) => value,
                        None => table.fill($index)?,
                    };
                )*
                let mut given = table.params.len();
                while seq.next_element::<IgnoredAny>()?.is_some() {
                    given += 1;
                }
                if given > table.params.len() {
                    return Err(table.surplus(given));
                }
                Ok(($($slot,)*))
            }

            #[allow(unused_variables)]
            fn from_map<Map: MapAccess<'de>>(mut map: Map, table: &Table<'_>) -> Result<Self, Map::Error> {
                $(let mut $slot: Option<$type> = None;)*
                while let Some(index) = map.next_key_seed(table)? {
                    table.enter::<Map::Error>(index)?;
                    match index {
                        $($index if $slot.is_none() => $slot = Some(map.next_value()?),)*
                        _ => return Err(table.twice(index)),
                    }
                }
                Ok(($(match $slot { Some(value) => value, None => table.fill($index)? },)*))
            }
        }
    };
}

param_list!();
param_list!(A a 0);
param_list!(A a 0, B b 1);
param_list!(A a 0, B b 1, C c 2);
param_list!(A a 0, B b 1, C c 2, D d 3);
param_list!(A a 0, B b 1, C c 2, D d 3, E e 4);
param_list!(A a 0, B b 1, C c 2, D d 3, E e 4, F f 5);
param_list!(A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6);
param_list!(A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7);
param_list!(A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7, I i 8);
param_list!(A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7, I i 8, J j 9);
param_list!(A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7, I i 8, J j 9, K k 10);
param_list!(A a 0, B b 1, C c 2, D d 3, E e 4, F f 5, G g 6, H h 7, I i 8, J j 9, K k 10, L l 11);

/// The parameters of a call, unread.
#[derive(Clone, Copy)]
pub struct Params<'a> {
    /// The JSON text of an array or of an object; `None` for a request without parameters.
    text: Option<&'a str>,
    /// The parameters that the method takes.
    table: &'static [Param],
    rewritten: &'a Rewritten,
}

/// The text of parameters that had to be rewritten before they could be read.
pub(crate) type Rewritten = OnceCell<String>;

impl<'a> Params<'a> {
    pub(crate) fn new(text: Option<&'a str>, table: &'static [Param], rewritten: &'a Rewritten) -> Self {
        Params { text, table, rewritten }
    }

    /// Returns their text, as it was sent.
    pub(crate) fn text(&self) -> Option<&'a str> {
        self.text
    }

    /// Returns the parameters, as a tuple of the handler's types.
    ///
    /// # Errors
    ///
    /// A fault -32602 whose data names the parameter and the reason.
    pub fn read<P: ParamList<'a>>(&self) -> Result<P, Fault> {
        read(self.text, self.table).or_else(|fault| self.read_again(fault))
    }

    /// Reads them again with 1.0 and 1e2 written as integers: Rust's integer types refuse the other forms.
    #[cold]
    fn read_again<P: ParamList<'a>>(&self, fault: Fault) -> Result<P, Fault> {
        match self.text.and_then(with_plain_integers) {
            Some(text) => read(Some(self.rewritten.get_or_init(|| text)), self.table),
            None => Err(fault),
        }
    }

    /// Refuses an integer that would lose digits because its parameter may be any value.
    pub(crate) fn check_exact(&self) -> Result<(), Fault> {
        if self.text.is_none_or(|text| inexact(text).is_none()) {
            return Ok(());
        }
        for (index, param) in self.table.iter().enumerate().filter(|(_, param)| takes_any(param.schema)) {
            if let Some(number) = self.given(index, param.name).and_then(inexact) {
                let reason =
                    brief(format_args!("{number} has more digits than can be kept of an integer here"));
                let data = json!({ "parameter": param.name, "position": index, "reason": reason });
                return Err(Fault::new(code::INVALID_PARAMS, "Invalid params").with_data(data));
            }
        }
        Ok(())
    }

    /// Checks the values that are given, each alone; returns the name of a wrong one, and why it is wrong.
    pub(crate) fn check_values(&self) -> Result<(), (&'static str, String)> {
        for (index, param) in self.table.iter().enumerate().filter(|(_, param)| param.check.is_some()) {
            let Some(text) = self.given(index, param.name) else { continue };
            param.check(text).map_err(|reason| (param.name, reason))?;
        }
        Ok(())
    }

    /// Returns the text of one parameter, if it is given.
    fn given(&self, index: usize, name: &str) -> Option<&'a str> {
        let text = self.text?;
        let value = match text.starts_with('[') {
            true => serde_json::from_str::<Vec<&RawValue>>(text).ok()?.get(index).copied(),
            false => serde_json::from_str::<HashMap<String, &RawValue>>(text).ok()?.get(name).copied(),
        };
        value.map(RawValue::get)
    }
}

/// A function that checks the parameters of a call.
pub(crate) type Check = for<'a, 'c> fn(&'c Params<'a>) -> Result<(), Fault>;

/// Checks the parameters of a call. A panic of a user type becomes a fault.
pub(crate) fn check(check: Check, params: &Params<'_>) -> Result<(), Fault> {
    catch_unwind(AssertUnwindSafe(|| check(params)))
        .unwrap_or_else(|_| Err(Fault::internal("reading the parameters panicked")))
}

/// Reads the parameters of a call, or returns which one is wrong and why.
///
/// `text` is the JSON text of an array or of an object; `None` for a request without parameters.
pub(crate) fn read<'de, P: ParamList<'de>>(text: Option<&'de str>, params: &[Param]) -> Result<P, Fault> {
    let table = Table { params, at: Cell::new(At::Whole) };
    let mut deserializer = serde_json::Deserializer::from_str(text.unwrap_or("[]"));
    deserializer
        .deserialize_any(Reader(&table, std::marker::PhantomData))
        .map_err(|error| mistake(&table, &error))
}

struct Reader<'t, P>(&'t Table<'t>, std::marker::PhantomData<P>);

impl<'de, P: ParamList<'de>> Visitor<'de> for Reader<'_, P> {
    type Value = P;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array or an object of parameters")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<P, A::Error> {
        P::from_seq(seq, self.0)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<P, A::Error> {
        P::from_map(map, self.0)
    }
}

#[cold]
fn mistake(table: &Table<'_>, error: &serde_json::Error) -> Fault {
    let reason = reason(error);
    let data = match table.at.get() {
        At::Param(index) => {
            json!({ "parameter": table.params[index].name, "position": index, "reason": reason })
        }
        At::Whole | At::Unknown => json!({ "reason": reason }),
    };
    Fault::new(code::INVALID_PARAMS, "Invalid params").with_data(data)
}
