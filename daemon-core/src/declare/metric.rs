//! Fields of the state that are metrics, as the macros describe them.

use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicU8, AtomicU16, AtomicU32,
    AtomicU64, AtomicUsize, Ordering,
};
use std::time::Duration;

/// A field of the state that is a metric; `S` is the state.
pub struct Metric<S: 'static> {
    /// Its name, without that of the daemon.
    pub name: &'static str,
    /// Its help, from the doc comment.
    pub doc: &'static str,
    /// What its value means.
    pub kind: MetricKind,
    /// Reads its value.
    pub read: fn(&S) -> f64,
}

/// What the value of a metric means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricKind {
    /// It goes up and down.
    Gauge,
    /// It only grows.
    Counter,
}

/// A value that a metric can have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no number that a metric can have",
    label = "the value of this field is read as a metric",
    note = "metrics are integers, floats, `bool`, `Duration` in seconds, and atomics, also in an `Arc`; put `#[metric]` above such a field"
)]
pub trait MetricValue {
    /// Returns the value as OpenMetrics writes it.
    fn metric(&self) -> f64;
}

/// A value that only grows.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no number that a counter can have",
    label = "the value of this field is read as a counter",
    note = "counters are unsigned integers, floats, `Duration`, and unsigned atomics, also in an `Arc`; leave `counter` out for what goes down"
)]
pub trait CounterValue: MetricValue {
    /// Returns the value as OpenMetrics writes it.
    fn counter(&self) -> f64 {
        self.metric()
    }
}

macro_rules! counters {
    ($($number:ty),*) => {
        $(impl CounterValue for $number {})*
    };
}

macro_rules! exact {
    ($($number:ty),*) => {
        $(impl MetricValue for $number {
            fn metric(&self) -> f64 {
                f64::from(*self)
            }
        })*
    };
}

macro_rules! rounded {
    ($($number:ty),*) => {
        $(impl MetricValue for $number {
            #[allow(clippy::cast_precision_loss)] // OpenMetrics has floats; beyond 2^53 they are rounded.
            fn metric(&self) -> f64 {
                *self as f64
            }
        })*
    };
}

macro_rules! atomic {
    ($($number:ty),*) => {
        $(impl MetricValue for $number {
            fn metric(&self) -> f64 {
                self.load(Ordering::Relaxed).metric()
            }
        })*
    };
}

exact!(bool, f32, f64, i8, i16, i32, u8, u16, u32);
rounded!(i64, i128, isize, u64, u128, usize);
atomic!(AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize);
atomic!(AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize);

counters!(f32, f64, u8, u16, u32, u64, u128, usize, Duration);
counters!(AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize);

impl<T: CounterValue + ?Sized> CounterValue for Arc<T> {}

impl MetricValue for Duration {
    fn metric(&self) -> f64 {
        self.as_secs_f64()
    }
}

impl<T: MetricValue + ?Sized> MetricValue for Arc<T> {
    fn metric(&self) -> f64 {
        (**self).metric()
    }
}
