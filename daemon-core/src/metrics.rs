//! What the daemon counts, at one moment, in the text format of [OpenMetrics](https://openmetrics.io) 1.0.

use std::fmt;
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};

use crate::declare::metric::MetricKind;
use crate::error::{Error, Result};
use crate::net::Traffic;
use crate::rpc::histogram::Histogram;
use crate::workers::ProcessReport;

/// The upper ends of the buckets of durations, in microseconds.
const BUCKETS: [u64; 12] =
    [10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000, 10_000_000];

/// What is shown.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) daemon: String,
    pub(crate) version: String,
    pub(crate) uptime: Duration,
    pub(crate) memory: Option<u64>,
    pub(crate) connections: Connections,
    pub(crate) calls: usize,
    pub(crate) subscriptions: usize,
    /// Calls of methods that do not exist.
    pub(crate) unknown: u64,
    pub(crate) methods: Vec<Calls>,
    /// How long turns of the loop took.
    pub(crate) turns: Durations,
    pub(crate) workers: Vec<ProcessReport>,
    pub(crate) own: Vec<Own>,
}

/// The calls of a method that was called.
#[derive(Debug)]
pub(crate) struct Calls {
    pub(crate) method: String,
    pub(crate) count: u64,
    /// How often each code was replied; `None` counts the others.
    pub(crate) faults: Vec<(Option<i32>, u64)>,
    pub(crate) durations: Durations,
}

/// How long something took, each time.
#[derive(Debug)]
pub(crate) struct Durations {
    count: u64,
    sum: f64,
    /// How many were at most as long as the end of each bucket.
    up_to: Vec<u64>,
}

impl From<&Histogram> for Durations {
    fn from(histogram: &Histogram) -> Self {
        Durations {
            count: histogram.count(),
            sum: histogram.sum().as_secs_f64(),
            up_to: histogram.count_up_to(BUCKETS.map(Duration::from_micros)),
        }
    }
}

/// The connections of the daemon.
#[derive(Debug)]
pub(crate) struct Connections {
    pub(crate) open: usize,
    /// Those that were accepted, and those that were refused because there were too many.
    pub(crate) accepted: u64,
    pub(crate) refused: u64,
    pub(crate) traffic: Traffic,
}

/// A metric of the daemon's own.
#[derive(Debug)]
pub(crate) struct Own {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) kind: MetricKind,
    pub(crate) value: f64,
}

impl Snapshot {
    /// Writes all metrics.
    ///
    /// # Errors
    ///
    /// If that fails.
    pub(crate) fn page(self) -> Result<String> {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(self));
        let mut page = String::new();
        let encoded = text::encode(&mut page, &registry);
        encoded.map_err(|error| Error::new("the metrics cannot be written").because(error))?;
        Ok(page)
    }
}

impl Collector for Snapshot {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        let labels = [("name", self.daemon.as_str()), ("version", self.version.as_str())];
        page.0.encode_descriptor("daemon", "What runs", None, MetricType::Info)?.encode_info(&labels)?;
        self.encode_process(&mut page)?;
        self.encode_connections(&mut page)?;
        self.encode_methods(&mut page)?;
        self.encode_workers(&mut page)?;
        self.encode_own(&mut page)
    }
}

impl Snapshot {
    fn encode_process(&self, page: &mut Page<'_>) -> fmt::Result {
        page.gauge("daemon_uptime", "How long it has run", Some(Unit::Seconds), self.uptime.as_secs_f64())?;
        if let Some(kibibytes) = self.memory {
            let about = "Memory of the daemon that is resident and its own";
            page.gauge("daemon_memory", about, Some(Unit::Bytes), float(kibibytes * 1024))?;
        }
        let about = "How long turns of the loop took: the longest that an event has waited for its turn";
        let mut family = page.0.encode_descriptor(
            "daemon_turn_duration",
            about,
            Some(&Unit::Seconds),
            MetricType::Histogram,
        )?;
        histogram(family.encode_family::<[(&str, &str); 0]>(&[])?, &self.turns)
    }

