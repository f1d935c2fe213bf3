//! `daemon.metrics`: collects what the parts of the loop count.

use std::process;

use super::EventLoop;
use crate::context::CallId;
use crate::declare::Daemon;
use crate::fault::Fault;
use crate::metrics::{Calls, Connections, Own, Snapshot};
use crate::rpc::methods::Entry;
use crate::sys::process::memory;

impl<D: Daemon> EventLoop<D> {
    /// Replies to a call with all metrics.
    pub(super) fn measure(&mut self, call: CallId) {
        let page = self.snapshot().page();
        let text =
            page.map_err(Fault::from).map(|page| serde_json::Value::from(page).to_string().into_bytes());
        self.rpc.complete(call, text, &mut self.user);
    }

    fn snapshot(&self) -> Snapshot {
        let (context, dispatcher) = (&self.user.context, &self.rpc.dispatcher);
        let facts = context.facts();
        Snapshot {
            daemon: facts.name.clone(),
            version: facts.version.clone(),
            uptime: context.uptime(),
            memory: i32::try_from(process::id()).ok().and_then(memory),
            connections: Connections {
                open: self.rpc.connections.len(),
                accepted: self.rpc.connections.count(),
                refused: self.rpc.refusals,
                traffic: self.rpc.connections.traffic(),
            },
            // Without this one.
            calls: dispatcher.calls.len().saturating_sub(1),
            subscriptions: dispatcher.subscriptions.len(),
            unknown: dispatcher.methods.unknown(),
            methods: dispatcher.methods.iter().filter_map(calls).collect(),
            turns: (&self.turns).into(),
            workers: self.workers.reports(&self.turn.supervisor, self.user.now()),
            own: self.own(),
        }
    }

    /// Reads the metrics in the state of the daemon.
    fn own(&self) -> Vec<Own> {
        let own = D::METRICS.iter().map(|metric| Own {
            name: metric.name,
            doc: metric.doc,
            kind: metric.kind,
            value: (metric.read)(&self.user.state),
        });
        own.collect()
    }
}

/// Returns the calls of a method; `None` if there was none.
fn calls<S>(entry: &Entry<S>) -> Option<Calls> {
    let stats = &entry.stats;
    Some(Calls {
        method: entry.name.clone(),
        count: stats.calls(),
        faults: stats.faults().to_vec(),
        durations: stats.durations()?.into(),
    })
}
