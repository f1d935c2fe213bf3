//! The method table of a running daemon: the user's methods, those of extensions and the built-in ones.

use std::cell::OnceCell;
use std::time::Duration;

use foldhash::HashMap;
use serde_json::Value;
use serde_json::value::RawValue;

use super::access::{AccessList, UserDb};
use super::call::{Call, Outcome};
use super::made::Made;
use super::method::{Handler, Invoke, Method, MethodSpec};
use super::params::Check;
use super::routes::Routes;
use super::schema::takes_any;
use super::stats::{Stats, mean};
use super::tools::Tools;
use crate::error::{Error, Result};
use crate::fault::Fault;

/// Every method that can be called, by name.
pub(crate) struct Methods<S: 'static> {
    entries: Vec<Entry<S>>,
    /// By name and by alias.
    names: HashMap<Box<str>, usize>,
    #[cfg_attr(not(feature = "http"), expect(dead_code))]
    pub(crate) routes: Routes,
    /// Whether one of them admits callers by their tokens.
    wants_tokens: bool,
    /// Calls to unknown methods.
    unknown: u64,
    /// The `rpc.discover` document, once requested.
    document: Made,
    /// The methods as tools, once they are asked for.
    tools: OnceCell<Tools>,
}

/// One method of the table.
pub(crate) struct Entry<S: 'static> {
    pub(crate) name: String,
    pub(crate) spec: MethodSpec,
    pub(crate) access: AccessList,
    pub(crate) run: Run<S>,
    pub(crate) stats: Stats,
    /// Whether a parameter takes any value; determined at the first call.
    takes_any: OnceCell<bool>,
}

impl<S> Entry<S> {
    /// Whether one of its parameters takes any value, or contains a value that may be anything. The calls in a
    /// multicall have their own parameters.
    pub(crate) fn takes_any(&self) -> bool {
        if let Run::Multicall = self.run {
            return false;
        }
        *self.takes_any.get_or_init(|| self.spec.params.iter().any(|param| takes_any(param.schema)))
    }
}

