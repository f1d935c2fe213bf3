//! The struct under `#[daemon]`, `#[worker]`, `#[plugin]` or `#[settings]`, checked: its shape, its name, its flags.

use proc_macro2::Ident;
use syn::{Attribute, ExprPath};

use super::daemon::DaemonSpec;
use super::flag::{self, Flag, Forms};
use super::metric::Metric;
use super::name::{self, Taken};
use super::worker::WorkerSpec;
use crate::args;
use crate::errors::Errors;
use crate::model::{self, Shape};

/// A valid state; `S` holds its settings besides its name, help and flags.
pub(crate) struct State<S> {
    pub(crate) ident: Ident,
    pub(crate) conditions: Vec<Attribute>,
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) settings: S,
    pub(crate) flags: Vec<Flag>,
    pub(crate) metrics: Vec<Metric>,
}

/// Checks a struct under `#[daemon]`.
pub(crate) fn daemon(model: model::State<args::Daemon>, errors: &mut Errors) -> State<DaemonSpec> {
    let name = name::daemon(model.args.name.as_ref(), &model.ident, errors);
    let state = State::check(model, name, DaemonSpec::check, errors);
    if state.settings.cycle {
        flag::check_beside_cycle(&state.flags, errors);
    }
    state
}

/// Checks a struct under `#[worker]`.
pub(crate) fn worker(model: model::State<args::Worker>, errors: &mut Errors) -> State<WorkerSpec> {
    let name = name::worker(model.args.name.as_ref(), &model.ident, errors);
    State::check(model, name, WorkerSpec::check, errors)
}

/// Checks a struct under `#[plugin]`; its settings are the daemon that it joins, if it says which.
pub(crate) fn plugin(model: model::State<args::Plugin>, errors: &mut Errors) -> State<Option<ExprPath>> {
    let name = name::plugin(model.args.name.as_ref(), &model.ident, errors);
    if !model.args.daemon.given {
        errors.at(&model.ident, "say which daemon it joins: `#[plugin(daemon = Echo)]`");
    }
    State::check(model, name, |args, _| args.daemon.value, errors)
}

/// Checks a struct under `#[settings]`.
pub(crate) fn settings(model: model::State<()>, errors: &mut Errors) -> State<()> {
    State::check(model, String::new(), |(), _| (), errors)
}

impl<S> State<S> {
    fn check<A>(
        model: model::State<A>,
        name: String,
        settings: fn(A, &mut Errors) -> S,
        errors: &mut Errors,
    ) -> Self {
        check_shape(&model, errors);
        let mut forms = Forms::new();
        let flags = model.flags.into_iter();
        let flags = flags.filter_map(|field| Flag::check(field, &mut forms, errors)).collect();
        let (side, mut taken) = (model.side, Taken::new());
        if let Some(first) = model.metrics.first().filter(|_| name == "daemon" || name.starts_with("daemon-"))
        {
            errors.at(
                &first.place,
                "metrics that start with `daemon_` are the daemon's own; give it another name",
            );
        }
        let metrics = model.metrics.into_iter();
        let metrics = metrics.filter_map(|metric| Metric::check(metric, side, &mut taken, errors)).collect();
        State {
            ident: model.ident,
            conditions: model.conditions,
            name,
            doc: model.doc,
            flags,
            metrics,
            settings: settings(model.args, errors),
        }
    }
}

fn check_shape<A>(model: &model::State<A>, errors: &mut Errors) {
    let ident = &model.ident;
    let what = match model.side {
        Some(side) => format!("the state of a {side} is"),
        None => "settings are".to_owned(),
    };
    let advice = format!("{what} a struct with named fields: write `struct {ident} {{ … }}`");
    match &model.shape {
        Shape::Struct => {}
        Shape::Tuple(fields) => errors.at(fields, advice),
        Shape::Enum(place) => errors.at(place, advice),
        Shape::Union(place) => errors.at(place, advice),
    }
    if !model.generics.params.is_empty() {
        let message = match model.side {
            Some(side) => format!(
                "a {side} has no type parameters or lifetimes: its one state lives as long as the process; \
                 name the types"
            ),
            None => "settings have no type parameters or lifetimes; name the types".to_owned(),
        };
        errors.at(&model.generics, message);
    }
}
