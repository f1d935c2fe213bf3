//! Constraints of parameters and of fields: on the wire, on the command line, in help and in the OpenRPC document.

// A panic here fails the test.
#![allow(clippy::unwrap_used)]

use harness::{Daemon, Home};
use serde_json::{Value, json};

const CONSTRAINED: &str = env!("CARGO_BIN_EXE_constrained");

/// Calls that break a constraint: method, parameters, and the reason.
fn broken() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    vec![
        ("constrained.count", json!([0]), "count", "it is 0; the least is 1"),
        ("constrained.count", json!({ "count": 101 }), "count", "it is 101; the most is 100"),
        ("constrained.numbers", json!([1.5, 0, 0]), "share", "it is 1.5; the most is 1"),
        ("constrained.numbers", json!([0, -4, 0]), "offset", "it is -4; the least is -3"),
        ("constrained.numbers", json!([0, 0, 0, 5]), "some", "it is 5; the most is 4"),
        ("constrained.numbers", json!([0, 0, 0, null, 10]), "few", "it is 10; the most is 9"),
        ("constrained.name", json!([""]), "name", "it has 0 characters; the least is 1"),
        ("constrained.name", json!(["éééée"]), "name", "it has 5 characters; the most is 4"),
        ("constrained.name", json!(["Ann"]), "name", "it does not match `^[a-zé]+$`"),
        ("constrained.name", json!({ "name": "é", "colour": "red" }), "colour", "it does not match `^#`"),
        ("constrained.name", json!(["é", null, "a"]), "initials", "it has 1 character; it must have 2"),
        ("constrained.many", json!([[], {}]), "items", "it has 0 items; the least is 1"),
        (
            "constrained.many",
            json!([[1], { "a": true, "b": true }]),
            "members",
            "it has 2 members; the most is 1",
        ),
        ("constrained.threaded", json!([0]), "count", "it is 0; the least is 1"),
        ("constrained.pooled", json!([10]), "count", "it is 10; the most is 9"),
        ("constrained.free", json!([10]), "count", "it is 10; the most is 9"),
        ("hand.text", json!(["abcd"]), "text", "it has 4 characters; the most is 3"),
    ]
}

/// Calls that keep all constraints, with their results.
fn kept() -> Vec<(&'static str, Value, Value)> {
    vec![
        ("constrained.count", json!([1]), json!(1)),
        ("constrained.count", json!([1e2]), json!(100)),
        ("constrained.numbers", json!([-1.5, -3, u64::MAX]), json!("-1.5 -3 18446744073709551615 3 None")),
        ("constrained.numbers", json!([1, 127, 0, 2, 9]), json!("1 127 0 2 Some(9)")),
        ("constrained.name", json!(["éééé"]), json!("éééé #0 None")),
        ("constrained.name", json!(["a", "#1", "\u{e9}b"]), json!("a #1 Some(\"éb\")")),
        ("constrained.many", json!([[1, 2], {}]), json!(2)),
        ("constrained.threaded", json!([9]), json!(9)),
        ("constrained.pooled", json!([9]), json!(9)),
        ("constrained.free", json!([9]), json!(9)),
        ("hand.text", json!(["äöü"]), json!("äöü")),
    ]
}

/// Orders that break the constraint of a field, and how.
fn broken_orders() -> Vec<(Value, &'static str)> {
    let order = |parts: Value| json!({ "fullName": "a", "marks": {}, "parts": parts });
    vec![
        (json!({ "fullName": "", "marks": {} }), "`fullName` has 0 characters; the least is 1"),
        (json!({ "fullName": "A", "marks": {} }), "`fullName` does not match `^[a-z]+$`"),
        (json!({ "fullName": "a", "marks": {}, "count": 0 }), "`count` is 0; the least is 1"),
        (json!({ "fullName": "a", "marks": {}, "count": 101 }), "`count` is 101; the most is 100"),
        (
            json!({ "fullName": "a", "marks": { "a": true, "b": true } }),
            "`marks` has 2 members; the most is 1",
        ),
        (
            order(json!([{ "Long": 7 }, { "Round": { "radius": 0.25 } }])),
            "`radius` is 0.25; the least is 0.5",
        ),
        (order(json!([{ "Long": 8 }])), "it is 8; the most is 7"),
        // What is wrong besides is still found.
        (json!({ "fullName": "a" }), "missing field `marks`"),
        (json!({ "fullName": "a", "marks": {}, "count": "x" }), "invalid type: string \"x\", expected u32"),
    ]
}

