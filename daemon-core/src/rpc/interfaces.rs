//! The methods as interfaces of varlink: what they are called there, and which types they have.
//!
//! An interface has the methods with the same prefix. Its description is made from their schemas, once it is asked for.

mod describe;
mod name;
mod shape;
mod ty;

use std::sync::{Arc, OnceLock};

use self::name::Named;
pub(crate) use self::shape::Form;
use super::method::MethodSpec;
use super::methods::{Entry, Methods, Run};
use crate::fault::FaultSpec;

/// The interface of the methods `daemon.*`, which every daemon has.
pub(crate) const OF_DAEMON: &str = "local.daemon";
/// The interface about interfaces.
pub(crate) const SERVICE: &str = "org.varlink.service";
/// The error for every fault that has none of its own.
pub(crate) const FAILED: &str = "Failed";
/// The parameters of errors: the sentence for people, and the data that is no struct.
pub(crate) const MESSAGE: &str = "message";
pub(crate) const DATA: &str = "data";
/// The parameter that holds a result that is no struct.
pub(crate) const RESULT: &str = "result";
/// The parameter that says how many items were left out before one.
pub(crate) const MISSED: &str = "missed";

/// The interfaces of a daemon, by name.
#[derive(Default)]
pub(crate) struct Interfaces {
    list: Vec<Arc<Interface>>,
    /// The domain of the daemon, if it names one.
    pub(crate) domain: Option<&'static str>,
}

/// The methods with one prefix.
pub(crate) struct Interface {
    pub(crate) name: String,
    members: Vec<Member>,
    /// What its methods may fail with, each with a name of its own.
    errors: Vec<Failure>,
    description: OnceLock<String>,
}

/// A method of an interface.
pub(crate) struct Member {
    name: String,
    /// Its place in the method table.
    pub(crate) method: usize,
    /// Whether the description leaves it out.
    hidden: bool,
    form: OnceLock<Form>,
}

/// An error of an interface.
pub(crate) struct Failure {
    pub(crate) name: String,
    spec: FaultSpec,
    form: OnceLock<Form>,
}

impl Interfaces {
    /// Returns the interfaces of these methods, and a sentence about each method that is in none of them.
    pub(crate) fn of<S>(
        methods: &Methods<S>,
        daemon: &str,
        domain: Option<&'static str>,
    ) -> (Self, Vec<String>) {
        let mut interfaces = Interfaces { list: Vec::new(), domain };
        let mut left_out = Vec::new();
        for (index, entry) in methods.iter().enumerate().filter(|(_, entry)| !is_of_json_rpc(entry)) {
            let added = name::of(&entry.name, daemon, domain).and_then(|named| {
                name::check_params(&entry.spec)?;
                interfaces.add(named, index, entry.spec.hidden, |other| &methods.entry(other).name)
            });
            if let Err(why) = added {
                left_out.push(format!("varlink has no method `{}`: {why}", entry.name));
            }
        }
        // Methods come first: where an error has the same name, the error gives way.
        for interface in interfaces.list.iter_mut().filter_map(Arc::get_mut) {
            let indexes: Vec<usize> = interface.members.iter().map(|member| member.method).collect();
            for index in indexes {
                interface.add_errors((methods.entry(index).spec.faults)());
            }
        }
        (interfaces, left_out)
    }

    fn add<'m>(
        &mut self,
        named: Named,
        method: usize,
        hidden: bool,
        name_of: impl Fn(usize) -> &'m String,
    ) -> Result<(), String> {
        let at = self.list.iter().position(|interface| interface.name == named.interface);
        let at = at.unwrap_or_else(|| {
            self.list.push(Arc::new(Interface::new(named.interface)));
            self.list.len() - 1
        });
        // Nobody else has it yet.
        let Some(interface) = Arc::get_mut(&mut self.list[at]) else { return Ok(()) };
        if let Some(other) = interface.find(&named.member) {
            let (interface, member, other) = (&interface.name, named.member, name_of(other.method));
            return Err(format!("`{interface}.{member}` is `{other}` already; rename one of them"));
        }
        interface.members.push(Member { name: named.member, method, hidden, form: OnceLock::new() });
        Ok(())
    }

    /// Returns the interface with this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Arc<Interface>> {
        self.list.iter().find(|interface| interface.name == name)
    }

    /// Returns the names of all interfaces that have something to show.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names = vec![SERVICE];
        names.extend(self.list.iter().filter(|one| one.is_visible()).map(|one| one.name.as_str()));
        names
    }
}

