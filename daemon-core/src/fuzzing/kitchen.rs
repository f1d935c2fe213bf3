//! A daemon without sockets: a dispatcher with methods of every kind, called by one peer.
//!
//! The methods have the names of those in `tests/daemons/kitchen.rs`, so that its cases can serve as seeds. None of
//! them panics: that would end the fuzzer.

use std::collections::BTreeMap;
use std::convert::identity;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use serde_json::{Value, json};

use super::reply::Reply as Checked;
use crate::caller::{Caller, ConnectionId, Peer};
use crate::context::{CallId, Context, Facts};
use crate::dialect::json::{self as json_rpc, Late};
use crate::fault::Fault;
use crate::rpc::access::Nobody;
use crate::rpc::call::Outbox;
use crate::rpc::dispatch::{Dispatcher, Recipient, Server};
use crate::rpc::hooks::Hooks;
use crate::rpc::interfaces::Interfaces;
use crate::rpc::method::{Handler, Invoke, MethodSpec, Name};
use crate::rpc::methods::{Listed, Methods};
use crate::rpc::output::{Output, Part};
use crate::rpc::param::{Param, SchemaOf};
use crate::rpc::params::Text;
use crate::rpc::signature::returns;
use crate::rpc::{Method, Reply, dispatch, introspect};
use crate::settings::limits::Limits;

/// Limits that are soon reached.
pub(super) const NESTING: usize = 8;
pub(super) const BATCH: usize = 6;
/// The limit of a reply, in bytes; enough for a description of all the methods.
pub(super) const ANSWER: usize = 16 * 1024;

const PEER: ConnectionId = ConnectionId(1);

pub(super) struct Kitchen {
    dispatcher: Dispatcher<Cook>,
    cook: Cook,
    context: Context,
    late: Late,
    output: Output,
}

/// The state of the daemon.
#[derive(Default)]
pub(super) struct Cook {
    parked: Vec<Reply<Value>>,
}

impl Kitchen {
    pub(super) fn new() -> Self {
        let limits = Limits { nesting: NESTING, batch: BATCH, output_hard: ANSWER, ..Limits::default() };
        let own = METHODS.iter().filter_map(|method| Listed::here("kitchen", method));
        let methods = Methods::new(Listed::built_in(introspect::methods()).chain(own), &Nobody);
        let methods = methods.unwrap_or_else(|error| panic!("{error}"));
        let outbox = Outbox::new(ANSWER, || {});
        let mut context = Context::new::<Cook>(Facts::new("kitchen", "0.0.0"));
        let peer = Peer::Inet(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)));
        context.enter(Some(Caller::new(PEER, peer)));
        let (interfaces, _) = Interfaces::of(&methods, "kitchen", None);
        let mut dispatcher = Dispatcher::new(methods, Hooks::from_iter([]), outbox, limits, Instant::now);
        dispatcher.interfaces = interfaces;
        Kitchen {
            dispatcher,
            cook: Cook::default(),
            context,
            late: Late::default(),
            output: Output::new(ANSWER),
        }
    }

    /// Serves a frame, and then sends the late replies.
    pub(super) fn serve(&mut self, frame: &[u8]) -> Checked {
        let Kitchen { dispatcher, cook, context, late, output } = self;
        let mut server = Server { dispatcher, state: cook, context, trace: None, streams: true };
        json_rpc::serve(&mut server, late, frame, output);
        let mut reply = self.line();
        for (call, outcome) in self.late_replies() {
            self.late.reply(call, outcome, &mut self.output);
            reply.extend(self.line());
        }
        Checked::check(reply)
    }

    /// Returns what serves the calls of another dialect.
    pub(super) fn server(&mut self) -> Server<'_, Cook> {
        let Kitchen { dispatcher, cook: state, context, .. } = self;
        Server { dispatcher, state, context, trace: None, streams: true }
    }

    /// Replies to all calls that were not answered at once.
    pub(super) fn late_replies(&mut self) -> Vec<(CallId, Result<Part, Fault>)> {
        // The last one first, so that a correct order is no accident.
        while let Some(parked) = self.cook.parked.pop() {
            parked.send(json!("ready"));
        }
        let mut replies = Vec::new();
        while let Some(outgoing) = self.dispatcher.next_outgoing() {
            // No method here has a subscription.
            let dispatch::Outgoing::Reply(completed) = outgoing else { panic!("items of nobody") };
            let Recipient::Peer(PEER, call) = completed.to else { panic!("a reply to nobody") };
            replies.push((call, completed.outcome));
        }
        assert_eq!(self.dispatcher.calls.count(PEER), 0, "a call was forgotten");
        replies
    }

    /// Takes what was written, as a line; empty if nothing was written.
    fn line(&mut self) -> Vec<u8> {
        let mut line = self.output.take();
        if !line.is_empty() {
            line.push(b'\n');
        }
        line
    }
}

