//! Documents, and what is read from them.

#![allow(clippy::unwrap_used)]

use super::*;
use crate::code;

/// Reads a document of the bytes as they come.
fn call(document: &str, nesting: usize) -> Result<(String, String), Fault> {
    let decoded = decode(document.as_bytes())?;
    let call = read_closely(&decoded, nesting);
    assert_eq!(call, read(&decoded, nesting), "the fast path reads something else");
    let MethodCall { method, params } = call?;
    assert!(serde_json::from_str::<serde_json::Value>(&params).is_ok(), "{params}");
    Ok((method.into_owned(), params))
}

/// Puts a value into a call.
fn with(value: &str) -> String {
    format!("<methodCall><methodName>m</methodName><params><param>{value}</param></params></methodCall>")
}

fn params(value: &str) -> Result<String, Fault> {
    call(&with(value), 64).map(|(_, params)| params)
}

fn reason(fault: &Fault) -> String {
    fault.data().unwrap()["reason"].as_str().unwrap().to_owned()
}

#[test]
fn each_type_becomes_json() {
    for (value, json) in [
        ("<value>text</value>", r#"["text"]"#),
        ("<value> text </value>", r#"[" text "]"#),
        ("<value></value>", r#"[""]"#),
        ("<value/>", r#"[""]"#),
        ("<value><string/></value>", r#"[""]"#),
        ("<value><string>a \"b\" \\ é</string></value>", r#"["a \"b\" \\ é"]"#),
        ("<value>a&lt;b&amp;c&#233;&#xE9;&gt;&apos;&quot;</value>", r#"["a<b&céé>'\""]"#),
        ("<value><![CDATA[<a>&amp;]]></value>", r#"["<a>&amp;"]"#),
        ("<value>a<![CDATA[b]]>c<!-- no -->d<?no?>e</value>", r#"["abcde"]"#),
        ("<value>a\r\nb\rc&#13;</value>", r#"["a\nb\nc\r"]"#),
        ("<value><int>-7</int></value>", "[-7]"),
        ("<value>\n  <i4>7</i4>\n</value>", "[7]"),
        ("<value><i8>9223372036854775807</i8></value>", "[9223372036854775807]"),
        ("<value><ex:i8>1</ex:i8></value>", "[1]"),
        ("<value><boolean>1</boolean></value>", "[true]"),
        ("<value><boolean>0</boolean></value>", "[false]"),
        ("<value><double>-1.5</double></value>", "[-1.5]"),
        ("<value><double>2</double></value>", "[2.0]"),
        ("<value><double>1e-05</double></value>", "[0.00001]"),
        (
            "<value><dateTime.iso8601>19980717T14:08:55</dateTime.iso8601></value>",
            r#"["1998-07-17T14:08:55"]"#,
        ),
        ("<value><base64>\nYWJj\nZA==\n</base64></value>", r#"["YWJjZA=="]"#),
        ("<value><nil/></value>", "[null]"),
        ("<value><ex:nil></ex:nil></value>", "[null]"),
        ("<value><array><data/></array></value>", "[[]]"),
        ("<value><struct/></value>", "[{}]"),
        (
            "<value><array><data><value>a</value> <value><int>1</int></value></data></array></value>",
            r#"[["a",1]]"#,
        ),
        (
            "<value><struct><member><name>a</name><value>b</value></member>\
             <member><name>&quot;</name><value><nil/></value></member></struct></value>",
            r#"[{"a":"b","\"":null}]"#,
        ),
        ("<value xmlns:a='b' c=\"&lt;\"><int>1</int></value>", "[1]"),
    ] {
        assert_eq!(params(value).as_deref(), Ok(json), "{value}");
    }
}

#[test]
fn a_call_may_be_written_as_clients_write_it() {
    for (document, method, json) in [
        ("<methodCall><methodName>a.b</methodName></methodCall>", "a.b", "[]"),
        ("<methodCall><methodName>a</methodName><params/></methodCall>", "a", "[]"),
        ("<methodCall><methodName>a</methodName><params></params></methodCall>", "a", "[]"),
        (
            "<?xml version='1.0'?>\n<methodCall>\n<methodName>a</methodName>\n<params>\n<param>\n\
             <value><int>1</int></value>\n</param>\n</params>\n</methodCall>\n",
            "a",
            "[1]",
        ),
        (
            "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?><!-- a --><methodCall><methodName>a</methodName></methodCall><?b?>",
            "a",
            "[]",
        ),
        (
            "<methodCall ><methodName >a</methodName ><params ><param ><value >b</value ></param ></params ></methodCall >",
            "a",
            "[\"b\"]",
        ),
    ] {
        assert_eq!(call(document, 64), Ok((method.to_owned(), json.to_owned())), "{document}");
    }
}

#[test]
fn xml_that_is_no_call_says_what_to_write() {
    for (value, expected) in [
        ("<value><int>x</int></value>", "<int>x</int>: not an integer of 32 bits"),
        ("<value><int>2147483648</int></value>", "use <i8>"),
        ("<value><int></int></value>", "not an integer"),
        ("<value><double>NaN</double></value>", "not a finite decimal number"),
        ("<value><boolean>true</boolean></value>", "0 or 1"),
        ("<value><base64>a</base64></value>", "RFC 4648"),
        ("<value><dateTime.iso8601>now</dateTime.iso8601></value>", "19980717T14:08:55"),
        ("<value><nil>0</nil></value>", "text where"),
        ("<value>a<int>1</int></value>", "after text"),
        ("<value><int>1</int>a</value>", "text where"),
        ("<value><int>1</int><int>2</int></value>", "<int> where <value> must end"),
        ("<value><date/></value>", "<date>, which XML-RPC does not have"),
        ("<value><param/></value>", "<param> in a <value>"),
        ("<value><string><int/></string></value>", "<int> in <string>"),
        ("<value><array/></value>", "an end where <data> is expected"),
        ("<value><array><value/></array></value>", "<value> where <data> is expected"),
        ("<value><array><data/><data/></array></value>", "<data> where <array> must end"),
        ("<value><struct><name/></struct></value>", "<name> where <member> is expected"),
        ("<value><struct><member><value/></member></struct></value>", "<value> where <name> is expected"),
        ("<value><struct><member><name/></member></struct></value>", "an end where <value> is expected"),
        (
            "<value><struct><member><name>a</name><value/></member><member><name>&#97;</name><value/></member></struct></value>",
            "`a` is given twice",
        ),
        ("<value/><value/>", "<value> where <param> must end"),
        ("text", "text where an element is expected"),
        ("", "an end where <value> is expected"),
    ] {
        let fault = params(value).unwrap_err();
        assert_eq!(fault.code(), code::INVALID_REQUEST, "{value}: {fault}");
        assert!(
            reason(&fault).starts_with("at byte ") && reason(&fault).contains(expected),
            "{value}: {fault}"
        );
    }
    for document in [
        "<methodResponse></methodResponse>",
        "<methodCall/>",
        "<value/>",
        "<methodCall><params/></methodCall>",
    ] {
        assert_eq!(call(document, 64).unwrap_err().code(), code::INVALID_REQUEST, "{document}");
    }
}

#[test]
fn what_is_not_well_formed_is_a_parse_error() {
    let whole = with("<value>a</value>");
    let broken = [
        "<value>a</valeu>",
        "<value>a&b;</value>",
        "<value>a&lt</value>",
        "<value>a & b</value>",
        "<value>&#0;</value>",
        "<value>&#1;</value>",
        "<value>&#xFFFF;</value>",
        "<value>&#xD800;</value>",
        "<value>&#x110000;</value>",
        "<value>&;</value>",
        "<value>\u{1}</value>",
        "<value><![CDATA[\u{2}]]></value>",
        "<value>]]></value>",
        "<value><!-- -- --></value>",
        "<value a></value>",
        "<value a=b></value>",
        "<value a='1' a='2'></value>",
        "<value a='<'></value>",
        "<value><?xml version='1.0'?></value>",
        "<value>",
        "</value>",
    ];
    let documents = broken.iter().map(|value| with(value));
    let documents = documents.chain((0..whole.len()).map(|end| whole[..end].to_owned()));
    let documents = documents.chain([format!("{whole}{whole}"), format!("{whole}a"), format!("a{whole}")]);
    for document in documents {
        let fault = call(&document, 64).unwrap_err();
        let is_known = fault.code() == code::PARSE_ERROR || document.starts_with('a');
        assert!(is_known && reason(&fault).contains("at byte "), "{document}: {fault}");
    }
}

#[test]
fn hostile_documents_are_refused_in_linear_time() {
    let laughs =
        "<!DOCTYPE a [<!ENTITY b \"ha\"><!ENTITY c \"&b;&b;\">]>".to_owned() + &with("<value>&c;</value>");
    assert!(call(&laughs, 64).unwrap_err().to_string().contains("document type declaration"));
    assert_eq!(params("<value>&c;</value>").unwrap_err().code(), code::PARSE_ERROR);
    let deep = "<value><array><data>".repeat(100_000);
    assert!(reason(&params(&deep).unwrap_err()).contains("nested deeper than 64 levels"));
    let many = format!("<value {}/>", (0..50_000).map(|at| format!("a{at}='' ")).collect::<String>());
    assert!(reason(&params(&many).unwrap_err()).contains("many attributes"));
    let names =
        (0..50_000).map(|at| format!("<member><name>{at}</name><value/></member>")).collect::<String>();
    assert!(params(&format!("<value><struct>{names}</struct></value>")).is_ok());
    let pieces = format!("<value>{}</value>", "a&amp;<!---->".repeat(50_000));
    assert_eq!(params(&pieces).unwrap().len(), 2 * 50_000 + 4);
    assert!(params(&"<a>".repeat(100_000)).unwrap_err().to_string().len() < 2000);
}

#[test]
fn values_nest_as_deep_as_those_of_json_rpc() {
    let nested = |depth: usize| {
        let open = "<value><array><data>".repeat(depth);
        with(&(open + &"</data></array></value>".repeat(depth)))
    };
    // The request and its parameters are two levels.
    assert!(call(&nested(6), 8).is_ok());
    assert!(call(&nested(7), 8).is_err());
    assert!(call("<methodCall><methodName>a</methodName></methodCall>", 1).is_err());
}
