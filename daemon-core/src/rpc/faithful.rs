//! A serializer that refuses numbers that JSON cannot write.
//!
//! serde_json writes `null` for NaN and for the infinities, which is neither the intended value nor one that the schema
//! allows. Everything else passes through unchanged.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// A serializer that passes everything on to another one, including the parts of compound values.
pub(crate) struct Faithful<S>(pub(crate) S);

/// A part of a value, which also goes through [`Faithful`].
struct Part<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> Serialize for Part<'_, T> {
    #[inline]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Faithful(serializer))
    }
}

fn refuse<E: Error>(number: impl Display) -> E {
    E::custom(format_args!("{number} is not a JSON number"))
}

macro_rules! plain {
    ($($method:ident $type:ty,)*) => {
        $(
            #[inline]
            fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
                self.0.$method(value)
            }
        )*
    };
}

macro_rules! finite {
    ($($method:ident $type:ty,)*) => {
        $(
            #[inline]
            fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
                if value.is_finite() { self.0.$method(value) } else { Err(refuse(value)) }
            }
        )*
    };
}

impl<S: Serializer> Serializer for Faithful<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Faithful<S::SerializeSeq>;
    type SerializeTuple = Faithful<S::SerializeTuple>;
    type SerializeTupleStruct = Faithful<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Faithful<S::SerializeTupleVariant>;
    type SerializeMap = Faithful<S::SerializeMap>;
    type SerializeStruct = Faithful<S::SerializeStruct>;
    type SerializeStructVariant = Faithful<S::SerializeStructVariant>;

    finite! {
        serialize_f32 f32,
        serialize_f64 f64,
    }

    plain! {
        serialize_bool bool,
        serialize_i8 i8,
        serialize_i16 i16,
        serialize_i32 i32,
        serialize_i64 i64,
        serialize_i128 i128,
        serialize_u8 u8,
        serialize_u16 u16,
        serialize_u32 u32,
        serialize_u64 u64,
        serialize_u128 u128,
        serialize_char char,
        serialize_str &str,
        serialize_bytes &[u8],
        serialize_unit_struct &'static str,
    }

    #[inline]
    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_none()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&Part(value))
    }

    #[inline]
    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit()
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit_variant(name, index, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &Part(value))
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_variant(name, index, variant, &Part(value))
    }

    #[inline]
    fn serialize_seq(self, len: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.0.serialize_seq(len).map(Faithful)
    }

    #[inline]
    fn serialize_tuple(self, len: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.0.serialize_tuple(len).map(Faithful)
    }

    #[inline]
    fn serialize_tuple_struct(
        self,
        name: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.0.serialize_tuple_struct(name, len).map(Faithful)
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.0.serialize_tuple_variant(name, index, variant, len).map(Faithful)
    }

    #[inline]
    fn serialize_map(self, len: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.0.serialize_map(len).map(Faithful)
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.0.serialize_struct(name, len).map(Faithful)
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.0.serialize_struct_variant(name, index, variant, len).map(Faithful)
    }

    #[inline]
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.collect_str(value)
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

/// The serializers of sequences.
macro_rules! rows {
    ($($row:ident $method:ident,)*) => {
        $(
            impl<C: $row> $row for Faithful<C> {
                type Ok = C::Ok;
                type Error = C::Error;

                #[inline]
                fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                    self.0.$method(&Part(value))
                }

                #[inline]
                fn end(self) -> Result<C::Ok, C::Error> {
                    self.0.end()
                }
            }
        )*
    };
}

rows! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

/// The serializers of named fields.
macro_rules! records {
    ($($record:ident,)*) => {
        $(
            impl<C: $record> $record for Faithful<C> {
                type Ok = C::Ok;
                type Error = C::Error;

                #[inline]
                fn serialize_field<T: Serialize + ?Sized>(
                    &mut self,
                    key: &'static str,
                    value: &T,
                ) -> Result<(), C::Error> {
                    self.0.serialize_field(key, &Part(value))
                }

                #[inline]
                fn skip_field(&mut self, key: &'static str) -> Result<(), C::Error> {
                    self.0.skip_field(key)
                }

                #[inline]
                fn end(self) -> Result<C::Ok, C::Error> {
                    self.0.end()
                }
            }
        )*
    };
}

records! {
    SerializeStruct,
    SerializeStructVariant,
}

impl<C: SerializeMap> SerializeMap for Faithful<C> {
    type Ok = C::Ok;
    type Error = C::Error;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.0.serialize_key(&Part(key))
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.0.serialize_value(&Part(value))
    }

    #[inline]
    fn serialize_entry<K: Serialize + ?Sized, V: Serialize + ?Sized>(
        &mut self,
        key: &K,
        value: &V,
    ) -> Result<(), C::Error> {
        self.0.serialize_entry(&Part(key), &Part(value))
    }

    #[inline]
    fn end(self) -> Result<C::Ok, C::Error> {
        self.0.end()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use serde_json::value::RawValue;

    use super::*;

    #[derive(Serialize)]
    enum Shape {
        Unit,
        New(f64),
        Tuple(f32, u128),
        Struct { a: Option<f64>, raw: Box<RawValue> },
    }

    #[derive(Serialize)]
    struct New(f64);

    #[derive(Serialize)]
    struct Pair(f64, char);

    fn written<T: Serialize>(value: &T) -> Result<String, String> {
        let mut bytes = Vec::new();
        let written = value.serialize(Faithful(&mut serde_json::Serializer::new(&mut bytes)));
        written.map(|()| String::from_utf8(bytes).unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_json_can_say_is_written_as_ever() {
        fn same<T: Serialize>(value: &T) {
            assert_eq!(written(value).unwrap(), serde_json::to_string(value).unwrap());
        }
        let raw = RawValue::from_string("[1.50, {}]".to_owned()).unwrap();
        same(&(1.5, -0.0, f64::MAX, 1e-300, f32::MIN, i128::MIN, u64::MAX, "ü\n", 'x', (), [1_u8; 3]));
        same(&[Shape::Unit, Shape::New(0.1), Shape::Tuple(0.1, 1), Shape::Struct { a: None, raw }]);
        same(&(New(1.0), Pair(2.0, 'c'), Some(3.0), None::<f64>));
        same(&BTreeMap::from([(1_u8, vec![0.5]), (2, Vec::new())]));
        same(&serde_json::json!({"a": [1, 2.5, null, {"b": true}]}));
        same(&std::net::Ipv4Addr::LOCALHOST);
    }

    #[test]
    fn what_json_cannot_say_is_refused_wherever_it_stands() {
        fn refused<T: Serialize>(value: &T) {
            let error = written(value).unwrap_err();
            assert!(error.contains("is not a JSON number"), "{error}");
        }
        refused(&f64::NAN);
        refused(&f32::INFINITY);
        refused(&vec![1.0, f64::NEG_INFINITY]);
        refused(&(1, Some(f64::NAN)));
        refused(&[Shape::New(f64::NAN)]);
        refused(&Shape::Tuple(f32::NAN, 1));
        refused(&Shape::Struct { a: Some(f64::NAN), raw: RawValue::from_string("1".to_owned()).unwrap() });
        refused(&(New(f64::NAN), Pair(1.0, 'x')));
        refused(&Pair(f64::NAN, 'x'));
        refused(&BTreeMap::from([("a", f64::NAN)]));
    }
}