/// Whether a method is about JSON-RPC: it takes or returns the names of methods there, or the ids of calls, which varlink
/// does not have; or it is in no interface.
fn is_of_json_rpc<S>(entry: &Entry<S>) -> bool {
    let prefix = entry.name.split_once('.').map(|(prefix, _)| prefix);
    matches!(prefix, Some("rpc" | "system"))
        || matches!(entry.run, Run::Multicall | Run::Cancel | Run::Unsubscribe | Run::Auth)
}

impl Interface {
    fn new(name: String) -> Self {
        Interface { name, members: Vec::new(), errors: Vec::new(), description: OnceLock::new() }
    }

    /// Returns the method with this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    fn is_visible(&self) -> bool {
        self.members.iter().any(|member| !member.hidden)
    }

    /// Adds errors that have a name. Methods, types and errors share their names.
    fn add_errors(&mut self, faults: &[FaultSpec]) {
        for fault in faults.iter().filter(|fault| name::is_member(fault.name)) {
            if self.failure(fault).is_some() {
                continue;
            }
            let mut name = fault.name.to_owned();
            while name == FAILED
                || self.find(&name).is_some()
                || self.errors.iter().any(|error| error.name == name)
            {
                name.push_str("Error");
            }
            self.errors.push(Failure { name, spec: *fault, form: OnceLock::new() });
        }
    }

    /// Returns the error for a fault with this code, if a method that declares these faults has one.
    pub(crate) fn error(&self, code: i32, faults: &[FaultSpec]) -> Option<&Failure> {
        self.failure(faults.iter().find(|fault| fault.code == code)?)
    }

    fn failure(&self, fault: &FaultSpec) -> Option<&Failure> {
        let key = |fault: &FaultSpec| (fault.name, fault.code, fault.message);
        self.errors.iter().find(|error| key(&error.spec) == key(fault))
    }

    /// Returns the description, which is made once.
    pub(crate) fn description<S>(&self, methods: &Methods<S>) -> &str {
        self.description.get_or_init(|| describe::interface(self, |index| &methods.entry(index).spec))
    }
}

impl Member {
    /// Returns how its results are written: those of a subscription are its items.
    pub(crate) fn form(&self, spec: &MethodSpec) -> Form {
        *self.form.get_or_init(|| Form::of(spec))
    }
}

impl Failure {
    /// Returns how its data is written.
    pub(crate) fn form(&self) -> Form {
        *self.form.get_or_init(|| Form::of_data(self.spec.data))
    }
}

#[cfg(test)]
mod tests {
    #![allow(dead_code, reason = "types that only describe themselves")]

    use std::collections::BTreeMap;

    use schemars::JsonSchema;
    use serde_json::Value;

    use super::*;
    use crate::rpc::access::Nobody;
    use crate::rpc::method::Name;
    use crate::rpc::methods::Listed;
    use crate::rpc::param::{Param, SchemaOf};

    /// What is in the store.
    #[derive(JsonSchema)]
    struct Item {
        /// What it is called
        name: String,
        kind: Kind,
        parts: Vec<Item>,
        size: Option<f64>,
    }

    #[derive(JsonSchema)]
    enum Kind {
        Plain,
        /// Not plain.
        Fancy,
    }

    #[derive(JsonSchema)]
    struct Padded {
        #[schemars(default)]
        width: u8,
    }

    #[derive(JsonSchema)]
    struct Renamed {
        #[schemars(rename(serialize = "written"))]
        read: u8,
    }

    #[derive(JsonSchema)]
    enum Lonely {
        One,
    }

    #[derive(JsonSchema)]
    enum Tagged {
        Text(String),
        Number(u8),
    }

    #[derive(JsonSchema)]
    struct Wrapper(u8);

