//! A setting as a row of a table: its name, its form, and where its value is stored.

/// A setting of `S`: one of the daemon's own options, a limit, or a user's flag.
pub struct Setting<S: 'static> {
    /// What is known about it without its value.
    pub spec: SettingSpec,
    /// Stores the given texts; the error says what was expected.
    pub set: fn(&mut S, &[String]) -> Result<(), String>,
}

/// A setting without its value.
#[derive(Debug, Clone, Copy)]
pub struct SettingSpec {
    /// Its name: the long form without its dashes, or the name of the limit.
    pub name: &'static str,
    /// How it is written.
    pub form: Form,
    /// The short form.
    pub short: Option<char>,
    /// The help; the first line is the short one.
    pub doc: &'static str,
    /// The environment variable that sets it when the command line does not.
    pub env: Option<&'static str>,
    /// Its value when nothing sets it; without one, the `Default` of `S` applies.
    pub default: Option<&'static str>,
    /// The placeholder for the value on the help page.
    pub value_name: Option<&'static str>,
    /// Whether the daemon refuses to start without it.
    pub required: bool,
    /// How many values it takes.
    pub arity: Arity,
}

/// How a setting is written on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `--name`, a user's flag.
    Flag,
    /// `--name`, one of the daemon's own.
    Own,
    /// `--name`, one of the daemon's own that sub-commands have as well.
    Global,
    /// `--limit name=value`.
    Limit,
}

/// How many values a setting takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arity {
    /// None: it is given or not.
    Present,
    /// None: how often it is given counts.
    Count,
    /// None, or `=true` and `=false`.
    Switch,
    /// One, or none: `--name` or `--name=VALUE`.
    Optional,
    /// One.
    One,
    /// Any number: it can be repeated.
    Many,
}

impl SettingSpec {
    /// Returns a setting that is written `--<name>`.
    pub const fn new(name: &'static str, arity: Arity) -> Self {
        SettingSpec {
            name,
            form: Form::Flag,
            short: None,
            doc: "",
            env: None,
            default: None,
            value_name: None,
            required: false,
            arity,
        }
    }
}
