//! The user's own flags: fields of the daemon that the command line or the environment sets.

use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// A field of the daemon, or of a worker, that is a flag of the command line.
pub struct Flag<S: 'static> {
    /// What the flag says of itself.
    pub spec: FlagSpec,
    /// Puts what was given into the field; the error says what was expected.
    pub set: fn(&mut S, &[String]) -> Result<(), String>,
}

/// What a flag says of itself.
#[derive(Debug, Clone, Copy)]
pub struct FlagSpec {
    /// The name of the field.
    pub field: &'static str,
    /// The long form, without its dashes.
    pub long: &'static str,
    /// The short form.
    pub short: Option<char>,
    /// The help.
    pub doc: &'static str,
    /// The variable of the environment that sets it, when the command line does not.
    pub env: Option<&'static str>,
    /// Its value when nothing sets it; without one the struct's `Default` counts.
    pub default: Option<&'static str>,
    /// What stands for the value on the help page.
    pub value_name: Option<&'static str>,
    /// Whether the daemon does not start without it.
    pub required: bool,
    /// How many values it takes.
    pub arity: Arity,
}

/// How many values a flag takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arity {
    /// None, or `=true` and `=false`.
    Switch,
    /// One.
    One,
    /// Any number: the flag can be repeated.
    Many,
}

impl<S> Flag<S> {
    /// A flag `--<long>` that sets a field.
    pub const fn new(
        field: &'static str,
        long: &'static str,
        arity: Arity,
        set: fn(&mut S, &[String]) -> Result<(), String>,
    ) -> Self {
        let spec = FlagSpec {
            field,
            long,
            short: None,
            doc: "",
            env: None,
            default: None,
            value_name: None,
            required: false,
            arity,
        };
        Flag { spec, set }
    }

    /// Sets the short form.
    pub const fn short(mut self, short: char) -> Self {
        self.spec.short = Some(short);
        self
    }

    /// Sets the help.
    pub const fn doc(mut self, doc: &'static str) -> Self {
        self.spec.doc = doc;
        self
    }

    /// Sets the variable of the environment.
    pub const fn env(mut self, env: &'static str) -> Self {
        self.spec.env = Some(env);
        self
    }

    /// Sets the value when nothing else does.
    pub const fn default(mut self, default: &'static str) -> Self {
        self.spec.default = Some(default);
        self
    }

    /// Sets what stands for the value on the help page.
    pub const fn value_name(mut self, name: &'static str) -> Self {
        self.spec.value_name = Some(name);
        self
    }

    /// Makes the daemon refuse to start without it.
    pub const fn required(mut self) -> Self {
        self.spec.required = true;
        self
    }
}

/// Reads one value of a flag.
pub type Parse<T> = fn(&str) -> Result<T, String>;

/// Sets a field that has one value.
pub fn one<T>(field: &mut T, parse: Parse<T>, given: &[String]) -> Result<(), String> {
    if let Some(text) = given.last() {
        *field = parse(text)?;
    }
    Ok(())
}

/// Sets a field that may have a value.
pub fn option<T>(field: &mut Option<T>, parse: Parse<T>, given: &[String]) -> Result<(), String> {
    if let Some(text) = given.last() {
        *field = Some(parse(text)?);
    }
    Ok(())
}

/// Sets a field that has any number of values; what was given replaces what was there.
pub fn many<T>(field: &mut Vec<T>, parse: Parse<T>, given: &[String]) -> Result<(), String> {
    *field = given.iter().map(|text| parse(text)).collect::<Result<_, _>>()?;
    Ok(())
}

/// Reads a value of any type that has `FromStr`.
pub fn from_str<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// Reads a duration such as `30s`, `1h 30m` or `250ms`.
pub fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|error| format!("{error}; write a duration such as `30s` or `5min`"))
}

/// Reads a path. It is made absolute at once, because a daemon that detaches leaves the directory it was started in.
pub fn path(text: &str) -> Result<PathBuf, String> {
    std::path::absolute(text).map_err(|error| error.to_string())
}

/// Reads `true` or `false`, also as `1`, `0`, `yes`, `no`, `on` and `off`.
pub fn switch(text: &str) -> Result<bool, String> {
    match text {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" | "" => Ok(false),
        _ => Err("write `true` or `false`".to_owned()),
    }
}