#[test]
fn a_field_that_breaks_a_constraint_is_named_in_the_reason() {
    let daemon = Daemon::start(CONSTRAINED, &[]);
    let mut client = daemon.client();
    for method in ["constrained.order", "constrained.order_pooled"] {
        for (order, reason) in broken_orders() {
            let data = client.fault(method, json!([order]))["data"].clone();
            assert_eq!(data, json!({ "parameter": "order", "position": 0, "reason": reason }), "{order}");
        }
        for order in [
            json!({ "fullName": "abcd", "count": null, "marks": {}, "parts": null }),
            json!({ "fullName": "a", "count": 100, "marks": { "a": true }, "parts": [{ "Round": { "radius": 0.5 } }] }),
        ] {
            assert_eq!(client.ask(method, json!([order])), order);
        }
        let short = client.ask(method, json!({ "order": { "fullName": "a", "marks": {} } }));
        assert_eq!(short["count"], Value::Null, "an option may be missing");
    }
    drop(client);
    drop(daemon.terminate());
}

#[test]
fn the_command_line_knows_the_constraints_of_fields() {
    let home = Home::new(CONSTRAINED);
    for (order, reason) in broken_orders() {
        let finished = home.run(&["constrained.order", &order.to_string()]);
        assert_eq!((finished.code, &*finished.stdout), (Some(2), ""), "{order}: {finished:#?}");
        let words = format!("the parameter `order` is invalid: {reason}");
        assert!(finished.stderr.contains(&words), "{words}: {finished:#?}");
    }
    let help = home.run(&["constrained.order", "--help"]).stdout;
    for words in
        ["What it is called [1 to 4 characters, like", "optional  How many [1 to 100]", "[at most 1 member]"]
    {
        assert!(help.contains(words), "{words}: {help}");
    }
}

#[test]
fn the_schema_of_a_type_has_the_constraints_of_its_fields() {
    let daemon = Daemon::start(CONSTRAINED, &[]);
    let document = daemon.client().ask("rpc.discover", json!([]));
    let order = &document["components"]["schemas"]["Order"];
    assert_eq!(order["required"], json!(["fullName", "marks"]));
    let of = |name: &str| order["properties"][name].clone();
    assert_eq!(
        of("fullName"),
        json!({
            "type": "string", "description": "What it is called",
            "minLength": 1, "maxLength": 4, "pattern": "^[a-z]+$",
        })
    );
    assert_eq!(
        of("count"),
        json!({
            "description": "How many",
            "anyOf": [{ "type": "integer", "minimum": 1, "maximum": 100 }, { "type": "null" }],
        })
    );
    assert_eq!(of("marks")["maxProperties"], 1);
    drop(daemon.terminate());
}

#[test]
fn a_value_that_breaks_a_constraint_is_an_invalid_parameter() {
    let daemon = Daemon::start(CONSTRAINED, &[]);
    let mut client = daemon.client();
    for (method, params, parameter, reason) in broken() {
        let fault = client.fault(method, params.clone());
        assert_eq!((&fault["code"], &fault["message"]), (&json!(-32602), &json!("Invalid params")));
        let data = &fault["data"];
        assert_eq!(
            (&data["parameter"], &data["reason"]),
            (&json!(parameter), &json!(reason)),
            "{method} {params}"
        );
        assert!(data["position"].is_u64(), "{data}");
    }
    for (method, params, result) in kept() {
        assert_eq!(client.ask(method, params.clone()), result, "{method} {params}");
    }
    drop(client);
    drop(daemon.terminate());
}

