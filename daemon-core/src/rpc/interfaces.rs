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
/// does not have.
fn is_of_json_rpc<S>(entry: &Entry<S>) -> bool {
    let prefix = entry.name.split_once('.').map(|(prefix, _)| prefix);
    matches!(prefix, Some("rpc" | "system"))
        || matches!(entry.run, Run::Multicall | Run::Cancel | Run::Unsubscribe)
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
mod tests;
