//! Where values come from, and which one applies.

use std::fmt;

use super::setting::{Form, SettingSpec};

/// Where a value comes from. A value from a later origin replaces one from an earlier origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// The row of the setting.
    Default,
    /// `#[daemon(…)]`.
    Declaration,
    /// The environment.
    Environment,
    /// The command line.
    CommandLine,
}

/// All values from one origin. The defaults need no layer: they are in the rows.
pub(crate) struct Layer<'l> {
    origin: Origin,
    get: Box<Get<'l>>,
}

/// Returns the texts for a setting, if there are any.
type Get<'l> = dyn Fn(&SettingSpec) -> Option<Vec<String>> + 'l;

impl<'l> Layer<'l> {
    pub(crate) fn new(origin: Origin, get: impl Fn(&SettingSpec) -> Option<Vec<String>> + 'l) -> Self {
        Layer { origin, get: Box::new(get) }
    }
}

/// The value of a setting, as text, and where it comes from.
///
/// Its display form shows it as it was written, with its origin.
#[derive(Debug, Clone)]
pub(crate) struct Value {
    pub(crate) spec: &'static SettingSpec,
    pub(crate) texts: Vec<String>,
    pub(crate) origin: Origin,
}

impl Value {
    /// Returns the value that applies, if any layer has one or the setting has a default.
    pub(crate) fn resolve(spec: &'static SettingSpec, layers: &[Layer<'_>]) -> Option<Value> {
        let value = |origin, texts| Value { spec, texts, origin };
        let default = spec.default.map(|default| value(Origin::Default, vec![default.to_owned()]));
        let found =
            layers.iter().filter_map(|layer| (layer.get)(spec).map(|texts| value(layer.origin, texts)));
        default.into_iter().chain(found).max_by_key(|value| value.origin)
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, text) = (self.spec.name, self.texts.join(" "));
        let written = match self.spec.form {
            Form::Limit => format!("--limit {name}={text}"),
            Form::Flag | Form::Own | Form::Global => format!("--{name} {text}"),
        };
        match self.origin {
            Origin::Default => write!(f, "{written} (by default)"),
            Origin::Declaration => write!(f, "{written} (in `#[daemon(…)]`)"),
            Origin::Environment => write!(f, "{} (for --{name}) {text}", self.spec.env.unwrap_or_default()),
            Origin::CommandLine => f.write_str(&written),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::setting::Arity;
    use super::*;

    const PREFIX: SettingSpec = SettingSpec {
        env: Some("ECHO_PREFIX"),
        default: Some("> "),
        ..SettingSpec::new("prefix", Arity::One)
    };

    fn layer(origin: Origin, text: &'static str) -> Layer<'static> {
        Layer::new(origin, move |_| Some(vec![text.to_owned()]))
    }

    #[test]
    fn the_later_origin_counts_in_whichever_order_the_layers_stand() {
        const SPEC: &SettingSpec = &PREFIX;
        let origins = [Origin::Declaration, Origin::Environment, Origin::CommandLine];
        let displayed = |layers: &[Layer<'_>]| Value::resolve(SPEC, layers).unwrap().to_string();
        let expected = [
            "--prefix >  (by default)",
            "--prefix x (in `#[daemon(…)]`)",
            "ECHO_PREFIX (for --prefix) x",
            "--prefix x",
        ];
        for (count, expected) in expected.into_iter().enumerate() {
            let mut layers: Vec<_> = origins[..count].iter().map(|origin| layer(*origin, "x")).collect();
            assert_eq!(displayed(&layers), expected);
            layers.reverse();
            assert_eq!(displayed(&layers), expected);
        }
    }
}
