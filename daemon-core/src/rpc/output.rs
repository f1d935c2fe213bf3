//! The bytes on their way to a peer: replies are written directly into them.

use std::io::{self, Write};

use serde::Serialize;

use super::faithful::Faithful;
use crate::fault::Fault;

/// The longest fault, in bytes, that always fits. Our own faults are shorter.
const SHORT: usize = 4096;

/// The bytes to send, and a limit for the results in the reply to one frame.
///
/// A result beyond the limit is replaced by a fault, so that no reply takes more memory than this. The text around the
/// results does not count: its length depends only on the request.
#[derive(Debug)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    limit: usize,
    /// Bytes of the results in the reply that is being written.
    results: usize,
}

/// A position in the output to return to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) at: usize,
    results: usize,
}

/// Bytes that were written, and how many of them are results.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) bytes: Vec<u8>,
    pub(crate) results: usize,
}

impl Part {
    /// Creates a part of bytes that are all one result.
    pub(crate) fn result(bytes: Vec<u8>) -> Self {
        Part { results: bytes.len(), bytes }
    }
}

impl Output {
    pub(crate) fn new(limit: usize) -> Self {
        Output { bytes: Vec::new(), limit, results: 0 }
    }

    /// Creates an output for a part of a reply that has this many bytes of results elsewhere.
    pub(crate) fn beside(results: usize, limit: usize) -> Self {
        Output { bytes: Vec::new(), limit, results }
    }

    /// Returns the most bytes of results in one reply.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Starts a reply: its results may have [`limit`](Output::limit) bytes.
    pub(crate) fn begin(&mut self) {
        self.results = 0;
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

    #[inline]
    pub(crate) fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Appends a number.
    pub(crate) fn number(&mut self, number: u64) {
        // Writing to memory does not fail.
        let _ = serde_json::to_writer(&mut self.bytes, &number);
    }

    /// Appends a text as a JSON string.
    pub(crate) fn text(&mut self, text: &str) {
        // Writing to memory does not fail.
        let _ = serde_json::to_writer(&mut self.bytes, text);
    }

    pub(crate) fn push_bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Puts a text before what was written from `at` on.
    pub(crate) fn insert(&mut self, at: usize, text: &str) {
        let end = self.len();
        self.push(text);
        self.put_before(at, end);
    }

    /// Puts what was written from `from` on before what was written from `at` on.
    pub(crate) fn put_before(&mut self, at: usize, from: usize) {
        self.bytes[at..].rotate_left(from - at);
    }

    /// Returns the current end.
    pub(crate) fn mark(&self) -> Mark {
        Mark { at: self.bytes.len(), results: self.results }
    }

    /// Removes everything after a mark.
    pub(crate) fn rewind(&mut self, mark: Mark) {
        self.bytes.truncate(mark.at);
        self.results = mark.results;
    }

    /// Takes everything after a mark.
    pub(crate) fn split_off(&mut self, mark: Mark) -> Part {
        let results = self.results.saturating_sub(mark.results);
        self.results = mark.results;
        Part { bytes: self.bytes.split_off(mark.at), results }
    }

    /// Removes everything after the first `len` bytes.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len);
    }

    /// Removes the first `len` bytes, which have been sent.
    pub(crate) fn consume(&mut self, len: usize) {
        if len >= self.bytes.len() {
            self.bytes.clear();
        } else {
            self.bytes.drain(..len);
        }
    }

    /// Takes a spare buffer, unless it has one.
    pub(crate) fn lend(&mut self, spare: &mut Vec<u8>) {
        if self.bytes.capacity() == 0 {
            std::mem::swap(&mut self.bytes, spare);
        }
    }

