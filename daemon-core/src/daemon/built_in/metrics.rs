//! `daemon.metrics`: what the daemon counts, in the text format of [OpenMetrics](https://openmetrics.io) 1.0.

use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use crate::fault::Fault;
use crate::rpc::call::{Call, Outcome};
use crate::rpc::introspect::reading;
use crate::rpc::method::MethodSpec;
use crate::rpc::methods::{Methods, Run};
use crate::rpc::stats::Counts;

const HELP: &str = "What the daemon counts, in the text format of OpenMetrics.";
/// The upper ends of the buckets of durations, in microseconds.
const BUCKETS: [u64; 12] =
    [10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 10_000_000];

pub(super) fn method<S>() -> (MethodSpec, Run<S>) {
    (reading::<String>("daemon.metrics", HELP), Run::System(metrics))
}

fn metrics<S>(methods: &Methods<S>, call: Call<'_>) -> Outcome {
    call.params::<()>()?;
    let facts = call.context.facts();
    let snapshot = Snapshot {
        daemon: facts.name.clone(),
        version: facts.version.clone(),
        uptime: call.context.uptime(),
        connections: call.context.connections() as u64,
        unknown: methods.unknown(),
        methods: methods
            .iter()
            .filter_map(|entry| Some((entry.name.clone(), entry.stats.counts()?)))
            .collect(),
    };
    let mut registry = Registry::default();
    registry.register_collector(Box::new(snapshot));
    let mut page = String::new();
    text::encode(&mut page, &registry).map_err(|error| Fault::internal(error.to_string()))?;
    call.reply(page)
}

/// What is shown, at one moment.
#[derive(Debug)]
struct Snapshot {
    daemon: String,
    version: String,
    uptime: Duration,
    connections: u64,
    /// Calls of methods that do not exist.
    unknown: u64,
    methods: Vec<(String, Counts)>,
}

impl Collector for Snapshot {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let labels = [("name", self.daemon.as_str()), ("version", self.version.as_str())];
        let about = "What runs";
        encoder.encode_descriptor("daemon", about, None, MetricType::Info)?.encode_info(&labels)?;
        let (seconds, about) = (Some(&Unit::Seconds), "How long it has run");
        gauge(
            encoder.encode_descriptor("daemon_uptime", about, seconds, MetricType::Gauge)?,
            self.uptime.as_secs_f64(),
        )?;
        let about = "Open connections";
        encoder
            .encode_descriptor("daemon_connections", about, None, MetricType::Gauge)?
            .encode_gauge(&self.connections)?;
        let about = "Calls of methods that do not exist";
        counter(
            encoder.encode_descriptor("daemon_unknown_method_calls", about, None, MetricType::Counter)?,
            self.unknown,
        )?;
        self.encode_methods(&mut encoder)
    }
}

impl Snapshot {
    fn encode_methods(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let about = "Calls that have ended";
        let mut family = encoder.encode_descriptor("daemon_calls", about, None, MetricType::Counter)?;
        for (method, counts) in &self.methods {
            counter(family.encode_family(&[("method", method.as_str())])?, counts.calls)?;
        }
        let about = "Calls that have ended in a fault";
        let mut family = encoder.encode_descriptor("daemon_faults", about, None, MetricType::Counter)?;
        for (method, counts) in &self.methods {
            for (code, count) in &counts.faults {
                let code = code.map_or_else(|| "other".to_owned(), |code| code.to_string());
                counter(
                    family.encode_family(&[("method", method.as_str()), ("code", code.as_str())])?,
                    *count,
                )?;
            }
        }
        let (seconds, about) = (Some(&Unit::Seconds), "How long calls took");
        let mut family =
            encoder.encode_descriptor("daemon_call_duration", about, seconds, MetricType::Histogram)?;
        for (method, counts) in &self.methods {
            let buckets = buckets(counts);
            let sum = counts.durations.sum().as_secs_f64();
            family.encode_family(&[("method", method.as_str())])?.encode_histogram::<NoLabelSet>(
                sum,
                counts.calls,
                &buckets,
                None,
            )?;
        }
        Ok(())
    }
}

/// Returns how many calls took at most as long as each bucket, and longer than the one before.
fn buckets(counts: &Counts) -> Vec<(f64, u64)> {
    let mut before = 0;
    let mut buckets: Vec<(f64, u64)> = BUCKETS
        .iter()
        .map(|end| {
            let end = Duration::from_micros(*end);
            let upto = counts.durations.count_up_to(end);
            (end.as_secs_f64(), upto - std::mem::replace(&mut before, upto))
        })
        .collect();
    buckets.push((f64::INFINITY, counts.calls.saturating_sub(before)));
    buckets
}

fn counter(mut encoder: MetricEncoder<'_>, value: u64) -> fmt::Result {
    encoder.encode_counter::<NoLabelSet, _, f64>(&value, None)
}

fn gauge(mut encoder: MetricEncoder<'_>, value: f64) -> fmt::Result {
    encoder.encode_gauge(&value)
}