    #[derive(JsonSchema)]
    struct Nothing {}

    #[derive(JsonSchema)]
    #[schemars(rename_all = "kebab-case")]
    struct Kebab {
        no_field: u8,
    }

    #[derive(JsonSchema)]
    struct Missing {
        missed: u64,
    }

    /// The name of a method has been taken before.
    #[derive(JsonSchema)]
    struct Get {
        id: u8,
    }

    const fn of<T: JsonSchema>() -> SchemaOf {
        |generator| generator.subschema_for::<T>()
    }

    /// Describes the methods of a daemon called `store`, and returns what is left out.
    fn described(specs: impl IntoIterator<Item = MethodSpec>, interface: &str) -> (String, Vec<String>) {
        let listed = |spec| Listed { under: "store", spec, run: Run::Loop(|call| call.reply(())) };
        let methods = Methods::<()>::new(specs.into_iter().map(listed), &Nobody).unwrap();
        let (interfaces, left_out) = Interfaces::of(&methods, "store", Some("com.example"));
        let description =
            interfaces.find(interface).map(|interface| interface.description(&methods).to_owned());
        (description.unwrap_or_default(), left_out)
    }

    fn of_store(specs: impl IntoIterator<Item = MethodSpec>) -> String {
        let (description, left_out) = described(specs, "com.example.store");
        assert_eq!(left_out, [] as [&str; 0]);
        description
    }

    /// The type of a result as the description has it, with the types that it refers to.
    #[track_caller]
    fn assert_type(result: SchemaOf, signature: &str, types: &str) {
        let spec = MethodSpec { result: Some(result), ..MethodSpec::new(Name::Under("get")) };
        let failed = "# Any other failure, with the code that JSON-RPC gives it.\nerror Failed (code: int, message: string, data: ?object)\n";
        let expected =
            format!("interface com.example.store\n\nmethod Get() -> {signature}\n\n{failed}{types}");
        assert_eq!(of_store([spec]), expected);
    }

    #[test]
    fn every_type_has_the_nearest_one() {
        for (result, signature) in [
            (of::<bool>(), "(result: bool)"),
            (of::<Padded>(), "(width: int)"),
            (of::<Renamed>(), "(written: int)"),
            (of::<u128>(), "(result: int)"),
            (of::<f32>(), "(result: float)"),
            (of::<char>(), "(result: string)"),
            (of::<()>(), "()"),
            (of::<Value>(), "(result: object)"),
            (of::<Option<u8>>(), "(result: ?int)"),
            (of::<Option<Option<Vec<Option<u8>>>>>(), "(result: ?[]?int)"),
            (of::<Vec<Value>>(), "(result: []object)"),
            (of::<(u8, String)>(), "(result: []object)"),
            (of::<BTreeMap<String, u8>>(), "(result: [string]int)"),
            (of::<BTreeMap<String, Value>>(), "(result: object)"),
            (of::<BTreeMap<String, Nothing>>(), "(result: [string]())"),
            (of::<Nothing>(), "()"),
            (of::<Vec<Nothing>>(), "(result: []())"),
            (of::<Lonely>(), "(result: string)"),
            (of::<Tagged>(), "(result: object)"),
            (of::<Wrapper>(), "(result: int)"),
            (of::<Kebab>(), "(result: object)"),
            (of::<std::net::IpAddr>(), "(result: string)"),
        ] {
            assert_type(result, signature, "");
        }
    }

    #[test]
    fn structs_and_enums_have_names_and_a_result_that_is_a_struct_has_its_members() {
        let item = "type Item (\n  kind: Kind,\n  # What it is called\n  name: string,\n  parts: []Item,\n  size: ?float\n)\n";
        let (item, kind) = (format!("\n# What is in the store.\n{item}"), "\ntype Kind (Plain, Fancy)\n");
        assert_type(of::<Vec<Item>>(), "(result: []Item)", &format!("{item}{kind}"));
        let members =
            "(\n  kind: Kind,\n  # What it is called\n  name: string,\n  parts: []Item,\n  size: ?float\n)";
        assert_type(of::<Item>(), members, &format!("{kind}{item}"));
        assert_type(of::<Option<Kind>>(), "(result: ?Kind)", kind);
        let get = "\n# The name of a method has been taken before.\ntype GetType (id: int)\n";
        assert_type(of::<Vec<Get>>(), "(result: []GetType)", get);
    }

