//! HTTP/1.1 (RFC 9112): requests are calls, and so are some paths.
//!
//! [hyper](codec) reads and writes the messages. Between two requests nothing is kept but unread bytes, and the codecs of
//! a few connections: the others cost no more than one that speaks JSON.

mod answer;
mod bearer;
mod codec;
mod guard;
mod headers;
#[cfg(feature = "supervisorctl")]
mod logtail;
#[cfg(not(feature = "supervisorctl"))]
#[path = "../without/logtail.rs"]
mod logtail;
#[cfg(feature = "mcp")]
mod mcp;
#[cfg(not(feature = "mcp"))]
#[path = "../without/mcp_over_http.rs"]
mod mcp;
#[cfg(feature = "page")]
mod page;
#[cfg(not(feature = "page"))]
#[path = "../without/page.rs"]
mod page;
mod problem;
mod query;
mod rest;
mod route;
mod stream;
mod strict;
pub(crate) mod usual;

use self::codec::{Answer, Codec, Next as Hyper, Received};
use self::route::{Later, Routed};
use super::{Dialects, Farewell, Rest, Step};
use crate::context::CallId;
use crate::fault::Fault;
use crate::rpc::dispatch::Server;
use crate::rpc::output::{Output, Part};
use crate::rpc::subscription::{self, ItemQueue};

/// What a peer gets that does not complete its request in time.
const TIMEOUT: &str = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
const UNAVAILABLE: &str =
    "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Who is on the far side, and what the socket speaks.
#[derive(Debug, Clone, Copy)]
struct Peer {
    /// It may be a web page: only its address is known.
    is_inet: bool,
    spoken: Dialects,
}

/// The machine of a connection that speaks HTTP.
pub(crate) struct Http {
    peer: Peer,
    /// The start of the next request, or several.
    unread: Vec<u8>,
    /// Whether they may contain a whole request.
    is_fresh: bool,
    /// What reads the request and writes the answer, from the first byte of the one to the last byte of the other.
    codec: Option<Box<Codec>>,
    /// A request that hyper has already read, after the one that was answered.
    next: Option<Box<Received>>,
    /// Whether all bytes so far belong to requests that hyper has read.
    is_exact: bool,
    /// The request that waits for its reply, or for items.
    later: Option<Later>,
    /// Whether the peer sends nothing more.
    ended: bool,
    /// Whether the connection ends, by what the messages say.
    closed: bool,
}

impl Http {
    /// Creates the machine, as HTTP is compiled in.
    pub(super) fn open(is_inet: bool, spoken: Dialects) -> Option<Self> {
        Some(Http::new(Peer { is_inet, spoken }))
    }

    fn new(peer: Peer) -> Self {
        let (unread, codec, next, later) = (Vec::new(), None, None, None);
        Http {
            peer,
            unread,
            is_fresh: false,
            codec,
            next,
            is_exact: false,
            later,
            ended: false,
            closed: false,
        }
    }

    pub(super) fn input<S>(&mut self, bytes: &[u8], server: &mut Server<'_, S>, output: &mut Output) -> Step {
        if self.later.is_some() {
            return Step::more();
        }
        if self.closed {
            return self.close(bytes);
        }
        if self.is_between()
            && let Some(step) = self.serve_usual(bytes, server, output)
        {
            return step;
        }
        let is_first = !self.is_partial();
        self.feed(bytes, server.dispatcher.limits.frame);
        if self.next.is_none() {
            self.advance(output);
        }
        let request = self.next.take();
        let served = request.is_some();
        self.is_exact = is_first && request.as_ref().is_some_and(|request| request.is_all_of(bytes));
        if let Some(request) = request {
            self.serve(&request, server, output);
        }
        self.drop_idle_codec(served);
        match served {
            _ if self.closed => self.close(bytes),
            true => Step::served(bytes.len()),
            false => Step { used: bytes.len(), ..Step::more() },
        }
    }

    /// Whether the next byte is the first of a request, with more to come.
    fn is_between(&self) -> bool {
        !self.ended && self.next.is_none() && !self.is_partial()
    }

    /// Serves a request of the usual shape without hyper, which only writes the answer if that comes later.
    fn serve_usual<S>(
        &mut self,
        bytes: &[u8],
        server: &mut Server<'_, S>,
        output: &mut Output,
    ) -> Option<Step> {
        let limit = server.dispatcher.limits.frame;
        let usual = usual::glance(bytes, limit)?;
        let start = output.len();
        let late = route::serve_usual(&usual, self.peer, server, output)?;
        if late.is_empty() {
            usual::finish(start, output);
        } else {
            self.feed(&bytes[..usual.length], limit);
            self.advance(output);
            (self.next, self.is_exact) = (None, true);
            self.later = Some(Later::message(late));
        }
        Some(Step::served(usual.length))
    }

