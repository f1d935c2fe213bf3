//! `daemon.events`: what listeners see, for callers.

use super::OWNER;
use crate::event::report::{Kind, Kinds, Report};
use crate::rpc::call::{Call, Outcome};
use crate::rpc::introspect::reading;
use crate::rpc::method::MethodSpec;
use crate::rpc::methods::Run;
use crate::rpc::param::Param;
use crate::rpc::signature::returns;

const PARAMS: &[Param] = &[
    Param {
        doc: "The kinds of events; without them, every kind but `turn`",
        ..Param::of::<Option<Vec<Kind>>>("kinds")
    },
    Param {
        doc: "The number of the latest event that is known: those after it come first, as far as they are kept",
        ..Param::of::<Option<u64>>("after")
    },
];

pub(super) fn method<S>() -> (MethodSpec, Run<S>) {
    let spec = MethodSpec {
        params: PARAMS,
        items: returns::<Report<'static>>(),
        allow: OWNER,
        ..reading::<u64>("daemon.events", "The events of the daemon, as they happen.")
    };
    (spec, Run::Loop(events))
}

fn events(mut call: Call<'_>) -> Outcome {
    let (kinds, after) = call.params::<(Option<Vec<Kind>>, Option<u64>)>()?;
    let subscription = call.subscribe::<Report<'static>>()?;
    let kinds = kinds.map_or(Kinds::USUAL, |kinds| Kinds::of(&kinds));
    let send = move |item, missed| subscription.forward(item, missed).is_ok();
    call.context().recent().listen(kinds, after, Box::new(send));
    call.subscribed()
}
