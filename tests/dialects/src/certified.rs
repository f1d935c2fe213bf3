//! The service that clients of varlink are certified with, `org.varlink.certification`.
//!
//! A client calls the methods in their order, and hands each what the one before it has returned. Whatever differs is an
//! error.

use std::collections::BTreeMap;
use std::f64::consts::PI;
use std::process::ExitCode;

use daemon_core::TypedFault;
use daemon_core::prelude::*;
use daemon_core::serde_json::{Value, json};

type Texts = BTreeMap<String, String>;

/// A set has nothing for each of its texts.
type Set = BTreeMap<String, Nothing>;

#[rpc_type]
#[derive(Debug, PartialEq)]
struct Nothing {}

#[rpc_type]
#[derive(Debug, PartialEq)]
struct Scalars {
    bool: bool,
    int: i64,
    float: f64,
    string: String,
}

#[rpc_type]
#[derive(Debug, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Number {
    One,
    Two,
    Three,
}

#[rpc_type]
#[derive(Debug, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Word {
    Foo,
    Bar,
    Baz,
}

#[rpc_type]
#[derive(Debug, PartialEq)]
struct Pair {
    first: i64,
    second: String,
}

#[rpc_type]
#[derive(Debug, PartialEq)]
struct Flags {
    foo: bool,
    bar: bool,
}

#[rpc_type]
#[derive(Debug, PartialEq)]
struct Interface {
    foo: Option<Vec<Option<BTreeMap<String, Word>>>>,
    anon: Flags,
}

/// A member of every type.
#[rpc_type]
#[derive(Debug, PartialEq)]
struct MyType {
    object: Value,
    r#enum: Number,
    r#struct: Pair,
    array: Vec<String>,
    dictionary: Texts,
    stringset: Set,
    nullable: Option<String>,
    nullable_array_struct: Option<Vec<Pair>>,
    interface: Interface,
}

/// The results, each of one member.
mod one {
    use super::{MyType, Scalars, Set, Texts, rpc_type};

    #[rpc_type]
    pub(super) struct ClientId {
        pub(super) client_id: String,
    }

    #[rpc_type]
    pub(super) struct Bool {
        pub(super) bool: bool,
    }

    #[rpc_type]
    pub(super) struct Int {
        pub(super) int: i64,
    }

    #[rpc_type]
    pub(super) struct Float {
        pub(super) float: f64,
    }

    #[rpc_type]
    pub(super) struct Text {
        pub(super) string: String,
    }

    #[rpc_type]
    pub(super) struct Struct {
        pub(super) r#struct: Scalars,
    }

    #[rpc_type]
    pub(super) struct Map {
        pub(super) map: Texts,
    }

    #[rpc_type]
    pub(super) struct TextSet {
        pub(super) set: Set,
    }

    #[rpc_type]
    pub(super) struct Mine {
        pub(super) mytype: MyType,
    }

    #[rpc_type]
    pub(super) struct AllOk {
        pub(super) all_ok: bool,
    }
}

/// What was expected, and what has come.
#[rpc_type]
#[derive(Debug)]
struct Difference {
    wants: Value,
    got: Value,
}

#[derive(Debug, Fault)]
enum Refused {
    /// No client has this id.
    #[fault(code = 1)]
    ClientIdError,
    /// The client did not do what it should.
    #[fault(code = 2)]
    CertificationError(#[fault(data)] Difference),
}

/// I certify clients.
#[daemon(name = "certified", dialects(varlink))]
#[derive(Default)]
struct Certified {
    started: u64,
    /// How many methods each client has called.
    steps: BTreeMap<String, u32>,
}

impl Certified {
    /// Records a call of the method with this number, if it is the turn of that, and its parameter is right.
    fn step<T: PartialEq + serde::Serialize>(
        &mut self,
        client: &str,
        number: u32,
        [wants, got]: [&T; 2],
    ) -> Result<(), Refused> {
        let steps = self.steps.get_mut(client).ok_or(Refused::ClientIdError)?;
        *steps += 1;
        let differ = |wants: Value, got: Value| Err(Refused::CertificationError(Difference { wants, got }));
        match () {
            () if *steps != number => differ(json!({ "method": *steps }), json!({ "method": number })),
            () if wants != got => differ(json!(wants), json!(got)),
            () => Ok(()),
        }
    }
}

fn scalars() -> Scalars {
    Scalars { bool: false, int: 2, float: PI, string: "a lot of string".to_owned() }
}

fn texts() -> Texts {
    [("foo", "Foo"), ("bar", "Bar")].map(|(name, text)| (name.to_owned(), text.to_owned())).into()
}

fn set() -> Set {
    ["one", "two", "three"].map(|text| (text.to_owned(), Nothing {})).into()
}

fn my_type() -> MyType {
    let words = |one, two| Some([("one".to_owned(), one), ("two".to_owned(), two)].into());
    MyType {
        object: json!({ "method": "org.varlink.certification.Test09", "parameters": { "map": texts() } }),
        r#enum: Number::Two,
        r#struct: Pair { first: 1, second: "2".to_owned() },
        array: ["one", "two", "three"].map(str::to_owned).into(),
        dictionary: texts(),
        stringset: set(),
        nullable: None,
        nullable_array_struct: None,
        interface: Interface {
            foo: Some(vec![None, words(Word::Foo, Word::Bar), None, words(Word::Bar, Word::Baz)]),
            anon: Flags { foo: true, bar: false },
        },
    }
}

fn replies() -> Vec<String> {
    (1..=10).map(|number| format!("Reply number {number}")).collect()
}

#[daemon]
impl Certified {
    /// Begin.
    #[rpc_method(name = "org.varlink.certification.start")]
    fn start(&mut self) -> one::ClientId {
        self.started += 1;
        let client_id = format!("client-{}", self.started);
        self.steps.insert(client_id.clone(), 0);
        one::ClientId { client_id }
    }