    fn encode_connections(&self, page: &mut Page<'_>) -> fmt::Result {
        let Connections { open, accepted, refused, traffic } = &self.connections;
        page.gauge("daemon_connections", "Open connections", None, float(*open as u64))?;
        page.counter("daemon_accepted_connections", "Connections that were accepted", None, *accepted)?;
        let about = "Connections that were refused because there were too many";
        page.counter("daemon_refused_connections", about, None, *refused)?;
        let (received, sent) = (traffic.received, traffic.sent);
        page.counter("daemon_received", "Bytes that peers have sent", Some(Unit::Bytes), received)?;
        page.counter("daemon_sent", "Bytes that peers have got", Some(Unit::Bytes), sent)?;
        page.gauge(
            "daemon_subscriptions",
            "Subscriptions that have not ended",
            None,
            float(self.subscriptions as u64),
        )
    }

    fn encode_methods(&self, page: &mut Page<'_>) -> fmt::Result {
        page.gauge("daemon_calls_in_flight", "Calls without a reply yet", None, float(self.calls as u64))?;
        let about = "Calls of methods that do not exist";
        page.counter("daemon_unknown_method_calls", about, None, self.unknown)?;
        page.family("daemon_calls", "Calls that have ended", None, MetricType::Counter, |family| {
            for Calls { method, count, .. } in &self.methods {
                counter(family.encode_family(&[("method", method.as_str())])?, *count)?;
            }
            Ok(())
        })?;
        page.family(
            "daemon_faults",
            "Calls that have ended in a fault",
            None,
            MetricType::Counter,
            |family| {
                for Calls { method, faults, .. } in &self.methods {
                    for (code, count) in faults {
                        let code = code.map_or_else(|| "other".to_owned(), |code| code.to_string());
                        let labels = [("method", method.as_str()), ("code", code.as_str())];
                        counter(family.encode_family(&labels)?, *count)?;
                    }
                }
                Ok(())
            },
        )?;
        let (seconds, about) = (Some(Unit::Seconds), "How long calls took");
        page.family("daemon_call_duration", about, seconds, MetricType::Histogram, |family| {
            for Calls { method, durations, .. } in &self.methods {
                histogram(family.encode_family(&[("method", method.as_str())])?, durations)?;
            }
            Ok(())
        })
    }

    fn encode_workers(&self, page: &mut Page<'_>) -> fmt::Result {
        if self.workers.is_empty() {
            return Ok(());
        }
        let about = "Processes of workers, by what they do";
        page.family("daemon_worker_processes", about, None, MetricType::Gauge, |family| {
            for process in &self.workers {
                let number = process.process.to_string();
                let labels = [
                    ("worker", process.worker.as_str()),
                    ("process", &number),
                    ("state", process.state.name()),
                ];
                gauge(family.encode_family(&labels)?, 1.0)?;
            }
            Ok(())
        })?;
        let (count, bytes) = (MetricType::Counter, Some(Unit::Bytes));
        self.each(
            page,
            ("daemon_worker_restarts", "How often processes were restarted", None, count),
            |process| Some(process.restarts),
        )?;
        self.each(
            page,
            ("daemon_worker_calls", "Calls that processes have answered", None, count),
            |process| Some(process.calls),
        )?;
        self.each(page, ("daemon_worker_ticks", "Ticks that processes have done", None, count), |process| {
            Some(process.loops)
        })?;
        let gauge = MetricType::Gauge;
        self.each(page, ("daemon_worker_busy", "Calls that processes work on", None, gauge), |process| {
            Some(process.working as u64)
        })?;
        let about = "Memory that is resident and its own";
        self.each(page, ("daemon_worker_memory", about, bytes, gauge), |process| {
            Some(process.memory? * 1024)
        })?;
        // The first process of a worker stands for its queue.
        let about = "Calls that wait for a process of a worker";
        page.family("daemon_worker_queue", about, None, gauge, |family| {
            for process in self.workers.iter().filter(|process| process.process == 0) {
                let labels = [("worker", process.worker.as_str())];
                self::gauge(family.encode_family(&labels)?, float(process.queue as u64))?;
            }
            Ok(())
        })
    }

