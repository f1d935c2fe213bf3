//! hyper as a codec between two buffers: it has no socket, no timer and no runtime.
//!
//! hyper's connection is a future. The machine polls it whenever there are bytes for it, or an answer. Its service lays
//! the request into a cell, and waits until there is an answer in another one.

mod outgoing;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderValue, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1::{Builder, Connection};
use hyper::service::Service;
use hyper::{Request, Response};
use memchr::{memchr_iter, memmem};

use self::outgoing::Outgoing;
use super::headers::values;

/// The most bytes of a request line and its headers; longer ones get status 431.
const HEAD: usize = 16 * 1024;
/// The most bytes that hyper reads at once.
const BUFFER: usize = 64 * 1024;

/// A buffer for answers that has grown larger than this is not kept.
const SPARE: usize = 4 * 1024;

/// How many idle connections keep their codecs, of about 16 KiB each; the others make one for each request.
const MOST_KEPT: usize = 64;

thread_local! {
    /// How many do.
    static KEPT: Cell<usize> = const { Cell::new(0) };
}

/// A request: its head, and its body, unless that is longer than it may be.
pub(super) struct Received {
    pub(super) head: Parts,
    pub(super) body: Option<Vec<u8>>,
}

impl Received {
    /// Whether the request is all that these bytes have. Returns false if that is not obvious.
    pub(super) fn is_all_of(&self, bytes: &[u8]) -> bool {
        let Some(body) = &self.body else { return false };
        let Some(end) = memmem::find(bytes, b"\r\n\r\n") else { return false };
        // hyper also takes a line feed alone for the end of a line.
        let mut ends = memchr_iter(b'\n', &bytes[..end]);
        end + 4 + body.len() == bytes.len()
            && ends.all(|at| at > 0 && bytes[at - 1] == b'\r')
            && values(&self.head.headers, &TRANSFER_ENCODING).next().is_none()
    }
}

/// An answer: its head, and its body.
pub(super) type Answer = Response<Payload>;

/// The body of an answer.
pub(super) enum Payload {
    Whole(Vec<u8>),
    /// What is pushed into the codec, until it is ended.
    Stream,
}

/// What hyper needs next.
pub(super) enum Next {
    /// The request must be answered.
    Answer(Box<Received>),
    /// More bytes, or more of an answer.
    More,
    /// Nothing: the connection ends.
    End,
}

/// The codec of one or more requests of a connection.
pub(super) struct Codec {
    /// `None` once it has been taken apart.
    connection: Option<Connection<Pipe, Exchange>>,
    shared: Rc<Shared>,
    woken: Arc<Woken>,
    waker: Waker,
    limit: usize,
    is_kept: bool,
}

/// What hyper's future and the machine share.
#[derive(Default)]
struct Shared {
    /// Bytes that hyper has not read.
    input: RefCell<VecDeque<u8>>,
    /// Whether nothing comes after them.
    ended: Cell<bool>,
    /// Bytes that hyper has written.
    output: RefCell<Vec<u8>>,
    request: RefCell<Option<Box<Received>>>,
    answer: RefCell<Option<Answer>>,
    /// The parts of a streamed answer that hyper has not taken.
    stream: RefCell<VecDeque<Bytes>>,
    stream_ended: Cell<bool>,
    /// Whether the streamed answer ends where it is, without an end.
    stream_cut: Cell<bool>,
    /// Whether a request has begun whose answer is not complete.
    busy: Cell<bool>,
}

impl Shared {
    /// Passes what hyper has written to `write`. A small buffer is used again.
    fn take_output(&self, write: &mut impl FnMut(&[u8])) {
        let mut output = self.output.borrow_mut();
        write(&output);
        match output.capacity() <= SPARE {
            true => output.clear(),
            false => *output = Vec::new(),
        }
    }
}

impl Codec {
    /// Creates a codec for requests whose body has at most `limit` bytes.
    pub(super) fn new(limit: usize) -> Self {
        let (shared, woken) = (Rc::new(Shared::default()), Arc::new(Woken(AtomicBool::new(false))));
        let mut builder = Builder::new();
        builder.half_close(true).max_buf_size(BUFFER).max_header_size(HEAD).header_read_timeout(None);
        let service = Exchange { shared: Rc::clone(&shared), limit };
        Codec {
            connection: Some(builder.serve_connection(Pipe(Rc::clone(&shared)), service)),
            shared,
            waker: Waker::from(Arc::clone(&woken)),
            woken,
            limit,
            is_kept: false,
        }
    }