    #[rpc_method(name = "org.varlink.certification.test01")]
    fn test01(&mut self, client_id: &str) -> Result<one::Bool, Refused> {
        self.step(client_id, 1, [&(), &()])?;
        Ok(one::Bool { bool: true })
    }

    #[rpc_method(name = "org.varlink.certification.test02")]
    fn test02(&mut self, client_id: &str, bool: bool) -> Result<one::Int, Refused> {
        self.step(client_id, 2, [&true, &bool])?;
        Ok(one::Int { int: 1 })
    }

    #[rpc_method(name = "org.varlink.certification.test03")]
    fn test03(&mut self, client_id: &str, int: i64) -> Result<one::Float, Refused> {
        self.step(client_id, 3, [&1, &int])?;
        Ok(one::Float { float: 1.0 })
    }

    #[rpc_method(name = "org.varlink.certification.test04")]
    fn test04(&mut self, client_id: &str, float: f64) -> Result<one::Text, Refused> {
        self.step(client_id, 4, [&1.0, &float])?;
        Ok(one::Text { string: "ping".to_owned() })
    }

    #[rpc_method(name = "org.varlink.certification.test05")]
    fn test05(&mut self, client_id: &str, string: String) -> Result<Scalars, Refused> {
        self.step(client_id, 5, [&"ping", &&*string])?;
        Ok(scalars())
    }

    #[rpc_method(name = "org.varlink.certification.test06")]
    fn test06(
        &mut self,
        client_id: &str,
        bool: bool,
        int: i64,
        float: f64,
        string: String,
    ) -> Result<one::Struct, Refused> {
        self.step(client_id, 6, [&scalars(), &Scalars { bool, int, float, string }])?;
        Ok(one::Struct { r#struct: scalars() })
    }

    #[rpc_method(name = "org.varlink.certification.test07")]
    fn test07(&mut self, client_id: &str, r#struct: Scalars) -> Result<one::Map, Refused> {
        self.step(client_id, 7, [&scalars(), &r#struct])?;
        Ok(one::Map { map: texts() })
    }

    #[rpc_method(name = "org.varlink.certification.test08")]
    fn test08(&mut self, client_id: &str, map: Texts) -> Result<one::TextSet, Refused> {
        self.step(client_id, 8, [&texts(), &map])?;
        Ok(one::TextSet { set: set() })
    }

    #[rpc_method(name = "org.varlink.certification.test09")]
    fn test09(&mut self, client_id: &str, set: Set) -> Result<one::Mine, Refused> {
        self.step(client_id, 9, [&self::set(), &set])?;
        Ok(one::Mine { mytype: my_type() })
    }

    /// Reply ten times.
    #[rpc_method(name = "org.varlink.certification.test10")]
    fn test10(&mut self, client_id: &str, mytype: MyType, replies: Subscription<one::Text>) {
        match self.step(client_id, 10, [&my_type(), &mytype]) {
            Ok(()) => {
                let texts = self::replies().into_iter().map(|string| one::Text { string });
                let _ = texts.map(|text| replies.send(&text)).collect::<Result<Vec<_>, _>>();
            }
            Err(refused) => replies.fail(refused.into_fault()),
        }
    }

    /// Call this with `oneway`.
    #[rpc_method(name = "org.varlink.certification.test11")]
    fn test11(&mut self, client_id: &str, last_more_replies: Vec<String>) -> Result<(), Refused> {
        self.step(client_id, 11, [&replies(), &last_more_replies])
    }

    /// Whether all went well.
    #[rpc_method(name = "org.varlink.certification.end")]
    fn end(&mut self, client_id: &str) -> Result<one::AllOk, Refused> {
        self.step(client_id, 12, [&(), &()])?;
        self.steps.remove(client_id);
        Ok(one::AllOk { all_ok: true })
    }
}

fn main() -> ExitCode {
    daemon_core::main::<Certified>()
}
