//! Results and faults, and the responses that carry them.

#![allow(clippy::panic, clippy::unwrap_used)]

use serde_json::{Value, json};

use super::*;
use crate::dialect::xml::read::{decode, read};

fn response(json: &str, limit: usize) -> String {
    let mut output = Output::new(limit);
    output.begin();
    write_result(json.as_bytes(), &mut output);
    let text = String::from_utf8(output.take()).unwrap();
    assert_eq!(text.find('\n'), Some(text.len() - 1), "a response is one line: {text}");
    text
}

fn value(json: &str) -> String {
    let text = response(json, 1 << 20);
    let value = text.strip_prefix(&format!("{RESPONSE}<params><param>"));
    let value = value.and_then(|text| text.strip_suffix("</param></params></methodResponse>\n"));
    value.unwrap_or_else(|| panic!("a fault instead of {json}: {text}")).to_owned()
}

#[test]
fn each_value_of_json_has_a_type() {
    for (json, xml) in [
        ("null", "<nil/>"),
        ("true", "<boolean>1</boolean>"),
        ("false", "<boolean>0</boolean>"),
        ("0", "<int>0</int>"),
        ("-2147483648", "<int>-2147483648</int>"),
        ("2147483648", "<i8>2147483648</i8>"),
        ("-9223372036854775808", "<i8>-9223372036854775808</i8>"),
        ("1.5", "<double>1.5</double>"),
        ("1.0", "<double>1.0</double>"),
        ("-0.0", "<double>-0.0</double>"),
        ("1e20", "<double>100000000000000000000.0</double>"),
        ("1e-7", "<double>0.0000001</double>"),
        (r#""""#, "<string></string>"),
        (r#""a<b>&\"'\t\né\r""#, "<string>a&lt;b&gt;&amp;\"'\t&#10;é&#13;</string>"),
        ("\"]]>\u{fffd}\u{ffef}\"", "<string>]]&gt;\u{fffd}\u{ffef}</string>"),
        ("[]", "<array><data></data></array>"),
        (
            "[1,[]]",
            "<array><data><value><int>1</int></value><value><array><data></data></array></value></data></array>",
        ),
        ("{}", "<struct></struct>"),
        (
            r#"{"a&":1,"":null}"#,
            "<struct><member><name>a&amp;</name><value><int>1</int></value></member>\
             <member><name></name><value><nil/></value></member></struct>",
        ),
    ] {
        assert_eq!(value(json), format!("<value>{xml}</value>"), "{json}");
    }
}

#[test]
fn what_xml_cannot_carry_becomes_a_fault_that_says_so() {
    for (json, expected) in [
        (r#""a\u0000""#, "U+0000"),
        (r#"["\u001f"]"#, "U+001F"),
        (r#"{"\uffff":1}"#, "U+FFFF"),
        ("9223372036854775808", "the integer 9223372036854775808"),
        ("[18446744073709551617]", "the integer 18446744073709551617"),
        ("{", "cannot be written as XML"),
        ("1 2", "cannot be written as XML"),
        ("", "cannot be written as XML"),
        (&"[".repeat(200), "recursion limit"),
    ] {
        let text = response(json, 1 << 20);
        assert!(text.contains("<int>-32603</int>") && text.contains(expected), "{json}: {text}");
        assert!(!text.contains("<param>"), "{text}");
    }
}

#[test]
fn a_result_that_is_too_long_as_xml_becomes_a_fault() {
    let long = format!("[{}]", vec!["1"; 1000].join(","));
    assert!(long.len() < 5000 && response(&long, 5000).contains("the answer is longer than 5000 bytes"));
    assert!(!response(&long, 50_000).contains("fault"));
}

#[test]
fn a_fault_carries_its_details_in_its_text() {
    let data = json!({"reason": "shut", "door": 1});
    for (fault, text) in [
        (Fault::new(7, "no"), "no"),
        (Fault::new(7, "no").with_data(json!({"reason": "shut"})), "no: shut"),
        (Fault::new(7, "no").with_data(data), r#"no: {"door":1,"reason":"shut"}"#),
        (Fault::new(7, "no").with_data("<&>"), "no: \"&lt;&amp;&gt;\""),
        (Fault::new(7, "a\u{1}\nb"), "a\u{fffd}&#10;b"),
    ] {
        let mut output = Output::new(1 << 20);
        write_fault(&fault, &mut output);
        let expected = format!(
            "{RESPONSE}<fault><value><struct><member><name>faultCode</name><value><int>7</int></value></member>\
             <member><name>faultString</name><value><string>{text}</string></value></member></struct></value></fault>\
             </methodResponse>\n"
        );
        assert_eq!(String::from_utf8(output.take()).unwrap(), expected);
    }
    let mut output = Output::new(100);
    write_fault(&Fault::new(7, "x".repeat(5000)), &mut output);
    assert!(String::from_utf8(output.take()).unwrap().contains("the fault is longer than"));
}

#[test]
fn what_is_written_is_read_as_it_was() {
    for result in [
        json!(null),
        json!([true, 0, -1, i32::MAX, i64::MIN, 1.5, 1e300, 5e-324, -0.0]),
        json!({"a": {"b": ["", " ", "<>&\"'", "\n\r\t é \u{10ffff}"]}, "": []}),
    ] {
        let value = value(&result.to_string());
        let call = format!(
            "<methodCall><methodName>m</methodName><params><param>{value}</param></params></methodCall>"
        );
        let decoded = decode(call.as_bytes()).unwrap();
        let params = read(&decoded, 64).unwrap().params;
        assert_eq!(serde_json::from_str::<Value>(&params).unwrap(), json!([result]));
    }
}
