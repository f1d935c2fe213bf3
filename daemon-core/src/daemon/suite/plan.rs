//! Which daemons of a suite are started, as the services of the one that looks after them.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Listed, Suite};
use crate::directory::{Directory, MemberName};
use crate::error::{Error, Result};
use crate::service::{Log, Orphan, Ready, Service};

/// How long a member may take to stop: its own limits are shorter.
const STOP_GRACE: Duration = Duration::from_secs(30);

/// What is started, and how.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) members: Vec<Planned>,
    /// Whether the members write to files; otherwise what they write is shown.
    pub(super) detached: bool,
    /// Arguments for each of them, such as `-v`.
    pub(super) arguments: Vec<String>,
}

/// A member that is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) name: MemberName,
    /// The members that must be ready before.
    pub(super) needs: Vec<MemberName>,
}

impl Suite {
    /// Returns the members to start: those that were named, or all that are not optional; and what they need.
    ///
    /// # Errors
    ///
    /// [`is_usage`](Error::is_usage) if there is no such member. Another error if one needs what is not in the suite.
    pub(super) fn plan(&self, named: &[MemberName]) -> Result<Vec<Planned>> {
        let mut wanted: BTreeSet<MemberName> = match named {
            [] => self.members.iter().filter(|member| member.starts).flat_map(Listed::instances).collect(),
            named => named
                .iter()
                .map(|name| self.named(name))
                .collect::<Result<Vec<_>>>()?
                .concat()
                .into_iter()
                .collect(),
        };
        loop {
            let missing = self.missing(&wanted)?;
            if missing.is_empty() {
                break;
            }
            wanted.extend(missing);
        }
        let needs = |name: &MemberName| {
            let needed = self.member(&name.daemon).map_or(&[][..], |member| member.daemon.needs());
            wanted.iter().filter(|other| needed.contains(&&*other.daemon)).cloned().collect()
        };
        Ok(wanted.iter().map(|name| Planned { name: name.clone(), needs: needs(name) }).collect())
    }

    /// Returns the members that are needed and not wanted yet.
    fn missing(&self, wanted: &BTreeSet<MemberName>) -> Result<Vec<MemberName>> {
        let mut missing = Vec::new();
        for name in wanted {
            let Some(member) = self.member(&name.daemon) else { continue };
            for needed in member.daemon.needs() {
                let Some(other) = self.member(needed) else {
                    let why = format!(
                        "`{}` needs `{needed}`, which is not in the suite `{}`; add it",
                        name.daemon, self.name
                    );
                    return Err(Error::new(why));
                };
                if wanted.iter().all(|wanted| wanted.daemon != *needed) {
                    missing.extend(other.instances());
                }
            }
        }
        Ok(missing)
    }

    /// Returns the instances that a name means.
    pub(super) fn named(&self, name: &MemberName) -> Result<Vec<MemberName>> {
        let Some(member) = self.member(&name.daemon) else {
            let known: Vec<&str> = self.members.iter().map(|member| member.daemon.name()).collect();
            return Err(Error::usage(format!("there is no daemon `{name}`; there are {}", known.join(", "))));
        };
        Ok(if name.instance.is_some() { vec![name.clone()] } else { member.instances() })
    }

    pub(super) fn member(&self, daemon: &str) -> Option<&Listed> {
        self.members.iter().find(|member| member.daemon.name() == daemon)
    }
}

impl Listed {
    /// Returns the names under which it runs.
    fn instances(&self) -> Vec<MemberName> {
        let daemon = self.daemon.name();
        if self.instances.is_empty() {
            return vec![MemberName::plain(daemon)];
        }
        let named =
            |instance: &String| MemberName { instance: Some(instance.clone()), ..MemberName::plain(daemon) };
        self.instances.iter().map(named).collect()
    }
}

impl Plan {
    /// Returns a member as a service.
    ///
    /// # Errors
    ///
    /// If its name can't be that of a service.
    pub(super) fn service(&self, member: &Planned, directory: &Directory) -> Result<Service> {
        let name = member.name.to_string();
        // In a child, until it has started its program, this is the program of this process.
        let command = ["/proc/self/exe".to_owned(), name, "-f".to_owned()];
        let mut service = Service::new(command.into_iter().chain(self.arguments.iter().cloned()))
            .ready(Ready::Notify)
            .orphan(Orphan::Stop)
            .stop_grace(STOP_GRACE);
        if self.detached {
            service = service.log(Log::new(directory.log(&member.name)));
        }
        member.needs.iter().try_fold(service, |service, needed| service.needs(&needed.to_string()))
    }
}
