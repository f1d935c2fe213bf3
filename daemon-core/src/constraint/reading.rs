//! Reading a value and checking its constraints, in one step.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{Broken, Purpose, Rules};

/// A type that carries constraints: `N` is the number of the parameter of a method, or of the field of a type.
pub trait Constrained<const N: usize> {
    /// The type of the values, which may borrow from what they are read from.
    type Value<'v>;
    /// The name of a field on the wire; empty if it has none.
    const NAME: &'static str = "";

    /// Names the constraints.
    fn rules<'r, 'v>(rules: Rules<'r, Self::Value<'v>>) -> Rules<'r, Self::Value<'v>>;
}

/// A parameter with the constraints number `N` of `C`.
pub struct Checked<'v, C: Constrained<N>, const N: usize>(pub C::Value<'v>);

impl<'de, C, const N: usize> Deserialize<'de> for Checked<'de, C, N>
where
    C: Constrained<N>,
    C::Value<'de>: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = C::Value::deserialize(deserializer)?;
        match check::<C, N>(&value) {
            Ok(()) => Ok(Checked(value)),
            Err(broken) => Err(D::Error::custom(format_args!("it {broken}"))),
        }
    }
}

/// Reads the field of a type, for serde.
///
/// # Errors
///
/// If it can't be read, or breaks its constraints.
pub fn read_field<'de, C, const N: usize, D>(deserializer: D) -> Result<C::Value<'de>, D::Error>
where
    C: Constrained<N>,
    C::Value<'de>: Deserialize<'de>,
    D: Deserializer<'de>,
{
    let value = C::Value::deserialize(deserializer)?;
    match (check::<C, N>(&value), C::NAME) {
        (Ok(()), _) => Ok(value),
        (Err(broken), "") => Err(D::Error::custom(format_args!("it {broken}"))),
        (Err(broken), name) => Err(D::Error::custom(format_args!("`{name}` {broken}"))),
    }
}

fn check<C: Constrained<N>, const N: usize>(value: &C::Value<'_>) -> Result<(), Broken> {
    match C::rules(Rules { purpose: Purpose::Check(value, Ok(())) }).purpose {
        Purpose::Check(_, outcome) => outcome,
        Purpose::Describe(_) => Ok(()),
    }
}

/// Adds to the schema of a value what its constraints say.
#[cfg(feature = "schema")]
pub fn describe_field<C: Constrained<N>, const N: usize>(schema: &mut schemars::Schema) {
    if let Purpose::Describe(keywords) = C::rules(Rules { purpose: Purpose::Describe(Vec::new()) }).purpose {
        for (name, value) in keywords {
            schema.insert(name.to_owned(), value);
        }
    }
}