    fn feed(&mut self, bytes: &[u8], limit: usize) {
        self.is_fresh = false;
        self.codec.take_if(|codec| !codec.is_busy() && codec.limit() != limit);
        let codec = self.codec.get_or_insert_with(|| Box::new(Codec::new(limit)));
        codec.feed(&std::mem::take(&mut self.unread));
        codec.feed(bytes);
        if self.ended {
            codec.end();
        }
    }

    /// Lets hyper continue, up to the next request that must be answered.
    fn advance(&mut self, output: &mut Output) {
        let Some(codec) = &mut self.codec else { return };
        match codec.poll(|bytes| output.push_bytes(bytes)) {
            Hyper::Answer(request) => self.next = Some(request),
            Hyper::More => {}
            Hyper::End => self.closed = true,
        }
    }

    fn serve<S>(&mut self, request: &Received, server: &mut Server<'_, S>, output: &mut Output) {
        match route::serve(request, self.peer, server) {
            Routed::Now(answer) => self.answer(answer, output),
            Routed::Later(later) => {
                if let Some(head) = later.head() {
                    self.answer(head, output);
                }
                self.later = Some(later);
                self.pass_on(output);
            }
        }
    }

    /// Answers the request; a streamed answer is only begun.
    fn answer(&mut self, answer: Answer, output: &mut Output) {
        if let Some(codec) = &mut self.codec {
            codec.answer(answer);
        }
        self.advance(output);
    }

    /// Passes what the waiting request has got to hyper.
    fn pass_on(&mut self, output: &mut Output) {
        let (Some(codec), Some(later)) = (&mut self.codec, &mut self.later) else { return };
        if let Some(answer) = later.answer() {
            if !later.is_begun() {
                self.later = None;
                return self.answer(answer, output);
            }
            codec.answer(answer);
        }
        if let Some(bytes) = later.take_stream() {
            codec.push(bytes);
        }
        let (is_done, is_cut) = (later.is_done(), later.is_cut());
        if is_done {
            self.later = None;
        }
        if is_done && !is_cut {
            codec.end_stream();
        }
        self.advance(output);
        if is_cut && let Some(codec) = &mut self.codec {
            // What came before has been written.
            codec.cut_stream();
            self.advance(output);
        }
    }

    /// Drops the codec if it is between two requests, unless it can be kept as it is. `served` says whether it has come
    /// past one.
    fn drop_idle_codec(&mut self, served: bool) {
        if self.is_exact && !self.closed && self.codec.as_mut().is_some_and(|codec| codec.is_kept()) {
            return;
        }
        if let Some(codec) = self.codec.take_if(|codec| !codec.is_busy()) {
            self.unread = codec.into_rest();
            self.is_fresh = served && !self.unread.is_empty();
        }
    }

    /// Whether there is a part of a request.
    fn is_partial(&self) -> bool {
        !self.unread.is_empty() || self.codec.as_ref().is_some_and(|codec| codec.is_busy())
    }

    /// Ends the connection, whatever else has come.
    fn close(&mut self, bytes: &[u8]) -> Step {
        *self = Http { ended: self.ended, ..Http::new(self.peer) };
        Step::end(bytes)
    }

    /// Records that the peer sends nothing more.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    /// Whether a peer that ends its side takes back what it waits for.
    pub(super) fn ends_with_peer(&self) -> bool {
        self.later.as_ref().is_some_and(Later::is_tool)
    }

    pub(super) fn rest(&self, kept: usize) -> Rest {
        match kept > 0 || self.is_partial() {
            _ if self.later.is_some() => Rest::Waits,
            _ if self.closed => Rest::Request,
            true if kept > 0 || self.is_fresh || self.next.is_some() || self.ended => Rest::Request,
            true => Rest::Start,
            false => Rest::Nothing,
        }
    }

    pub(super) fn reply(&mut self, call: CallId, outcome: Result<Part, Fault>, output: &mut Output) {
        if let Some(later) = &mut self.later {
            later.reply(call, outcome, output.limit());
            self.pass_on(output);
            self.drop_idle_codec(true);
        }
    }

    pub(super) fn item(&mut self, queue: &ItemQueue, next: subscription::Next, output: &mut Output) {
        if let Some(later) = &mut self.later {
            later.item(queue, next, output.limit());
            self.pass_on(output);
            self.drop_idle_codec(true);
        }
    }

    pub(super) fn farewell(&mut self, why: Farewell<'_>, output: &mut Output) {
        // Not in the middle of an answer.
        if self.later.is_none() {
            output.push(match why {
                Farewell::Unfinished => TIMEOUT,
                Farewell::Because(_) => UNAVAILABLE,
            });
        }
    }
}
