//! The bytes on their way to a peer: answers are written straight into them.

use std::io::{self, Write};

use serde::Serialize;

use super::faithful::Faithful;
use crate::fault::Fault;

/// Bytes to send, and how many of them the answer to one frame may take.
///
/// A value that goes beyond is taken back and becomes a fault, so that no answer can hold more memory than this.
#[derive(Debug)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    limit: usize,
    /// Where the frame that is being answered has to end.
    end: usize,
}

impl Output {
    pub(crate) fn new(limit: usize) -> Self {
        Output { bytes: Vec::new(), limit, end: limit }
    }

    /// Starts the answer to a frame: it may take `limit` bytes from here on.
    pub(crate) fn begin(&mut self) {
        self.end = self.bytes.len().saturating_add(self.limit);
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn push_bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Takes back everything behind the first `len` bytes.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    /// Takes away the bytes behind the first `len`.
    pub(crate) fn split_off(&mut self, len: usize) -> Vec<u8> {
        self.bytes.split_off(len)
    }

    /// Takes away the first `len` bytes, which have been sent.
    pub(crate) fn consume(&mut self, len: usize) {
        if len >= self.bytes.len() {
            self.bytes.clear();
        } else {
            self.bytes.drain(..len);
        }
    }

    /// Takes over a spare buffer, unless it has one.
    pub(crate) fn lend(&mut self, spare: &mut Vec<u8>) {
        if self.bytes.capacity() == 0 {
            std::mem::swap(&mut self.bytes, spare);
        }
    }

    /// Takes away all bytes.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Appends a value as JSON; when that fails nothing is appended.
    pub(crate) fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let start = self.bytes.len();
        let writer = Bounded { bytes: &mut self.bytes, end: self.end };
        let written = value.serialize(Faithful(&mut serde_json::Serializer::new(writer)));
        written.map_err(|error| {
            self.bytes.truncate(start);
            match error.is_io() {
                true => Fault::internal(format!("the answer is longer than {} bytes", self.limit)),
                false => Fault::internal(format!("the result cannot be written as JSON: {error}")),
            }
        })
    }
}

/// Appends to bytes up to an end.
struct Bounded<'a> {
    bytes: &'a mut Vec<u8>,
    end: usize,
}

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes)?;
        Ok(bytes.len())
    }

    #[inline]
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.len() > self.end.saturating_sub(self.bytes.len()) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_too_long_leaves_no_trace() {
        let mut output = Output::new(8);
        output.push("before");
        output.begin();
        let fault = output.json("123456789").unwrap_err();
        assert_eq!(fault.code(), crate::code::INTERNAL_ERROR);
        assert_eq!(output.bytes(), b"before");
        output.json("123456").unwrap();
        assert_eq!(output.bytes(), b"before\"123456\"");
    }
}
