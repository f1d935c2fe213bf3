//! A method as a command line calls it: its parameters, with what their values look like.
//!
//! It comes from the method table of this program, or from what a running daemon says about itself.

use serde_json::Value;
#[cfg(feature = "console")]
use serde_json::{Map, json};

use crate::rpc::methods::Entry;
use crate::rpc::param::Param;
use crate::rpc::schema::{UNDEFINED, element_word, type_word};
use crate::rpc::shape::{Member, bounds, choices, members};
use crate::rpc::texts::Kind;

/// A method.
pub(in crate::daemon) struct Callable {
    /// Its name on the wire.
    pub(in crate::daemon) name: String,
    pub(in crate::daemon) aliases: Vec<String>,
    /// Its help; the first line is the short one.
    pub(in crate::daemon) doc: String,
    pub(in crate::daemon) params: Vec<Parameter>,
    /// Whether items follow its result.
    pub(in crate::daemon) sends_items: bool,
}

/// A parameter.
pub(in crate::daemon) struct Parameter {
    pub(in crate::daemon) name: String,
    /// Its option on the command line.
    pub(in crate::daemon) long: String,
    /// Another form of its option.
    pub(in crate::daemon) alias: Option<String>,
    pub(in crate::daemon) doc: String,
    pub(in crate::daemon) required: bool,
    pub(in crate::daemon) default: Option<Value>,
    pub(in crate::daemon) kind: Kind,
    /// The placeholder for a value.
    pub(in crate::daemon) word: &'static str,
    /// The texts that it can be, if it can be nothing else.
    pub(in crate::daemon) choices: Vec<String>,
    /// What its values must be beyond their type.
    pub(in crate::daemon) bounds: String,
    /// The members of an object.
    pub(in crate::daemon) members: Vec<Member>,
}

impl Callable {
    /// A method of this program.
    pub(super) fn of<S>(entry: &Entry<S>) -> Self {
        let spec = &entry.spec;
        Callable {
            name: entry.name.clone(),
            aliases: spec.aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            doc: spec.doc.to_owned(),
            params: spec.params.iter().map(Parameter::of).collect(),
            sends_items: spec.items.is_some(),
        }
    }

    /// Returns the parameters that a call must give.
    pub(in crate::daemon) fn required(&self) -> impl Iterator<Item = &Parameter> {
        self.params.iter().filter(|param| param.required)
    }

    /// A method as an OpenRPC document describes it; `definitions` are the shared schemas of the document. `None` if it has
    /// no name.
    #[cfg(feature = "console")]
    pub(in crate::daemon) fn described(method: &Value, definitions: &Map<String, Value>) -> Option<Self> {
        let (summary, description) = (text(method, "summary"), text(method, "description"));
        let doc = if description.is_empty() { summary } else { format!("{summary}\n\n{description}") };
        let params = method["params"].as_array().into_iter().flatten();
        Some(Callable {
            name: method["name"].as_str()?.to_owned(),
            aliases: Vec::new(),
            doc,
            params: params.filter_map(|param| Parameter::described(param, definitions)).collect(),
            sends_items: !method["x-stream"].is_null(),
        })
    }

    /// A method of which only the name is known.
    #[cfg(feature = "console")]
    pub(in crate::daemon) fn named(name: String) -> Self {
        Callable { name, aliases: Vec::new(), doc: String::new(), params: Vec::new(), sends_items: false }
    }
}

impl Parameter {
    fn of(param: &Param) -> Self {
        let (long, kind) = (param.long(), Kind::of(param));
        let word = match kind {
            Kind::List { .. } => element_word(param.schema),
            Kind::Text | Kind::Switch | Kind::Json => type_word(param.schema),
        };
        Parameter {
            name: param.name.to_owned(),
            alias: (param.long.is_none() && long != param.name).then(|| param.name.to_owned()),
            long,
            doc: param.doc.to_owned(),
            required: param.required(),
            default: param.default.map(|default| default()),
            kind,
            word: placeholder(word),
            choices: choices(param.schema),
            bounds: bounds(param.schema),
            members: members(param.schema),
        }
    }

    #[cfg(feature = "console")]
    fn described(param: &Value, definitions: &Map<String, Value>) -> Option<Self> {
        use crate::rpc::{schema, shape};

        let (name, root) = (param["name"].as_str()?, &param["schema"]);
        let (word, element) = (schema::type_of(root, definitions), schema::element_of(root, definitions));
        let kind = Kind::of_words(word, element);
        let long = name.replace('_', "-");
        Some(Parameter {
            name: name.to_owned(),
            alias: (long != name).then(|| name.to_owned()),
            long,
            doc: text(param, "summary"),
            required: param["required"] == json!(true),
            default: root.get("default").cloned(),
            kind,
            word: placeholder(if let Kind::List { .. } = kind { element } else { word }),
            choices: shape::choices_of(root, definitions),
            bounds: written(shape::bounds_in(root, definitions)),
            members: shape::members_of(root, definitions),
        })
    }
}

/// The bounds of the integer types of Rust, as they stand in a document: nobody has written them.
#[cfg(feature = "console")]
const OF_TYPES: [&str; 7] = [
    "0 to 255",
    "0 to 65535",
    "0 to 4294967295",
    "at least 0",
    "-128 to 127",
    "-32768 to 32767",
    "-2147483648 to 2147483647",
];

/// Returns bounds, unless they are those of a type.
#[cfg(feature = "console")]
fn written(bounds: String) -> String {
    if OF_TYPES.contains(&bounds.as_str()) { String::new() } else { bounds }
}

fn placeholder(word: &'static str) -> &'static str {
    if word == UNDEFINED { "value" } else { word }
}

#[cfg(feature = "console")]
fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
