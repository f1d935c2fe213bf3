//! Who may call a method: the rules as written, and as checked.

use std::fmt;

use serde_json::json;

use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::fault::{Fault, code};

/// One rule of `allow(…)`: a caller that matches any rule of a method may call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The user that the daemon runs as.
    Owner,
    /// The superuser, uid 0.
    Root,
    /// A user by number.
    Uid(u32),
    /// A user by name.
    User(&'static str),
    /// A group by number.
    Gid(u32),
    /// A group by name.
    Group(&'static str),
    /// A caller that has shown the token with this name.
    Token(&'static str),
    /// A caller that has shown any token that is valid.
    AnyToken,
    /// A daemon of the same suite.
    Member,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Owner => f.write_str("owner"),
            Rule::Root => f.write_str("root"),
            Rule::Uid(uid) => write!(f, "uid {uid}"),
            Rule::User(name) => write!(f, "user {name}"),
            Rule::Gid(gid) => write!(f, "gid {gid}"),
            Rule::Group(name) => write!(f, "group {name}"),
            Rule::Token(name) => write!(f, "token {name}"),
            Rule::AnyToken => f.write_str("token"),
            Rule::Member => f.write_str("member"),
        }
    }
}

/// Resolves names to numbers; the daemon queries the system's user database, once, at the start.
pub(crate) trait UserDb {
    fn uid(&self, user: &str) -> Option<u32>;
    fn gid(&self, group: &str) -> Option<u32>;
    fn owner(&self) -> u32;
}

/// A system without users.
#[cfg(any(fuzzing, test))]
pub(crate) struct Nobody;

#[cfg(any(fuzzing, test))]
impl UserDb for Nobody {
    fn uid(&self, _: &str) -> Option<u32> {
        None
    }

    fn gid(&self, _: &str) -> Option<u32> {
        None
    }

    fn owner(&self) -> u32 {
        0
    }
}

/// The rules of one method, with every name resolved. Without a rule, every caller that can connect is admitted.
#[derive(Debug, Default)]
pub(crate) struct AccessList {
    uids: Vec<u32>,
    gids: Vec<u32>,
    rules: &'static [Rule],
}

impl AccessList {
    pub(crate) fn resolve(rules: &'static [Rule], names: &dyn UserDb) -> Result<AccessList> {
        let mut access = AccessList { rules, ..AccessList::default() };
        for rule in rules {
            match rule {
                Rule::Owner => access.uids.push(names.owner()),
                Rule::Root => access.uids.push(0),
                Rule::Uid(uid) => access.uids.push(*uid),
                Rule::Gid(gid) => access.gids.push(*gid),
                Rule::User(name) => access.uids.push(names.uid(name).ok_or_else(|| unknown("user", name))?),
                Rule::Group(name) => access.gids.push(names.gid(name).ok_or_else(|| unknown("group", name))?),
                Rule::Token(_) | Rule::AnyToken | Rule::Member => {}
            }
        }
        Ok(access)
    }

    /// Whether a token admits its caller.
    pub(crate) fn wants_token(&self) -> bool {
        self.rules.iter().any(|rule| matches!(rule, Rule::Token(_) | Rule::AnyToken))
    }

    /// Admits a call, or refuses it with a fault that names the rule. A call that the daemon makes itself has no caller
    /// and is admitted.
    pub(crate) fn admit(&self, method: &str, caller: Option<&Caller>) -> Result<(), Fault> {
        if self.rules.is_empty() {
            return Ok(());
        }
        let Some(caller) = caller else { return Ok(()) };
        let by_user = caller.uid().is_some_and(|uid| self.uids.contains(&uid));
        if by_user || self.gids.iter().any(|gid| caller.in_group(*gid)) || self.admits_shown(caller) {
            return Ok(());
        }
        Err(self.refusal(method, caller))
    }

    /// Whether a rule is about what the caller has shown, or about nothing.
    fn admits_shown(&self, caller: &Caller) -> bool {
        self.rules.iter().any(|rule| match rule {
            Rule::Token(name) => caller.token() == Some(name),
            Rule::AnyToken => caller.token().is_some(),
            Rule::Member => caller.is_member(),
            Rule::Owner | Rule::Root | Rule::Uid(_) | Rule::User(_) | Rule::Gid(_) | Rule::Group(_) => false,
        })
    }

    /// Returns why the caller may not call the method. If a token would help, a caller without one learns that.
    fn refusal(&self, method: &str, caller: &Caller) -> Fault {
        let rules: Vec<String> = self.rules.iter().map(Rule::to_string).collect();
        let data =
            json!({ "method": method, "rule": format!("allow({})", rules.join(", ")), "uid": caller.uid() });
        let fault = match self.wants_token() && !caller.shown.is_valid() {
            true => Fault::new(code::TOKEN_NEEDED, "Token needed"),
            false => Fault::new(code::NOT_ALLOWED, "Not allowed"),
        };
        fault.with_data(data)
    }
}

fn unknown(what: &str, name: &str) -> Error {
    Error::new(format!(
        "a method allows {what} `{name}`, which this system does not have; create it, or name another"
    ))
}
