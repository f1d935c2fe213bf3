//! The body of an answer, on its way into hyper.

use std::error::Error;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};

use super::{Payload, Shared};

/// The body of an answer, as hyper takes it.
pub(super) struct Outgoing {
    payload: Taken,
    shared: Rc<Shared>,
}

impl Outgoing {
    pub(super) fn new(payload: Payload, shared: Rc<Shared>) -> Self {
        Outgoing { payload: payload.into(), shared }
    }
}

/// The answer has no end.
#[derive(Debug)]
pub(super) struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer was cut")
    }
}

impl Error for Cut {}

enum Taken {
    Whole(Bytes),
    Stream,
}

impl From<Payload> for Taken {
    fn from(payload: Payload) -> Self {
        match payload {
            Payload::Whole(bytes) => Taken::Whole(bytes.into()),
            Payload::Stream => Taken::Stream,
        }
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        let next = match &mut self.payload {
            Taken::Whole(bytes) if bytes.is_empty() => None,
            Taken::Whole(bytes) => Some(mem::take(bytes)),
            Taken::Stream => {
                let next = self.shared.stream.borrow_mut().pop_front();
                if next.is_none() && self.shared.stream_cut.get() {
                    return Poll::Ready(Some(Err(Cut)));
                }
                if next.is_none() && !self.shared.stream_ended.get() {
                    return Poll::Pending;
                }
                next
            }
        };
        Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.payload, Taken::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.payload {
            Taken::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Taken::Stream => SizeHint::default(),
        }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.shared.busy.set(false);
        self.shared.stream_ended.set(false);
    }
}