const METHODS: &[Method<Cook>] = &[
    here(
        Name::Whole("sum"),
        const { &[Param::of::<i64>("a"), Param::of::<i64>("b"), Param::of::<i64>("c")] },
        returns::<i64>(),
        |_, call| {
            let (a, b, c) = call.params::<(i64, i64, i64)>()?;
            call.reply(a.wrapping_add(b).wrapping_add(c))
        },
    ),
    here(
        Name::Whole("subtract"),
        const { &[Param::of::<i64>("minuend"), Param::of::<i64>("subtrahend")] },
        returns::<i64>(),
        |_, call| {
            let (minuend, subtrahend) = call.params::<(i64, i64)>()?;
            call.reply(minuend.wrapping_sub(subtrahend))
        },
    ),
    Method {
        spec: MethodSpec { doc: "A string and a number.", ..MethodSpec::new(Name::Whole("get_data")) },
        run: Handler::Here(|_, call| {
            call.params::<()>()?;
            call.reply(("hello", 5))
        }),
        check: None,
    },
    here(
        Name::Under("echo"),
        const { &[Param::of::<Text<'static>>("message")] },
        returns::<String>(),
        |_, call| {
            let (message,) = call.params::<(Text<'_>,)>()?;
            call.reply(&*message)
        },
    ),
    here(Name::Under("same"), const { &[Param::of::<Value>("value")] }, returns::<Value>(), |_, call| {
        let (value,) = call.params::<(Value,)>()?;
        call.reply(value)
    }),
    here(
        Name::Under("greet"),
        const { &[Param::of::<Text<'static>>("name"), Param::of::<Option<Text<'static>>>("greeting")] },
        returns::<String>(),
        |_, call| {
            let (name, greeting) = call.params::<(Text<'_>, Option<Text<'_>>)>()?;
            call.reply(format!("{} {}", greeting.as_deref().unwrap_or("hello"), &*name))
        },
    ),
    here(Name::Under("double"), const { &[Param::of::<f64>("number")] }, returns::<f64>(), |_, call| {
        let (number,) = call.params::<(f64,)>()?;
        call.reply(number * 2.0)
    }),
    here(
        Name::Under("total"),
        const { &[Param::of::<BTreeMap<String, u8>>("entries")] },
        returns::<u64>(),
        |_, call| {
            let (entries,) = call.params::<(BTreeMap<String, u8>,)>()?;
            call.reply(entries.into_values().map(u64::from).sum::<u64>())
        },
    ),
    here(Name::Under("big"), const { &[Param::of::<usize>("bytes")] }, returns::<String>(), |_, call| {
        let (bytes,) = call.params::<(usize,)>()?;
        call.reply("x".repeat(bytes.min(2 * ANSWER)))
    }),
    here(
        Name::Under("fault"),
        const { &[Param::of::<i32>("code"), Param::of::<String>("message"), Param::of::<Option<Value>>("data")] },
        None,
        |_, call| {
            let (code, message, data) = call.params::<(i32, String, Option<Value>)>()?;
            let fault = Fault::new(code, message);
            Err(if let Some(data) = data { fault.with_data(data) } else { fault })
        },
    ),
    here(
        Name::Under("later"),
        const { &[Param::of::<Option<u64>>("milliseconds")] },
        returns::<Value>(),
        |cook: &mut Cook, mut call| {
            call.params::<(Option<u64>,)>()?;
            cook.parked.push(call.defer(identity));
            call.deferred()
        },
    ),
    here(
        Name::Under("elsewhere"),
        const { &[Param::of::<Value>("value")] },
        returns::<Value>(),
        |_, mut call| {
            let (value,) = call.params::<(Value,)>()?;
            call.defer::<_, Fault>(identity).send(value);
            call.deferred()
        },
    ),
    here(Name::Under("refuse_later"), &[], None, |_, mut call| {
        call.params::<()>()?;
        call.defer::<(), Fault>(identity).fail(Fault::new(9, "not today"));
        call.deferred()
    }),
    here(Name::Under("forget"), &[], None, |_, mut call| {
        call.params::<()>()?;
        drop(call.defer::<(), Fault>(identity));
        call.deferred()
    }),
];

/// A method that runs on the cook.
const fn here(
    name: Name,
    params: &'static [Param],
    result: Option<SchemaOf>,
    invoke: Invoke<Cook>,
) -> Method<Cook> {
    let spec = MethodSpec { params, result, ..MethodSpec::new(name) };
    Method { spec, run: Handler::Here(invoke), check: None }
}
