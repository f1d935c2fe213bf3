//! A client that only knows lines, so that it can send anything, including malformed requests.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::DEADLINE;

/// The address that a daemon serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A unix socket.
    Unix(PathBuf),
    /// A host and a port.
    Tcp(String),
}

/// A connection to a daemon. Every wait has a deadline.
pub struct Client {
    stream: Stream,
    received: Vec<u8>,
}

/// The outcome of a wait.
#[derive(Debug, PartialEq, Eq)]
enum Came {
    Line(String),
    /// The end of the connection, with the bytes of an unfinished line.
    End(Vec<u8>),
    Nothing,
}

enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Endpoint {
    /// Parses `unix:/path` and `tcp://host:port`.
    pub fn parse(uri: &str) -> Option<Endpoint> {
        let unix = uri.strip_prefix("unix:").map(|path| Endpoint::Unix(path.into()));
        unix.or_else(|| uri.strip_prefix("tcp://").map(|address| Endpoint::Tcp(address.to_owned())))
    }
}

impl Client {
    /// Connects, or fails the test.
    #[track_caller]
    pub fn connect(endpoint: &Endpoint) -> Client {
        Client::try_connect(endpoint)
            .unwrap_or_else(|error| panic!("cannot connect to {endpoint:?}: {error}"))
    }

    /// Connects, if the address accepts connections.
    ///
    /// # Errors
    ///
    /// The system's error.
    pub fn try_connect(endpoint: &Endpoint) -> std::io::Result<Client> {
        let stream = match endpoint {
            Endpoint::Unix(path) => Stream::Unix(UnixStream::connect(path)?),
            Endpoint::Tcp(address) => Stream::Tcp(TcpStream::connect(address)?),
        };
        let client = Client { stream, received: Vec::new() };
        client.set_read_timeout(DEADLINE);
        client.set_write_timeout(DEADLINE);
        Ok(client)
    }

    /// Returns a second handle to the same connection, to write from another thread.
    pub fn writer(&self) -> Client {
        let stream = match &self.stream {
            Stream::Unix(stream) => Stream::Unix(stream.try_clone().unwrap()),
            Stream::Tcp(stream) => Stream::Tcp(stream.try_clone().unwrap()),
        };
        Client { stream, received: Vec::new() }
    }

    /// Sends a line.
    #[track_caller]
    pub fn send(&mut self, line: &str) {
        self.send_bytes(format!("{line}\n").as_bytes());
    }

    /// Sends bytes unchanged.
    #[track_caller]
    pub fn send_bytes(&mut self, bytes: &[u8]) {
        self.try_send(bytes).expect("cannot send");
    }

