//! What a description says about types, names and errors.

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
    let description = interfaces.find(interface).map(|interface| interface.description(&methods).to_owned());
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
    let expected = format!("interface com.example.store\n\nmethod Get() -> {signature}\n\n{failed}{types}");
    assert_eq!(of_store([spec]), expected);
}

#[test]
fn every_type_has_the_nearest_one() {
    for (result, signature) in [
        (of::<bool>(), "(result: bool)"),
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
