//! A setting as a row of a table: how it is called and written, and where its value is stored.

/// A setting of `S`: an option of the daemon's own, a limit, or a flag of the user's.
pub struct Setting<S: 'static> {
    /// What is known about it without its value.
    pub spec: SettingSpec,
    /// Stores the texts that were given; the error says what was expected.
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
    /// The variable of the environment that sets it, when the command line does not.
    pub env: Option<&'static str>,
    /// Its value when nothing sets it; without one the `Default` of `S` counts.
    pub default: Option<&'static str>,
    /// What stands for the value on the help page.
    pub value_name: Option<&'static str>,
    /// Whether the daemon does not start without it.
    pub required: bool,
    /// How many values it takes.
    pub arity: Arity,
}

/// How a setting is written on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `--name`, a flag of the user's.
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
    /// One.
    One,
    /// Any number: it can be repeated.
    Many,
}

impl<S> Setting<S> {
    /// A setting that is written `--<name>`.
    pub const fn new(
        name: &'static str,
        arity: Arity,
        set: fn(&mut S, &[String]) -> Result<(), String>,
    ) -> Self {
        let spec = SettingSpec {
            name,
            form: Form::Flag,
            short: None,
            doc: "",
            env: None,
            default: None,
            value_name: None,
            required: false,
            arity,
        };
        Setting { spec, set }
    }

    /// Sets how it is written.
    pub(crate) const fn form(mut self, form: Form) -> Self {
        self.spec.form = form;
        self
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
