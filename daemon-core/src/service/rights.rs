//! What a service may use: limits of the system, and its file mode creation mask.

use std::collections::BTreeMap;
use std::fmt;

use nix::sys::resource::{RLIM_INFINITY, Resource};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use super::text_or_table::FromText;

/// A limit of setrlimit(2): the soft one and the hard one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// The limit that applies; `None` for none.
    pub soft: Option<u64>,
    /// How far the service may raise it; `None` for no bound.
    pub hard: Option<u64>,
}

impl Limit {
    /// Returns a limit of which both parts are the same.
    pub const fn of(value: u64) -> Self {
        Limit { soft: Some(value), hard: Some(value) }
    }

    /// Returns both parts, as setrlimit(2) has them.
    pub(crate) fn parts(self) -> (u64, u64) {
        (self.soft.unwrap_or(RLIM_INFINITY), self.hard.unwrap_or(RLIM_INFINITY))
    }
}

const EXPECTED: &str = "a number, \"unlimited\", or a list of the soft and the hard limit";

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LimitReader)
    }
}

struct LimitReader;

impl<'de> Visitor<'de> for LimitReader {
    type Value = Limit;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Limit, E> {
        Ok(Limit::of(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Limit, E> {
        u64::try_from(value).map(Limit::of).map_err(|_| E::custom(format!("write {EXPECTED}")))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Limit, E> {
        match text {
            "unlimited" => Ok(Limit { soft: None, hard: None }),
            _ => Err(E::custom(format!("write {EXPECTED}"))),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Limit, A::Error> {
        let (soft, hard) = (list.next_element::<Limit>()?, list.next_element::<Limit>()?);
        match (soft, hard, list.next_element::<Limit>()?) {
            (Some(soft), Some(hard), None) => Ok(Limit { soft: soft.soft, hard: hard.soft }),
            _ => Err(A::Error::custom(format!("write {EXPECTED}"))),
        }
    }
}

/// The limits of the system that a service has, by their names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Limits(BTreeMap<&'static str, Limit>);

const RESOURCES: [(&str, Resource); 15] = [
    ("as", Resource::RLIMIT_AS),
    ("core", Resource::RLIMIT_CORE),
    ("cpu", Resource::RLIMIT_CPU),
    ("data", Resource::RLIMIT_DATA),
    ("fsize", Resource::RLIMIT_FSIZE),
    ("memlock", Resource::RLIMIT_MEMLOCK),
    ("msgqueue", Resource::RLIMIT_MSGQUEUE),
    ("nice", Resource::RLIMIT_NICE),
    ("nofile", Resource::RLIMIT_NOFILE),
    ("nproc", Resource::RLIMIT_NPROC),
    ("rss", Resource::RLIMIT_RSS),
    ("rtprio", Resource::RLIMIT_RTPRIO),
    ("rttime", Resource::RLIMIT_RTTIME),
    ("sigpending", Resource::RLIMIT_SIGPENDING),
    ("stack", Resource::RLIMIT_STACK),
];

impl Limits {
    /// Sets a limit by its name.
    pub(crate) fn set(&mut self, name: &str, limit: Limit) -> Result<(), String> {
        match RESOURCES.iter().find(|(known, _)| *known == name) {
            Some((name, _)) => {
                self.0.insert(name, limit);
                Ok(())
            }
            None => {
                let known: Vec<&str> = RESOURCES.iter().map(|(name, _)| *name).collect();
                let name = crate::brief::brief(name);
                Err(format!("there is no limit `{name}`; there are {}", known.join(", ")))
            }
        }
    }

    /// Returns each limit with its resource.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Resource, Limit)> {
        RESOURCES.into_iter().filter_map(|(name, resource)| Some((resource, *self.0.get(name)?)))
    }
}

impl<'de> Deserialize<'de> for Limits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut limits = Limits::default();
        for (name, limit) in BTreeMap::<String, Limit>::deserialize(deserializer)? {
            limits.set(&name, limit).map_err(D::Error::custom)?;
        }
        Ok(limits)
    }
}

/// A file mode creation mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mask(pub(crate) u32);

const MASK: &str = "a mask, such as \"027\" or 0o027";

impl FromText for Mask {
    const EXPECTED: &'static str = MASK;

    fn from_text(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix("0o").unwrap_or(text);
        let mask = u32::from_str_radix(digits, 8).ok().filter(|mask| *mask <= 0o777);
        mask.map(Mask).ok_or_else(|| format!("write {MASK}"))
    }
}

impl<'de> Deserialize<'de> for Mask {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MaskReader)
    }
}

struct MaskReader;

impl Visitor<'_> for MaskReader {
    type Value = Mask;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }

    fn visit_u64<E: Error>(self, mask: u64) -> Result<Mask, E> {
        let mask = u32::try_from(mask).ok().filter(|mask| *mask <= 0o777);
        mask.map(Mask).ok_or_else(|| E::custom(format!("write {MASK}")))
    }

    fn visit_i64<E: Error>(self, mask: i64) -> Result<Mask, E> {
        self.visit_u64(u64::try_from(mask).unwrap_or(u64::MAX))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Mask, E> {
        Mask::from_text(text).map_err(E::custom)
    }
}

#[cfg(feature = "schema")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    use super::{Limits, Mask, RESOURCES};

    impl JsonSchema for Limits {
        fn schema_name() -> Cow<'static, str> {
            "Limits".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            let limit = json_schema!({ "type": ["integer", "string", "array"] });
            let limits = RESOURCES.iter().map(|(name, _)| ((*name).to_owned(), limit.clone().into()));
            let limits: serde_json::Map<String, serde_json::Value> = limits.collect();
            json_schema!({ "type": "object", "properties": limits, "additionalProperties": false })
        }
    }

    impl JsonSchema for Mask {
        fn inline_schema() -> bool {
            true
        }

        fn schema_name() -> Cow<'static, str> {
            "Mask".into()
        }

        fn json_schema(_: &mut SchemaGenerator) -> Schema {
            json_schema!({ "type": ["integer", "string"], "examples": ["027"] })
        }
    }
}