/// What runs a method.
pub(crate) enum Run<S: 'static> {
    /// Generated code, on the daemon's state.
    Handler(Invoke<S>),
    /// A function that replies from the table itself.
    System(fn(&Methods<S>, Call<'_>) -> Outcome),
    /// `system.multicall`: the dispatcher.
    Multicall,
    /// `daemon.cancel`: the dialect.
    Cancel,
    /// `daemon.unsubscribe`: the dispatcher.
    Unsubscribe,
    /// `auth`: the dispatcher.
    Auth,
    /// `daemon.drop_rights`: the dispatcher.
    DropRights,
    /// The loop itself, after the handler has returned.
    Loop(fn(Call<'_>) -> Outcome),
    /// Another process.
    Remote(Remote),
}

/// A method that a worker runs.
#[derive(Clone, Copy)]
pub(crate) struct Remote {
    /// The number of the worker.
    pub(crate) worker: usize,
    /// The number of the method in that worker.
    pub(crate) method: usize,
    pub(crate) check: Check,
}

/// A method to add to the table.
pub(crate) struct Listed<S: 'static> {
    /// The prefix of a short name: the name of the daemon, or of the worker.
    pub(crate) under: &'static str,
    pub(crate) spec: MethodSpec,
    pub(crate) run: Run<S>,
}

impl<S> Listed<S> {
    /// Returns built-in methods, whose names are complete.
    pub(crate) fn built_in(methods: Vec<(MethodSpec, Run<S>)>) -> impl Iterator<Item = Self> {
        methods.into_iter().map(|(spec, run)| Listed { under: "", spec, run })
    }

    /// Returns a method that runs on the state; `None` if it does not.
    pub(crate) fn here<F>(under: &'static str, method: &'static Method<S, F>) -> Option<Self> {
        match method.run {
            Handler::Here(invoke) => Some(Listed { under, spec: method.spec, run: Run::Handler(invoke) }),
            Handler::Pooled { .. } => None,
        }
    }
}

impl<S> Clone for Run<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Run<S> {}

impl<S> Methods<S> {
    /// Builds the table of these methods.
    ///
    /// # Errors
    ///
    /// If two methods have the same name or route, an `allow` rule names a user or group that does not exist, or a default breaks
    /// the constraint of its parameter.
    pub(crate) fn new(listed: impl IntoIterator<Item = Listed<S>>, resolve: &dyn UserDb) -> Result<Self> {
        let mut entries = Vec::new();
        for Listed { under, spec, run } in listed {
            check_defaults(&spec, under)?;
            let access = AccessList::resolve(spec.allow, resolve)?;
            entries.push(Entry {
                name: spec.name.of(under),
                spec,
                access,
                run,
                stats: Stats::default(),
                takes_any: OnceCell::new(),
            });
        }
        let (names, routes) = (names(&entries)?, Routes::new(&entries)?);
        let (document, tools) = (Made::default(), OnceCell::new());
        let wants_tokens = entries.iter().any(|entry| entry.access.wants_token());
        Ok(Methods { entries, names, routes, wants_tokens, unknown: 0, document, tools })
    }

    /// Whether one of them admits callers by their tokens.
    #[cfg(feature = "http")]
    pub(crate) fn wants_tokens(&self) -> bool {
        self.wants_tokens
    }

    /// Returns the index of the method with this name or alias.
    #[inline(always)]
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    pub(crate) fn entry(&self, index: usize) -> &Entry<S> {
        &self.entries[index]
    }

    /// Returns the document about the methods, which is made once.
    ///
    /// # Errors
    ///
    /// If it can't be written.
    pub(crate) fn document(&self, make: impl FnOnce() -> Value) -> Result<&RawValue, Fault> {
        self.document.get(make)
    }

    /// Returns the methods as tools, which are described once.
    pub(crate) fn tools(&self) -> &Tools {
        self.tools.get_or_init(|| Tools::of(self))
    }

    /// Counts a call to an unknown method.
    pub(crate) fn count_unknown(&mut self) {
        self.unknown += 1;
    }

    /// Returns how many calls of unknown methods there were.
    pub(crate) fn unknown(&self) -> u64 {
        self.unknown
    }

    /// Returns how many calls there were, and how many of them ended in a fault.
    pub(crate) fn totals(&self) -> (u64, u64) {
        let known = self.entries.iter().map(|entry| (entry.stats.calls(), entry.stats.errors()));
        known.fold((self.unknown, self.unknown), |total, one| (total.0 + one.0, total.1 + one.1))
    }

    /// Returns how long calls took on average, in microseconds; 0 if there was none.
    pub(crate) fn mean(&self) -> f64 {
        let all = self.entries.iter().map(|entry| entry.stats.total());
        let (took, count) = all.fold((Duration::ZERO, 0), |all, one| (all.0 + one.0, all.1 + one.1));
        mean(took, count)
    }

    pub(crate) fn stats(&mut self, index: usize) -> &mut Stats {
        &mut self.entries[index].stats
    }

    /// Every method in the order of registration: built-in ones first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry<S>> {
        self.entries.iter()
    }

    /// Every method that is not hidden.
    pub(crate) fn visible(&self) -> impl Iterator<Item = &Entry<S>> {
        self.entries.iter().filter(|entry| !entry.spec.hidden)
    }

    /// Returns the method with this name, or a fault if there is none.
    pub(crate) fn get(&self, name: &str) -> Result<&Entry<S>, Fault> {
        self.find(name).map(|index| self.entry(index)).ok_or_else(|| Fault::method_not_found(name))
    }
}

/// Checks that a parameter which is left out has a value that it may have.
fn check_defaults(spec: &MethodSpec, under: &str) -> Result<()> {
    for param in spec.params.iter().filter(|param| param.check.is_some()) {
        let Some(default) = param.default else { continue };
        if let Err(reason) = param.check(&default().to_string()) {
            let (name, method) = (param.name, spec.name.of(under));
            return Err(Error::new(format!(
                "the default of the parameter `{name}` of `{method}` is wrong: {reason}; change it in `#[param(default = …)]`"
            )));
        }
    }
    Ok(())
}

fn names<S>(entries: &[Entry<S>]) -> Result<HashMap<Box<str>, usize>> {
    let mut names = HashMap::default();
    for (index, entry) in entries.iter().enumerate() {
        for name in std::iter::once(entry.name.as_str()).chain(entry.spec.aliases.iter().copied()) {
            if names.insert(Box::from(name), index).is_some() {
                return Err(Error::new(format!(
                    "two methods are called `{name}`; give one of them another name with `#[rpc_method(name = …)]`"
                )));
            }
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::super::access::Nobody;
    use super::super::method::Name;
    use super::super::param::Param;
    use super::*;

    #[test]
    fn a_default_that_breaks_a_constraint_is_an_error_at_the_start() {
        const PARAMS: &[Param] = &[Param {
            default: Some(|| 5.into()),
            check: Some(|text| if text == "5" { Err("it is 5".to_owned()) } else { Ok(()) }),
            ..Param::of::<u8>("count")
        }];
        let spec = MethodSpec { params: PARAMS, ..MethodSpec::new(Name::Under("add")) };
        let listed = Listed { under: "tally", spec, run: Run::Loop(|call| call.reply(())) };
        let error = Methods::<()>::new([listed], &Nobody).err().unwrap().to_string();
        assert!(error.contains("`count` of `tally.add` is wrong: it is 5; change it"), "{error}");
    }

    #[test]
    fn the_document_is_made_once_however_often_it_is_asked_for() {
        let methods = Methods::<()>::new([], &Nobody).unwrap();
        let mut made = 0;
        for _ in 0..3 {
            let document = methods.document(|| {
                made += 1;
                Value::from(made)
            });
            assert_eq!(document.unwrap().get(), "1");
        }
    }
}