    #[test]
    fn a_stream_may_end_without_an_item_and_says_what_was_missed() {
        let stream = |items| MethodSpec {
            doc: "Watch.",
            result: Some(of::<u64>()),
            items: Some(items),
            ..MethodSpec::new(Name::Under("watch"))
        };
        for (items, signature) in [
            (of::<u8>(), "(result: ?int, missed: ?int)"),
            (of::<Get>(), "(id: ?int, missed: ?int)"),
            (of::<()>(), "(result: ?object, missed: ?int)"),
            (of::<Missing>(), "(result: ?Missing, missed: ?int)"),
        ] {
            let description = of_store([stream(items)]);
            let expected = format!("# Watch.\n#\n# Call it with `more`.\nmethod Watch() -> {signature}\n");
            assert!(description.contains(&expected), "{description}");
        }
    }

    #[test]
    fn parameters_and_comments_are_those_of_the_method() {
        const PARAMS: &[Param] = &[
            Param { doc: "Which\none", ..Param::of::<u8>("id") },
            Param { default: Some(|| 5.into()), ..Param::of::<u8>("count") },
            Param::of::<Option<u8>>("rest"),
        ];
        let spec = MethodSpec {
            doc: "Take some.\n\nOr all.\rmethod Break() -> ()",
            deprecated: Some("give"),
            params: PARAMS,
            ..MethodSpec::new(Name::Under("take"))
        };
        let expected = "\n# Take some.\n#\n# Or all.\n# method Break() -> ()\n#\n# Deprecated: give\nmethod Take(\n  # Which\n  # \
                    one\n  id: int,\n  count: ?int,\n  rest: ?int\n) -> ()\n";
        let description = of_store([spec]);
        assert!(description.contains(expected), "{description}");
    }

    #[test]
    fn errors_have_the_names_of_their_variants_unless_a_method_has_it() {
        const fn fault(name: &'static str, code: i32) -> FaultSpec {
            FaultSpec { name, ..FaultSpec::new(code, "no") }
        }
        const FIRST: &[FaultSpec] = &[fault("Full", 1), fault("Get", 2), fault("", 3), fault("Failed", 4)];
        const SECOND: &[FaultSpec] = &[fault("Full", 1), fault("Full", 9)];
        let spec = |name, faults| MethodSpec { faults, ..MethodSpec::new(Name::Under(name)) };
        let description = of_store([spec("take", || FIRST), spec("get", || SECOND)]);
        let errors: Vec<&str> = description.lines().filter(|line| line.starts_with("error")).collect();
        assert_eq!(
            errors,
            [
                "error Full (message: string)",
                "error GetError (message: string)",
                "error FailedError (message: string)",
                "error FullError (message: string)",
                "error Failed (code: int, message: string, data: ?object)",
            ]
        );
    }

    #[test]
    fn what_has_no_name_of_its_own_is_told_and_left_out() {
        const WRONG: &[Param] = &[Param::of::<u8>("wrong_")];
        let spec = |name| MethodSpec::new(Name::Under(name));
        let (description, left_out) = described(
            [
                spec("get_name"),
                spec("getName"),
                spec("2nd"),
                MethodSpec { params: WRONG, ..spec("other") },
                MethodSpec { hidden: true, ..spec("hidden") },
                MethodSpec::new(Name::Whole("system.listMethods")),
            ],
            "com.example.store",
        );
        assert_eq!(description.matches("method ").count(), 1, "{description}");
        assert_eq!(
            left_out,
            [
                "varlink has no method `store.getName`: `com.example.store.GetName` is `store.get_name` already; rename one of \
             them",
                "varlink has no method `store.2nd`: `2nd` does not start with a letter, or has more than letters and digits",
                "varlink has no method `store.other`: its parameter `wrong_` cannot be the name of a field",
            ]
        );
    }
}