#[test]
fn the_command_line_refuses_such_a_value_before_it_looks_for_the_daemon() {
    let home = Home::new(CONSTRAINED);
    for (method, params, parameter, reason) in broken() {
        let finished = home.run(&["call", method, "--json", &params.to_string()]);
        assert_eq!(finished.code, Some(2), "{method} {params}: {finished:#?}");
        let words = format!("the parameter `{parameter}` is invalid: {reason}");
        assert!(finished.stderr.contains(&words), "{words}: {finished:#?}");
    }
    for args in [
        &["constrained.count", "0"][..],
        &["constrained.count", "--count=0"],
        &["call", "constrained.count", "0"],
        &["constrained.name", "é", "--initials", "a"],
        &["constrained.many", "--items", "1", "--items", "2", "--items", "3", "--members", "{}"],
    ] {
        let finished = home.run(args);
        assert_eq!((finished.code, &*finished.stdout), (Some(2), ""), "{args:?}: {finished:#?}");
        assert!(finished.stderr.contains("is invalid: it "), "{args:?}: {finished:#?}");
    }
    // What is right is sent, to a daemon that does not run.
    for (method, params, _) in kept() {
        assert_eq!(home.run(&["call", method, "--json", &params.to_string()]).code, Some(7));
    }
}

#[test]
fn the_help_of_a_method_says_what_its_values_must_be() {
    let home = Home::new(CONSTRAINED);
    for (method, words) in [
        ("constrained.count", &["How many [1 to 100]"][..]),
        ("constrained.numbers", &["[-1.5 to 1]", "[at least -3]", "[2 to 4] [default: 3]", "[at most 9]"]),
        ("constrained.name", &["[1 to 4 characters, like ^[a-zé]+$]", "[like ^#]", "[2 characters]"]),
        ("constrained.many", &["[1 to 2 items]", "[at most 1 member]"]),
    ] {
        let help = home.run(&[method, "--help"]).stdout;
        words.iter().for_each(|words| assert!(help.contains(words), "{words}: {help}"));
    }
}

#[test]
fn the_openrpc_document_has_the_constraints() {
    let daemon = Daemon::start(CONSTRAINED, &[]);
    let document = daemon.client().ask("rpc.discover", json!([]));
    let schemas = |name: &str| -> Vec<Value> {
        let methods = document["methods"].as_array().unwrap();
        let method = methods.iter().find(|method| method["name"] == name).unwrap();
        method["params"].as_array().unwrap().iter().map(|param| param["schema"].clone()).collect()
    };
    assert_eq!(schemas("constrained.count"), [json!({ "type": "integer", "minimum": 1, "maximum": 100 })]);
    assert_eq!(
        schemas("constrained.name"),
        [
            json!({ "type": "string", "minLength": 1, "maxLength": 4, "pattern": "^[a-zé]+$" }),
            json!({ "type": "string", "pattern": "^#", "default": "#0" }),
            json!({ "anyOf": [{ "type": "string", "minLength": 2, "maxLength": 2 }, { "type": "null" }] }),
        ]
    );
    let [items, members] = &schemas("constrained.many")[..] else { unreachable!() };
    assert_eq!((&items["minItems"], &items["maxItems"]), (&json!(1), &json!(2)));
    assert_eq!(members["maxProperties"], 1);
    for name in ["constrained.pooled", "constrained.threaded", "constrained.free"] {
        assert_eq!(schemas(name)[0]["maximum"], 9, "{name}");
    }
    assert_eq!(schemas("hand.text")[0]["maxLength"], 3);
    drop(daemon.terminate());
}