    /// Sends bytes unchanged, if the daemon takes them.
    ///
    /// # Errors
    ///
    /// The system's error.
    pub fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        match &mut self.stream {
            Stream::Unix(stream) => stream.write_all(bytes),
            Stream::Tcp(stream) => stream.write_all(bytes),
        }
    }

    /// Shuts down the sending side; replies can still come.
    pub fn close_writing(&mut self) {
        let _ = match &self.stream {
            Stream::Unix(stream) => stream.shutdown(Shutdown::Write),
            Stream::Tcp(stream) => stream.shutdown(Shutdown::Write),
        };
    }

    /// Returns the next line; `None` if the daemon has closed the connection, which it must not do within a line.
    #[track_caller]
    pub fn next_line(&mut self) -> Option<String> {
        match self.receive() {
            Came::Line(line) => Some(line),
            Came::End(torn) => {
                assert!(torn.is_empty(), "closed within a line: {}", String::from_utf8_lossy(&torn));
                None
            }
            Came::Nothing => panic!("no answer; so far {:?}", String::from_utf8_lossy(&self.received)),
        }
    }

    /// Returns the next line.
    #[track_caller]
    pub fn line(&mut self) -> String {
        self.next_line().expect("the daemon has closed the connection")
    }

    /// Returns all lines until the daemon closes the connection.
    #[track_caller]
    pub fn rest(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.next_line() {
            lines.push(line);
        }
        lines
    }

    /// Waits until the daemon has closed the connection, whatever comes before, even within a line. Returns the number
    /// of bytes received.
    pub fn drain(&mut self) -> usize {
        let mut bytes = 0;
        loop {
            match self.receive() {
                Came::Line(line) => bytes += line.len() + 1,
                Came::End(torn) => return bytes + torn.len(),
                Came::Nothing => panic!("the connection is not closed; {bytes} bytes came"),
            }
        }
    }

    /// Waits for a line, or for the end of the connection, even within a line.
    pub fn drain_or_line(&mut self) {
        assert_ne!(self.receive(), Came::Nothing, "no answer");
    }

    /// Fails if a line or the end of the connection comes within this time.
    #[track_caller]
    pub fn assert_silence(&mut self, time: Duration) {
        self.set_read_timeout(time);
        let came = self.receive();
        self.set_read_timeout(DEADLINE);
        assert_eq!(came, Came::Nothing, "something came where nothing should");
    }

    /// Calls a method; returns its result, or the error object.
    ///
    /// # Errors
    ///
    /// The error object of the reply.
    #[track_caller]
    pub fn call(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        self.send(&request(1, method, &params));
        let line = self.line();
        let mut answer: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(answer["id"], 1, "an answer to another request: {line}");
        match answer.get_mut("error") {
            Some(error) => Err(error.take()),
            None => Ok(answer["result"].take()),
        }
    }

    /// Calls a method and returns its result; any fault fails the test.
    #[track_caller]
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.call(method, params).unwrap_or_else(|error| panic!("{method} failed: {error:#}"))
    }

    /// Whether the daemon serves this connection, rather than reporting that the limit is reached.
    pub fn is_admitted(&mut self) -> bool {
        // A refused client may be cut off before it has sent anything.
        let sent = self.try_send(b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"system.getCapabilities\"}\n");
        sent.is_ok() && self.next_line().is_some_and(|line| line.contains(r#""id":1,"#))
    }

    /// Calls a method and returns the code of its fault; a result fails the test.
    #[track_caller]
    pub fn fault(&mut self, method: &str, params: Value) -> Value {
        let fault = self.call(method, params);
        fault.err().unwrap_or_else(|| panic!("{method} did not fail"))
    }

    /// Sends a request and does not wait for its reply.
    #[track_caller]
    pub fn request(&mut self, id: u64, method: &str, params: &Value) {
        self.send(&request(id, method, params));
    }

    fn receive(&mut self) -> Came {
        let mut chunk = [0; 65536];
        let mut seen = 0;
        loop {
            if let Some(end) = self.received[seen..].iter().position(|byte| *byte == b'\n') {
                let mut line: Vec<u8> = self.received.drain(..=seen + end).collect();
                line.pop();
                return Came::Line(String::from_utf8(line).expect("an answer is not UTF-8"));
            }
            seen = self.received.len();
            let read = match &mut self.stream {
                Stream::Unix(stream) => stream.read(&mut chunk),
                Stream::Tcp(stream) => stream.read(&mut chunk),
            };
            match read {
                Ok(0) => return Came::End(std::mem::take(&mut self.received)),
                Ok(count) => self.received.extend_from_slice(&chunk[..count]),
                Err(error) => match error.kind() {
                    // The daemon has closed the connection without reading everything that was sent.
                    ErrorKind::ConnectionReset => return Came::End(std::mem::take(&mut self.received)),
                    ErrorKind::WouldBlock => return Came::Nothing,
                    ErrorKind::Interrupted => {}
                    _ => panic!("cannot receive: {error}"),
                },
            }
        }
    }

    fn set_read_timeout(&self, time: Duration) {
        match &self.stream {
            Stream::Unix(stream) => stream.set_read_timeout(Some(time)),
            Stream::Tcp(stream) => stream.set_read_timeout(Some(time)),
        }
        .unwrap();
    }

    fn set_write_timeout(&self, time: Duration) {
        match &self.stream {
            Stream::Unix(stream) => stream.set_write_timeout(Some(time)),
            Stream::Tcp(stream) => stream.set_write_timeout(Some(time)),
        }
        .unwrap();
    }
}

fn request(id: u64, method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string()
}
