//! The third stage: turns what was written into what is meant, and reports what makes no sense.
//!
//! The types of this stage hold only what is valid, so that [`expand`](crate::expand) can't fail.

mod call_hook;
mod client;
mod command;
mod constraint;
mod daemon;
mod example;
mod extension;
mod fault;
mod flag;
mod flag_value;
mod function;
mod handler;
#[cfg(test)]
mod lists;
mod method;
mod methods;
mod metric;
mod name;
mod number;
mod period;
mod option;
mod pool;
mod process;
mod returns;
mod route;
mod schedule;
mod service;
mod size;
mod state;
mod subscription;
mod tables;
mod wire;
mod worker;

pub(crate) use self::call_hook::{CallHook, When};
pub(crate) use self::client::Client;
pub(crate) use self::constraint::{Constraints, Length, Range};
pub(crate) use self::daemon::{DIALECTS, DaemonSpec};
pub(crate) use self::example::Example;
pub(crate) use self::extension::{Extension, extension};
pub(crate) use self::fault::{Fault, Restore, Source, Text, Variant, fault, variable};
pub(crate) use self::flag::{Arity, Flag, Parser};
pub(crate) use self::handler::{Argument, Handler, Param, Slot};
pub(crate) use self::method::{Method, Rule};
pub(crate) use self::methods::{Hooks, Methods, Part, methods};
pub(crate) use self::metric::Metric;
pub(crate) use self::name::Name;
pub(crate) use self::pool::Pool;
pub(crate) use self::process::Process;
pub(crate) use self::returns::Returns;
pub(crate) use self::route::Route;
pub(crate) use self::schedule::{Hook, Kind, Listener, Passed, Period, Setup, Timer};
pub(crate) use self::service::Service;
pub(crate) use self::state::{State, daemon, plugin, settings, worker};
pub(crate) use self::tables::Tables;
pub(crate) use self::wire::check as check_wire;
pub(crate) use self::worker::{Recycle, WorkerSpec};
