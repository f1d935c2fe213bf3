//! The arguments of `#[rpc_method(…)]`, and of `#[param(…)]` on a parameter.

use proc_macro2::TokenStream;
use syn::{Expr, ExprPath, LitStr};

use super::{Arg, Args, Given, Grammar, Number, number_of, text_of};
use crate::errors::Errors;

const GRAMMAR: Grammar = Grammar {
    what: "argument",
    known: &[
        ("name", "name = \"my.echo\""),
        ("alias", "alias = \"my.old_echo\""),
        ("aliases", "aliases(\"my.old_echo\", \"echo\")"),
        ("deprecated", "deprecated = \"use my.say instead\""),
        ("hidden", "hidden"),
        ("allow", "allow(owner, root, user = \"www\", group = \"adm\")"),
        ("daemon", "daemon = Echo"),
        ("worker", "worker = \"pool\""),
        ("timeout", "timeout = \"5s\""),
    ],
    repeats: &[],
};

const ALLOW: Grammar = Grammar {
    what: "rule",
    known: &[
        ("owner", "owner"),
        ("root", "root"),
        ("uid", "uid = 1000"),
        ("user", "user = \"www\""),
        ("gid", "gid = 5"),
        ("group", "group = \"adm\""),
    ],
    repeats: &["owner", "root", "uid", "user", "gid", "group"],
};

const PARAM: Grammar = Grammar { what: "argument", known: &[("default", "default = 1")], repeats: &[] };

/// What `#[rpc_method(…)]` was given.
pub(crate) struct Method {
    pub(crate) name: Option<LitStr>,
    pub(crate) aliases: Vec<LitStr>,
    pub(crate) deprecated: Option<String>,
    pub(crate) hidden: bool,
    pub(crate) allow: Vec<Allowed>,
    /// Whether it names a daemon at all.
    pub(crate) joins: bool,
    pub(crate) daemon: Option<ExprPath>,
    /// Whether a pool runs it, be it named right or wrong.
    pub(crate) pooled: bool,
    pub(crate) pool: Option<LitStr>,
    pub(crate) timeout: Option<LitStr>,
}

/// One rule of `allow(…)`.
pub(crate) enum Allowed {
    Owner,
    Root,
    Uid(Number),
    User(LitStr),
    Gid(Number),
    Group(LitStr),
}

impl Method {
    pub(crate) fn read(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Args::read(tokens, &GRAMMAR, errors);
        let mut aliases = args.texts("alias");
        aliases.extend(args.texts("aliases"));
        Method {
            name: args.text("name"),
            aliases,
            deprecated: deprecated(&mut args),
            hidden: args.bare("hidden").is_some(),
            allow: args.nested("allow", &ALLOW).map(rules).unwrap_or_default(),
            joins: args.has("daemon"),
            daemon: daemon(&mut args),
            pooled: args.has("worker"),
            pool: args.text("worker"),
            timeout: args.text("timeout"),
        }
    }
}

fn deprecated(args: &mut Args<'_>) -> Option<String> {
    let arg = args.take("deprecated")?;
    let note = match &arg.given {
        Given::Nothing => Some(String::new()),
        Given::Value(value) => text_of(value).map(|note| note.value()),
        Given::List(_) => None,
    };
    if note.is_none() {
        args.refuse(&arg);
    }
    note
}

fn daemon(args: &mut Args<'_>) -> Option<ExprPath> {
    let arg = args.take("daemon")?;
    match arg.given {
        Given::Value(Expr::Path(path)) => Some(path),
        Given::Nothing | Given::Value(_) | Given::List(_) => {
            args.refuse(&arg);
            None
        }
    }
}

fn rules(mut args: Args<'_>) -> Vec<Allowed> {
    let all = args.all();
    all.iter().filter_map(|arg| rule(arg, &mut args)).collect()
}

fn rule(arg: &Arg, args: &mut Args<'_>) -> Option<Allowed> {
    let rule = match (arg.name.to_string().as_str(), &arg.given) {
        ("owner", Given::Nothing) => Some(Allowed::Owner),
        ("root", Given::Nothing) => Some(Allowed::Root),
        ("uid", Given::Value(uid)) => number_of(uid).map(Allowed::Uid),
        ("gid", Given::Value(gid)) => number_of(gid).map(Allowed::Gid),
        ("user", Given::Value(name)) => text_of(name).map(Allowed::User),
        ("group", Given::Value(name)) => text_of(name).map(Allowed::Group),
        _ => None,
    };
    if rule.is_none() {
        args.refuse(arg);
    }
    rule
}

/// The value in `#[param(default = …)]`.
pub(crate) fn param(tokens: TokenStream, errors: &mut Errors) -> Option<Expr> {
    let mut args = Args::read(tokens, &PARAM, errors);
    let arg = args.take("default")?;
    match arg.given {
        Given::Value(value) => Some(value),
        Given::Nothing | Given::List(_) => {
            args.refuse(&arg);
            None
        }
    }
}
