//! The arguments of `#[rpc_method(…)]`, and of `#[param(…)]` on a parameter.

use proc_macro2::Ident;
use syn::{Expr, ExprPath, LitStr};

use super::constraint::{Constraints, Length, Placed, Range};
use super::list::{Argument, Bare, Field, Written, arguments};
use super::value::{Number, Value};
use super::{Arg, Args, Given, Grammar};

arguments! {
    /// The arguments of `#[rpc_method(…)]`, as written.
    Method {
        name: Option<LitStr> = "name = \"my.echo\"",
        alias: Vec<LitStr> = "alias = \"my.old_echo\"",
        aliases: Vec<LitStr> = "aliases(\"my.old_echo\", \"echo\")",
        /// What to call instead; empty if that is not given.
        deprecated: Option<String> = "deprecated = \"use my.say instead\"",
        hidden: bool = "hidden",
        call_only: bool = "call_only",
        read_only: Option<Bare> = "read_only",
        idempotent: Option<Bare> = "idempotent",
        destructive: Option<Bare> = "destructive",
        allow: Vec<Allowed> = "allow(owner, root, user = \"www\", group = \"adm\")",
        daemon: Written<ExprPath> = "daemon = Echo",
        /// The pool that runs it.
        worker: Written<LitStr> = "worker = \"pool\"",
        timeout: Option<LitStr> = "timeout = \"5s\"",
        rate: Option<LitStr> = "rate = \"10/s\"",
        /// The word `thread`.
        thread: Option<Bare> = "thread",
        http: Option<LitStr> = "http = \"GET /users/{id}\"",
        body: Option<LitStr> = "body = \"user\"",
        /// The word `etag`.
        etag: Option<Bare> = "etag",
    }
}

arguments! {
    /// The arguments of `#[param(…)]`, as written.
    Param {
        default: Option<Expr> = "default = 1",
        long: Option<LitStr> = "long = \"my-socket\"",
        range: Option<Placed<Range>> = "range(min = 1, max = 100)",
        length: Option<Placed<Length>> = "length(min = 1, max = 64)",
        pattern: Option<LitStr> = "pattern = \"^[a-z]+$\"",
    }
}

const ALLOW: Grammar = Grammar {
    what: "rule",
    known: &[
        ("owner", "owner"),
        ("root", "root"),
        ("uid", "uid = 1000"),
        ("user", "user = \"www\""),
        ("gid", "gid = 5"),
        ("group", "group = \"adm\""),
        ("token", "token = \"ci\""),
        ("member", "member"),
    ],
    repeats: &["owner", "root", "uid", "user", "gid", "group", "token", "member"],
};

impl Method {
    /// Returns its other names, from `alias` and from `aliases`.
    pub(crate) fn aliases(&self) -> impl Iterator<Item = &LitStr> {
        self.alias.iter().chain(&self.aliases)
    }
}

impl Param {
    /// Returns its constraints.
    pub(crate) fn constraints(&self) -> Constraints {
        Constraints { range: self.range.clone(), length: self.length.clone(), pattern: self.pattern.clone() }
    }
}

/// One rule of `allow(…)`.
pub(crate) enum Allowed {
    Owner,
    Root,
    Uid(Number),
    User(LitStr),
    Gid(Number),
    Group(LitStr),
    /// A token with this name, or any.
    Token(Ident, Option<LitStr>),
    Member(Ident),
}

/// `name` alone, or `name = "text"`
impl Argument for String {
    fn read(arg: &Arg) -> Option<Self> {
        match &arg.given {
            Given::Nothing => Some(String::new()),
            Given::Value(value) => LitStr::of(value).map(|note| note.value()),
            Given::List(_) => None,
        }
    }

    fn advice(arg: &Arg) -> Option<String> {
        let name = &arg.name;
        Some(format!("write `{name}` alone, or `{name} = \"use my.say instead\"`"))
    }
}

impl Field for Vec<Allowed> {
    fn of(args: &mut Args<'_>, name: &str) -> Self {
        let Some(mut args) = args.nested(name, &ALLOW) else { return Vec::new() };
        args.all().iter().filter_map(|arg| rule(arg, &mut args)).collect()
    }
}

fn rule(arg: &Arg, args: &mut Args<'_>) -> Option<Allowed> {
    let rule = match arg.name.to_string().as_str() {
        "owner" => Bare::read(arg).map(|_| Allowed::Owner),
        "root" => Bare::read(arg).map(|_| Allowed::Root),
        "uid" => Number::read(arg).map(Allowed::Uid),
        "gid" => Number::read(arg).map(Allowed::Gid),
        "user" => LitStr::read(arg).map(Allowed::User),
        "group" => LitStr::read(arg).map(Allowed::Group),
        "token" => match &arg.given {
            Given::Nothing => Some(Allowed::Token(arg.name.clone(), None)),
            Given::Value(_) | Given::List(_) => {
                LitStr::read(arg).map(|name| Allowed::Token(arg.name.clone(), Some(name)))
            }
        },
        "member" => Bare::read(arg).map(|_| Allowed::Member(arg.name.clone())),
        _ => None,
    };
    if rule.is_none() {
        args.refuse(arg);
    }
    rule
}
