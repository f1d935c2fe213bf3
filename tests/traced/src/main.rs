//! Records its calls as spans of OpenTelemetry, in memory, in the daemon and in its worker.

use std::process::ExitCode;
use std::sync::OnceLock;

use daemon_core::TraceContext;
use daemon_core::prelude::*;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;

/// Is traced.
#[daemon(name = "traced", workers(Helper))]
#[derive(Default)]
struct Traced {}

#[daemon]
impl Traced {
    /// Double a number in the worker.
    #[rpc_method]
    fn double(&self, number: u64, reply: Reply<u64>, context: &mut Context) {
        context.worker("helper").call("double", &[number]).reply_to(reply);
    }

    /// Do something that is traced, too, and fail.
    #[rpc_method]
    fn fail(&self) -> Result<(), String> {
        let _entered = tracing::info_span!("step").entered();
        Err("as asked".to_owned())
    }

    /// Come back to the loop from a future; return the trace that a closure sees there.
    #[rpc_method]
    async fn later(handle: Handle<Self>) -> Result<Option<String>> {
        tracing::info_span!("ahead").in_scope(|| {});
        let trace = handle.with(|_, context| context.trace()).await?;
        tracing::info_span!("behind").in_scope(|| Ok(trace.map(|trace| trace.to_string())))
    }

    /// Return what the daemon has recorded.
    #[rpc_method]
    fn recorded(&self) -> Vec<Recorded> {
        recorded()
    }
}

/// Helps.
#[worker(name = "helper")]
#[derive(Default)]
struct Helper {}

#[worker]
impl Helper {
    /// Double a number.
    #[rpc_method]
    fn double(&self, number: u64) -> u64 {
        2 * number
    }

    /// Return what the worker has recorded.
    #[rpc_method]
    fn recorded(&self) -> Vec<Recorded> {
        recorded()
    }
}

/// A span that has ended.
#[rpc_type]
struct Recorded {
    name: String,
    trace: String,
    span: String,
    parent: String,
    remote: bool,
    status: String,
}

static EXPORTER: OnceLock<InMemorySpanExporter> = OnceLock::new();

fn recorded() -> Vec<Recorded> {
    let spans = EXPORTER.get().and_then(|exporter| exporter.get_finished_spans().ok()).unwrap_or_default();
    let record = |span: opentelemetry_sdk::trace::SpanData| Recorded {
        name: span.name.into_owned(),
        trace: span.span_context.trace_id().to_string(),
        span: span.span_context.span_id().to_string(),
        parent: span.parent_span_id.to_string(),
        remote: span.parent_span_is_remote,
        status: format!("{:?}", span.status),
    };
    spans.into_iter().map(record).collect()
}

/// Makes the caller's span the parent of a call's span, and returns the ids that OpenTelemetry has given to the latter.
fn link(span: &tracing::Span, caller: Option<TraceContext>) -> Option<TraceContext> {
    if let Some(caller) = caller {
        let flags = TraceFlags::new(caller.is_sampled().into());
        let (trace_id, span_id) = (caller.trace_id().into(), caller.span_id().into());
        let remote = SpanContext::new(trace_id, span_id, flags, true, TraceState::NONE);
        let _ = span.set_parent(opentelemetry::Context::new().with_remote_span_context(remote));
    }
    let context = span.context();
    let own = context.span().span_context().clone();
    let (trace_id, span_id) = (own.trace_id().to_bytes(), own.span_id().to_bytes());
    TraceContext::new(u128::from_be_bytes(trace_id), u64::from_be_bytes(span_id), own.is_sampled())
}

fn main() -> ExitCode {
    let exporter = EXPORTER.get_or_init(InMemorySpanExporter::default).clone();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("traced"));
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let subscriber = tracing_subscriber::registry().with(LevelFilter::INFO).with(layer).with(log);
    let _ = tracing::subscriber::set_global_default(subscriber);
    daemon_core::link_spans(link);
    daemon_core::main::<Traced>()
}