    /// Makes room for this many bytes.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.bytes.reserve(bytes);
    }

    /// Takes all bytes.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// Appends a result as JSON; if that fails, nothing is appended.
    pub(crate) fn json<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let room = self.limit.saturating_sub(self.results);
        let written = self.write(value, room).map_err(|error| match error.is_io() {
            true => self.too_long("answer"),
            false => Fault::internal(format!("the result cannot be written as JSON: {error}")),
        })?;
        self.results += written;
        Ok(())
    }

    /// Appends a result in another form; if that fails, nothing is appended.
    pub(crate) fn result(
        &mut self,
        write: impl FnOnce(&mut Bounded<'_>) -> Result<(), Unwritten>,
    ) -> Result<(), Fault> {
        let room = self.limit.saturating_sub(self.results);
        let written = self.append(room, write).map_err(|unwritten| match unwritten {
            Unwritten::TooLong => self.too_long("answer"),
            Unwritten::Because(reason) => Fault::internal(reason),
        })?;
        self.results += written;
        Ok(())
    }

    /// Appends a result that was written elsewhere; if there is no room, nothing is appended.
    pub(crate) fn part(&mut self, part: &Part) -> Result<(), Fault> {
        if part.results > self.limit.saturating_sub(self.results) {
            return Err(self.too_long("answer"));
        }
        self.results += part.results;
        self.push_bytes(&part.bytes);
        Ok(())
    }

    /// Appends a fault. A long one counts as a result. If there is no room for it, returns another fault, which always
    /// fits.
    pub(crate) fn fault<T: Serialize + ?Sized>(&mut self, fault: &T) -> Result<(), Fault> {
        let room = self.limit.saturating_sub(self.results).max(SHORT);
        let written = self.write(fault, room).map_err(|_| self.too_long("fault"))?;
        if written > SHORT {
            self.results += written;
        }
        Ok(())
    }

    /// Appends a fault in another form, as [`fault`](Output::fault) does.
    pub(crate) fn failure(
        &mut self,
        write: impl FnOnce(&mut Bounded<'_>) -> Result<(), Unwritten>,
    ) -> Result<(), Fault> {
        let room = self.limit.saturating_sub(self.results).max(SHORT);
        let written = self.append(room, write).map_err(|_| self.too_long("fault"))?;
        if written > SHORT {
            self.results += written;
        }
        Ok(())
    }

    fn too_long(&self, what: &str) -> Fault {
        Fault::internal(format!("the {what} is longer than {} bytes", self.limit))
    }

    /// Appends what takes at most `room` bytes; returns how many it took.
    fn append(
        &mut self,
        room: usize,
        write: impl FnOnce(&mut Bounded<'_>) -> Result<(), Unwritten>,
    ) -> Result<usize, Unwritten> {
        let start = self.bytes.len();
        let written = write(&mut Bounded { bytes: &mut self.bytes, end: start.saturating_add(room) });
        if written.is_err() {
            self.bytes.truncate(start);
        }
        written.map(|()| self.bytes.len() - start)
    }

    /// Appends a value as JSON, if it takes at most `room` bytes; returns how many it took.
    fn write<T: Serialize + ?Sized>(&mut self, value: &T, room: usize) -> serde_json::Result<usize> {
        let start = self.bytes.len();
        let writer = Bounded { bytes: &mut self.bytes, end: start.saturating_add(room) };
        let written = value.serialize(Faithful(&mut serde_json::Serializer::new(writer)));
        if written.is_err() {
            self.bytes.truncate(start);
        }
        written.map(|()| self.bytes.len() - start)
    }
}

/// Appends bytes up to a limit.
pub(crate) struct Bounded<'a> {
    bytes: &'a mut Vec<u8>,
    end: usize,
}

/// Why a result was not written in another form than JSON.
#[derive(Debug)]
pub(crate) enum Unwritten {
    TooLong,
    Because(String),
}

impl Bounded<'_> {
    #[inline]
    pub(crate) fn push(&mut self, text: &str) -> Result<(), Unwritten> {
        self.write_all(text.as_bytes()).map_err(|_| Unwritten::TooLong)
    }
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
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

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

    #[test]
    fn only_results_count_and_one_that_is_taken_back_does_not() {
        let mut output = Output::new(8);
        let start = output.mark();
        output.push("a head of any length");
        output.json("123456").unwrap();
        output.json(&1).unwrap_err();
        output.rewind(start);
        output.json(&1).unwrap();
        output.part(&Part::result(b"1234567".to_vec())).unwrap();
        output.part(&Part::result(b"8".to_vec())).unwrap_err();
        assert_eq!(output.split_off(start).results, 8);
        output.json("123456").unwrap();
    }

    #[test]
    fn a_short_fault_always_has_room_and_a_long_one_counts() {
        let mut output = Output::new(8192);
        let short = Fault::new(1, "no").with_data("x".repeat(4000));
        let long = Fault::new(1, "no").with_data("x".repeat(5000));
        for _ in 0..100 {
            output.fault(&short).unwrap();
        }
        output.fault(&long).unwrap();
        let instead = output.fault(&long).unwrap_err();
        assert_eq!(instead.data(), Some(&json!({ "reason": "the fault is longer than 8192 bytes" })));
        output.fault(&instead).unwrap();
        assert!(output.json(&"x".repeat(4000)).is_err());
    }
}
