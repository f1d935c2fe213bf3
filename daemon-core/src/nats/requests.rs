//! Calls of daemons through a NATS server, for clients: they block, and the connection has a thread of its own.

use std::fmt;
use std::time::Duration;

use async_nats::{Client, HeaderMap, RequestErrorKind};
use tokio::runtime::Runtime;

use super::subject::Method;
use super::{FAULT, server};
use crate::error::{Error, OrError, Result};
use crate::fault::{Fault, code};
use crate::settings::options::NatsOptions;
use crate::trace::TraceContext;

/// A connection to a server.
pub(crate) struct Requests {
    client: Client,
    runtime: Runtime,
}

/// Why there is no result.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The daemon has replied with a fault.
    Fault(Fault),
    /// Nobody offers the method at the moment, so it did not run.
    Nobody,
    /// No reply has come; the method may have run.
    Silence(String),
}

impl Requests {
    /// Connects to a server. When it is lost later, it is connected again.
    ///
    /// # Errors
    ///
    /// If an address is wrong, or no server can be reached.
    pub(crate) fn connect(name: &str, nats: &NatsOptions) -> Result<Requests> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("nats")
            .enable_all()
            .build()
            .or_error(|| "cannot start a runtime for NATS".to_owned())?;
        let client = runtime.block_on(async {
            let (servers, options) = server::options(name, nats).await?;
            options
                .connect(servers)
                .await
                .map_err(|error| Error::not_running("cannot connect to NATS").because(error))
        })?;
        Ok(Requests { client, runtime })
    }

    /// Calls a method of a daemon; `params` are JSON.
    ///
    /// # Errors
    ///
    /// As [`Refusal`] says.
    pub(crate) fn call(
        &self,
        daemon: &str,
        method: &str,
        params: String,
        trace: Option<TraceContext>,
        patience: Duration,
    ) -> std::result::Result<Vec<u8>, Refusal> {
        if tokio::runtime::Handle::try_current().is_ok() {
            let why = "a call through NATS blocks, and this is a future: use `spawn_blocking`";
            return Err(Refusal::Fault(Fault::internal(why)));
        }
        let Some(subject) = Method::named(method).subject(daemon) else {
            return Err(Refusal::Fault(Fault::method_not_found(method)));
        };
        let mut headers = HeaderMap::new();
        if let Some(trace) = trace {
            headers.insert("traceparent", trace.to_string());
        }
        let request =
            async_nats::Request::new().payload(params.into()).headers(headers).timeout(Some(patience));
        let reply = self.runtime.block_on(self.client.send_request(subject, request));
        let reply = reply.map_err(|error| match error.kind() {
            RequestErrorKind::NoResponders => Refusal::Nobody,
            RequestErrorKind::TimedOut => Refusal::Silence("there was no reply in time".to_owned()),
            _ => Refusal::Silence(error.to_string()),
        })?;
        let header = |name: &str| reply.headers.as_ref()?.get(name).map(|value| value.as_str().to_owned());
        match header(async_nats::service::NATS_SERVICE_ERROR) {
            None => Ok(reply.payload.to_vec()),
            Some(status) => {
                let fault = header(FAULT).and_then(|fault| serde_json::from_str(&fault).ok());
                Err(Refusal::Fault(fault.unwrap_or_else(|| Fault::new(code::APPLICATION_ERROR, status))))
            }
        }
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests").finish_non_exhaustive()
    }
}