    /// Writes a number of each process of workers that has it.
    fn each(
        &self,
        page: &mut Page<'_>,
        (name, about, unit, kind): (&str, &str, Option<Unit>, MetricType),
        of: impl Fn(&ProcessReport) -> Option<u64>,
    ) -> fmt::Result {
        page.family(name, about, unit, kind, |family| {
            for process in &self.workers {
                let Some(value) = of(process) else { continue };
                let number = process.process.to_string();
                let labels = [("worker", process.worker.as_str()), ("process", &number)];
                let encoder = family.encode_family(&labels)?;
                match kind {
                    MetricType::Counter => counter(encoder, value)?,
                    _ => gauge(encoder, float(value))?,
                }
            }
            Ok(())
        })
    }

    fn encode_own(&self, page: &mut Page<'_>) -> fmt::Result {
        for own in &self.own {
            let (name, about) = (name(&self.daemon, own.name), about(own.doc));
            match own.kind {
                MetricKind::Gauge => page.gauge(&name, &about, None, own.value)?,
                // The format has no counters below zero, and the encoder adds the ending `_total` itself.
                MetricKind::Counter if own.value >= 0.0 => {
                    let mut encoder = page.0.encode_descriptor(&name, &about, None, MetricType::Counter)?;
                    encoder.encode_counter::<NoLabelSet, _, f64>(&own.value, None)?;
                }
                MetricKind::Counter => {}
            }
        }
        Ok(())
    }
}

/// What metrics are written to.
struct Page<'e>(DescriptorEncoder<'e>);

impl Page<'_> {
    fn gauge(&mut self, name: &str, about: &str, unit: Option<Unit>, value: f64) -> fmt::Result {
        gauge(self.0.encode_descriptor(name, about, unit.as_ref(), MetricType::Gauge)?, value)
    }

    fn counter(&mut self, name: &str, about: &str, unit: Option<Unit>, value: u64) -> fmt::Result {
        counter(self.0.encode_descriptor(name, about, unit.as_ref(), MetricType::Counter)?, value)
    }

    /// Writes a metric with labels: `write` has the encoder of all its values.
    fn family(
        &mut self,
        name: &str,
        about: &str,
        unit: Option<Unit>,
        kind: MetricType,
        write: impl FnOnce(&mut MetricEncoder<'_>) -> fmt::Result,
    ) -> fmt::Result {
        write(&mut self.0.encode_descriptor(name, about, unit.as_ref(), kind)?)
    }
}

/// Returns the first line of a doc comment as the help of a metric (OpenMetrics 1.0, section "Text Format").
fn about(doc: &str) -> String {
    let line = doc.lines().next().unwrap_or_default();
    line.replace('\\', "\\\\").replace('"', "\\\"")
}

/// Returns the name of a metric of the daemon's own: letters, digits and underscores.
fn name(daemon: &str, metric: &str) -> String {
    let prefix = daemon.chars().map(|char| if char.is_ascii_alphanumeric() { char } else { '_' });
    format!("{}_{metric}", prefix.collect::<String>())
}

fn counter(mut encoder: MetricEncoder<'_>, value: u64) -> fmt::Result {
    encoder.encode_counter::<NoLabelSet, _, f64>(&value, None)
}

fn gauge(mut encoder: MetricEncoder<'_>, value: f64) -> fmt::Result {
    encoder.encode_gauge(&value)
}

fn histogram(mut encoder: MetricEncoder<'_>, durations: &Durations) -> fmt::Result {
    let Durations { count, sum, .. } = durations;
    encoder.encode_histogram::<NoLabelSet>(*sum, *count, &buckets(durations), None)
}

/// Returns how many durations were at most as long as each bucket, and longer than the one before.
fn buckets(durations: &Durations) -> Vec<(f64, u64)> {
    let ends = BUCKETS.map(|end| Duration::from_micros(end).as_secs_f64());
    let ends = ends.into_iter().chain([f64::INFINITY]);
    let mut before = 0;
    ends.zip(durations.up_to.iter().chain([&durations.count]))
        .map(|(end, up_to)| (end, up_to.saturating_sub(std::mem::replace(&mut before, *up_to))))
        .collect()
}

#[allow(clippy::cast_precision_loss)] // OpenMetrics has floats; beyond 2^53 they are rounded.
fn float(value: u64) -> f64 {
    value as f64
}
