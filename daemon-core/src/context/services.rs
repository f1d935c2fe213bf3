//! What user code can request of the services: to start and stop them, to add and remove them, to know about them.

use std::os::fd::OwnedFd;
use std::time::Duration;

use serde::de::DeserializeOwned;

#[cfg(feature = "supervisorctl")]
use super::supervisor::SupervisorRequest;
use super::{Command, Context, ReplyTo};
use crate::error::{Error, Result};
use crate::event::ServiceState;
use crate::fault::Fault;
#[cfg(doc)]
use crate::service::ServiceInfo;
use crate::service::{Name, Service, StopSignal};

/// A request about services. A text names a service; or a group, as in `GROUP:*`; or all of them, as `*`.
pub(crate) enum ServiceRequest {
    List,
    Status(Option<String>),
    Start(String),
    Stop(String),
    Restart(String),
    Signal(String, StopSignal),
    Add(Vec<(Name, Service)>),
    Remove(String),
    Hold(Name, OwnedFd),
    Wait {
        name: String,
        state: ServiceState,
        within: Duration,
    },
    Reload,
    Tail(TailRequest),
    #[cfg(feature = "supervisorctl")]
    Supervisor(SupervisorRequest),
}

/// A request for the end of a log. It is answered item by item, and not by a reply.
pub(crate) struct TailRequest {
    pub(crate) name: String,
    pub(crate) lines: usize,
    pub(crate) follow: bool,
    pub(crate) send: SendLine,
}

/// Takes a line of a log, or why there is none; returns whether more are wanted. When it is dropped, no more come.
pub(crate) type SendLine = Box<dyn FnMut(std::result::Result<&str, Fault>) -> bool>;

/// The services of the daemon; returned by [`Context::services`].
///
/// ```
/// use daemon_core::prelude::*;
/// use daemon_core::service::{Service, ServiceInfo};
///
/// #[daemon(name = "tenants", services)]
/// #[derive(Default)]
/// struct Tenants {}
///
/// #[daemon]
/// impl Tenants {
///     /// Run a server for a tenant.
///     #[rpc_method]
///     fn admit(&mut self, tenant: String, daemon: &mut Context) -> Result<()> {
///         let service = Service::new(["sleep", "infinity"]).env("TENANT", &tenant);
///         daemon.services().add(&tenant, service)?.send();
///         Ok(())
///     }
///
///     /// How many servers run?
///     #[rpc_method]
///     fn count(&mut self, reply: Reply<usize>, daemon: &mut Context) {
///         daemon.services().status(None).then(|_: &mut Tenants, infos: Result<Vec<ServiceInfo>, Fault>, _| {
///             reply.finish(infos.map(|infos| infos.iter().filter(|info| info.pid.is_some()).count()));
///         });
///     }
/// }
/// ```
#[must_use = "it does nothing until something is requested"]
pub struct Services<'c> {
    context: &'c mut Context,
}

/// A request about services. It is made once it is known what to do with the reply.
#[must_use = "the request is made by `then` or `send`"]
pub struct ServiceCall<'c> {
    context: &'c mut Context,
    request: ServiceRequest,
}

impl<'c> Services<'c> {
    /// Starts a service, or all of a group (`GROUP:*`), and the services that it needs. The reply comes when it is ready.
    pub fn start(self, name: &str) -> ServiceCall<'c> {
        self.request(ServiceRequest::Start(name.to_owned()))
    }

    /// Stops a service, or all of a group, after the services that need it. The reply comes when it is down.
    pub fn stop(self, name: &str) -> ServiceCall<'c> {
        self.request(ServiceRequest::Stop(name.to_owned()))
    }

    /// Restarts a service, or all of a group. The reply comes when it is ready again.
    pub fn restart(self, name: &str) -> ServiceCall<'c> {
        self.request(ServiceRequest::Restart(name.to_owned()))
    }

    /// Sends a signal, such as `SIGUSR1`, to the process of a service, or to those of a group.
    ///
    /// # Errors
    ///
    /// If there is no such signal.
    pub fn signal(self, name: &str, signal: &str) -> Result<ServiceCall<'c>> {
        let signal = signal.parse().map_err(Error::new)?;
        Ok(self.request(ServiceRequest::Signal(name.to_owned(), signal)))
    }

    /// Adds a service, and starts it unless its `autostart` is off.
    ///
    /// # Errors
    ///
    /// If this can't be its name. If the service itself is wrong, the reply is a fault.
    pub fn add(self, name: &str, service: Service) -> Result<ServiceCall<'c>> {
        self.add_all([(name, service)])
    }

    /// Adds services, which may need each other, and starts them unless their `autostart` is off. If one of them is wrong,
    /// none is added.
    ///
    /// # Errors
    ///
    /// If one of these can't be a name. If a service itself is wrong, the reply is a fault.
    pub fn add_all<N: AsRef<str>>(
        self,
        services: impl IntoIterator<Item = (N, Service)>,
    ) -> Result<ServiceCall<'c>> {
        let named = |(name, service): (N, Service)| Ok((name.as_ref().parse().map_err(Error::new)?, service));
        let services = services.into_iter().map(named).collect::<Result<_>>()?;
        Ok(self.request(ServiceRequest::Add(services)))
    }

    /// Stops a service, and forgets it. The reply comes when it is down.
    pub fn remove(self, name: &str) -> ServiceCall<'c> {
        self.request(ServiceRequest::Remove(name.to_owned()))
    }

    /// Holds a descriptor for services, which get it by this name; see [`Service::fd`]. It replaces one that has the name;
    /// processes that run keep theirs.
    ///
    /// # Errors
    ///
    /// If this can't be a name.
    pub fn hold(self, name: &str, descriptor: impl Into<OwnedFd>) -> Result<ServiceCall<'c>> {
        let name = name.parse().map_err(Error::new)?;
        Ok(self.request(ServiceRequest::Hold(name, descriptor.into())))
    }

    /// Asks about a service, those of a group, or all. The reply is a list of [`ServiceInfo`].
    pub fn status(self, name: Option<&str>) -> ServiceCall<'c> {
        self.request(ServiceRequest::Status(name.map(str::to_owned)))
    }

    fn request(self, request: ServiceRequest) -> ServiceCall<'c> {
        ServiceCall { context: self.context, request }
    }
}

impl ServiceCall<'_> {
    /// Makes the request, and ignores its reply. A failure is logged.
    pub fn send(self) {
        self.make(ReplyTo::Nobody);
    }

    /// Makes the request, and runs `then` on the daemon's loop with the reply, or with the fault if it fails.
    ///
    /// # Panics
    ///
    /// If `S` is not the type of the daemon or of one of its plugins, which is a programming mistake.
    pub fn then<S: 'static, T: DeserializeOwned>(
        self,
        then: impl FnOnce(&mut S, Result<T, Fault>, &mut Context) + 'static,
    ) {
        let reply_to = self.context.reply_to(then);
        self.make(reply_to);
    }

    fn make(self, reply_to: ReplyTo) {
        self.context.commands.push(Command::AskServices(self.request, reply_to));
    }
}

impl Context {
    /// Returns the services of the daemon, to start and stop them, and to add others.
    pub fn services(&mut self) -> Services<'_> {
        Services { context: self }
    }
}