    /// Returns the most bytes of a body.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Adds bytes of the peer.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        self.shared.input.borrow_mut().extend(bytes);
    }

    /// Records that the peer sends nothing more.
    pub(super) fn end(&mut self) {
        self.shared.ended.set(true);
    }

    /// Answers the request.
    pub(super) fn answer(&mut self, answer: Answer) {
        self.shared.answer.replace(Some(answer));
    }

    /// Adds bytes to a streamed answer.
    pub(super) fn push(&mut self, bytes: Vec<u8>) {
        self.shared.stream.borrow_mut().push_back(bytes.into());
    }

    /// Ends a streamed answer.
    pub(super) fn end_stream(&mut self) {
        self.shared.stream_ended.set(true);
    }

    /// Ends a streamed answer, and the connection, in a way that shows that something is missing.
    pub(super) fn cut_stream(&mut self) {
        self.shared.stream_cut.set(true);
    }

    /// Whether a request has begun whose answer is not complete.
    pub(super) fn is_busy(&self) -> bool {
        self.shared.busy.get()
    }

    /// Whether it is between two requests, and is kept for the next one: only so many are.
    pub(super) fn is_kept(&mut self) -> bool {
        if !self.is_kept && !self.is_busy() && KEPT.get() < MOST_KEPT {
            KEPT.set(KEPT.get() + 1);
            self.is_kept = true;
        }
        self.is_kept
    }

    /// Lets hyper continue, and passes what it writes to `write`.
    pub(super) fn poll(&mut self, mut write: impl FnMut(&[u8])) -> Next {
        let Some(connection) = &mut self.connection else { return Next::End };
        loop {
            self.woken.0.store(false, Ordering::Relaxed);
            let polled = Pin::new(&mut *connection).poll(&mut Context::from_waker(&self.waker));
            self.shared.take_output(&mut write);
            if let Some(request) = self.shared.request.take() {
                return Next::Answer(request);
            }
            match polled {
                // What is wrong with a request, hyper has told the peer.
                Poll::Ready(Ok(()) | Err(_)) => return Next::End,
                // hyper interrupts itself after some rounds.
                Poll::Pending if self.woken.0.load(Ordering::Relaxed) => {}
                Poll::Pending => return Next::More,
            }
        }
    }

    /// Ends the codec between two requests; returns the bytes of the next one.
    pub(super) fn into_rest(mut self) -> Vec<u8> {
        let parts = self.connection.take().map(Connection::into_parts);
        let mut rest = parts.map_or_else(Vec::new, |parts| parts.read_buf.to_vec());
        rest.extend(self.shared.input.take());
        rest
    }
}

impl Drop for Codec {
    fn drop(&mut self) {
        if self.is_kept {
            KEPT.set(KEPT.get() - 1);
        }
    }
}

/// Records that hyper wants to be polled again.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// What hyper takes for a connection.
struct Pipe(Rc<Shared>);

impl Read for Pipe {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let mut input = self.0.input.borrow_mut();
        if input.is_empty() && !self.0.ended.get() {
            return Poll::Pending;
        }
        let (first, _) = input.as_slices();
        let length = first.len().min(buffer.remaining());
        buffer.put_slice(&first[..length]);
        input.drain(..length);
        Poll::Ready(Ok(()))
    }
}

impl Write for Pipe {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.output.borrow_mut().extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The service: it leaves requests for the machine.
struct Exchange {
    shared: Rc<Shared>,
    limit: usize,
}

impl Service<Request<Incoming>> for Exchange {
    type Response = Response<Outgoing>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = hyper::Result<Self::Response>>>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let (shared, limit) = (Rc::clone(&self.shared), self.limit);
        shared.busy.set(true);
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let mut has_trailers = false;
            let body = collect(body, limit, &mut has_trailers).await?;
            shared.request.replace(Some(Box::new(Received { head, body })));
            let answer = poll_fn(|_| match shared.answer.take() {
                Some(answer) => Poll::Ready(answer),
                None => Poll::Pending,
            });
            let mut answer = answer.await;
            if has_trailers {
                // hyper reads trailers on past an empty line that ends in a line feed alone; another reader does not.
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(answer.map(|payload| Outgoing::new(payload, shared)))
        })
    }
}

/// Reads a body of at most `limit` bytes; `None` if it is longer.
async fn collect(
    mut body: Incoming,
    limit: usize,
    has_trailers: &mut bool,
) -> hyper::Result<Option<Vec<u8>>> {
    let announced = body.size_hint().lower();
    if usize::try_from(announced).is_ok_and(|announced| announced > limit) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        match frame?.into_data() {
            Ok(data) if data.len() > limit - bytes.len() => return Ok(None),
            Ok(data) => bytes.extend_from_slice(&data),
            Err(_) => *has_trailers = true,
        }
    }
    Ok(Some(bytes))
}
